"""Dates of a school year, for any year: holidays of the four authorities, and days on which schools meet."""

from collections.abc import Sequence
from datetime import date, timedelta

from booking.schooldays import is_working_day

# The county and the city break up a week before the others in autumn and in July.
EARLY = ("855", "856")
LATE = ("857", "940")
# (name, first day, last day)
Span = tuple[str, date, date]


def easter(year: int) -> date:
    """Easter Sunday in the Gregorian calendar (the anonymous algorithm, as in Meeus, Astronomical Algorithms, ch. 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def _monday_on_or_after(day: date) -> date:
    return day + timedelta(days=-day.weekday() % 7)


def holidays(year: int, la_code: str) -> list[Span]:
    """The school holidays of one authority in the school year that begins in September of `year`."""
    early = la_code in EARLY
    autumn = _monday_on_or_after(date(year, 10, 13 if early else 20))
    christmas = _monday_on_or_after(date(year, 12, 18 if early else 20))
    february = _monday_on_or_after(date(year + 1, 2, 12))
    spring = easter(year + 1) - timedelta(days=6)
    may = _monday_on_or_after(date(year + 1, 5, 25))
    summer = date(year + 1, 7, 11 if early else 22)
    fortnight = timedelta(days=11)
    week = timedelta(days=4)
    return [
        ("Autumn half term", autumn, autumn + week),
        ("Christmas", christmas, christmas + fortnight),
        ("February half term", february, february + week),
        ("Easter", spring, spring + fortnight),
        ("May half term", may, may + week),
        ("Summer", summer, date(year + 1, 8, 31)),
    ]


def is_school_day(day: date, la_code: str) -> bool:
    """Do the schools of this authority meet on this day? Not at week-ends, on bank holidays or in their holidays."""
    if not is_working_day(day):
        return False
    year = day.year if day.month >= 9 else day.year - 1
    return not any(first <= day <= last for _, first, last in holidays(year, la_code))


def next_school_day(day: date, la_codes: Sequence[str], weekday: int | None = None) -> date:
    """The first day from `day` on which the schools of all these authorities meet, on that weekday where one is given."""
    while not (weekday in (None, day.weekday()) and all(is_school_day(day, code) for code in la_codes)):
        day += timedelta(days=1)
    return day


def spread(first: date, last: date, count: int, la_codes: Sequence[str], weekday: int) -> list[date]:
    """`count` school days on one weekday, as evenly as holidays let them, between two days; never two in one week."""
    days: list[date] = []
    for index in range(count):
        ideal = first + (last - first) * index // max(count - 1, 1)
        earliest = max(ideal, days[-1] + timedelta(days=7)) if days else ideal
        days.append(next_school_day(earliest, la_codes, weekday))
    return days
