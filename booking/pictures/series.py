"""What a number line is drawn from, and its dates in words."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Stop:
    """A session on the line. `state`: done, today, next, coming, cancelled or unplaced (no date yet)."""

    number: int
    on: date | None
    label: str
    place: str
    state: str
    url: str = ""
    task: str = ""


@dataclass(frozen=True)
class Holiday:
    """Days on which schools are shut, both included."""

    name: str
    first: date
    last: date


def day_words(day: date, *, full: bool = False) -> str:
    """7 Oct; or 7 October."""
    return f"{day.day} {day:%B}" if full else f"{day.day} {day:%b}"


def span_words(first: date, last: date, *, full: bool = False) -> str:
    """19 to 23 Oct, 21 Dec to 1 Jan, or one day."""
    if first == last:
        return day_words(first, full=full)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {day_words(last, full=full)}"
    return f"{day_words(first, full=full)} to {day_words(last, full=full)}"
