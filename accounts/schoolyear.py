"""The school year turns on 1 September, for work groups and for trusted phones alike."""

from collections.abc import Iterable
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


def year_choices(years: Iterable[int], chosen: int = 0) -> list[tuple[int, str]]:
    """School years to choose between, in their order, the one that is chosen among them: (2026, "2026-27")."""
    there = list(years)
    if chosen and chosen not in there:
        there = sorted([*there, chosen], reverse=there[:1] > there[-1:])
    return [(one, school_year_label(one)) for one in there]


def school_year_begins(year: int) -> datetime:
    """Midnight of 1 September in London."""
    return day_begins(date(year, 9, 1))


def day_begins(day: date) -> datetime:
    """Midnight in London."""
    return datetime.combine(day, time(), tzinfo=timezone.get_default_timezone())
