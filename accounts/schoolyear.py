"""The school year turns on 1 September, for work groups and for trusted phones alike."""

from datetime import date, datetime, time

from django.utils import timezone

# Nobody sets dates so far from now: a year beyond is a slip of the pen.
MOST_YEARS = 5


def school_year_of(day: date) -> int:
    """The year in which the school year of this day began: it turns on 1 September."""
    return day.year if day.month >= 9 else day.year - 1


def why_far(day: date, today: date) -> str:
    """What to ask about a day that is a slip of the pen rather than a plan; nothing about any other."""
    far = abs(school_year_of(day) - school_year_of(today)) > MOST_YEARS
    return f"{day.year} is far from now. Is the year right?" if far else ""


def school_year_label(year: int) -> str:
    return f"{year}-{(year + 1) % 100:02d}"


def school_year_begins(year: int) -> datetime:
    """Midnight of 1 September in London."""
    return day_begins(date(year, 9, 1))


def day_begins(day: date) -> datetime:
    """Midnight in London."""
    return datetime.combine(day, time(), tzinfo=timezone.get_default_timezone())
