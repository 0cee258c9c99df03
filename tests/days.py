"""School days of next March that tests count from, in London's time: no bank holiday ever falls on them."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

ZONE = timezone.get_default_timezone()


def tuesday() -> date:
    """The first Tuesday of next March."""
    first = date(timezone.localdate().year + 1, 3, 1)
    return first + timedelta(days=(1 - first.weekday()) % 7)


def monday() -> datetime:
    """7.30am on the first Monday of next March."""
    first = date(timezone.localdate().year + 1, 3, 1)
    return at(first + timedelta(days=-first.weekday() % 7), 7, 30)


def at(day: date | int, hour: int = 8, minute: int = 0) -> datetime:
    """A moment of a day, or of so many days from that Tuesday."""
    on = day if isinstance(day, date) else tuesday() + timedelta(days=day)
    return datetime.combine(on, time(hour, minute), tzinfo=ZONE)
