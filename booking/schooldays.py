"""School days: Monday to Friday, but not on bank holidays of England nor in the holidays of an authority."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import takewhile
from typing import Self

import holidays
from django.conf import settings
from django.utils import timezone

from accounts.models import Membership, School
from booking.models import SchoolHoliday

# Between these a school is written to, where nothing has changed.
FIRST, LAST = time(7, 30), time(17, 30)

# The working day of an office, in which an offer runs.
OPENS, SHUTS = time(8), time(18)


@cache
def bank_holidays(year: int) -> frozenset[date]:
    """Bank holidays in England in a calendar year."""
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))


def bank_holidays_between(first: date, last: date) -> list[tuple[date, str]]:
    """Bank holidays in England from one day to another, both included, with their names."""
    known = holidays.country_holidays("GB", subdiv="ENG", years=range(first.year, last.year + 1))
    return sorted((day, name) for day, name in known.items() if first <= day <= last)


def authority_names(codes: Iterable[str]) -> dict[str, str]:
    """The hub's authorities by their names, others as the register of schools calls them."""
    known = dict(settings.HUB_AUTHORITIES)
    others = {code for code in codes if code not in known}
    if others:
        schools = School.objects.filter(la_code__in=others).exclude(la_name="")
        known |= dict(schools.order_by("-pk").values_list("la_code", "la_name"))
    return {code: known.get(code, f"Authority {code}") for code in codes}


class SchoolCalendar:
    """The school days of every authority, read once: for whoever asks about many days."""

    def __init__(self, shut: Mapping[str, Sequence[tuple[date, date]]]) -> None:
        self._shut = shut

    @classmethod
    def load(cls) -> Self:
        shut: dict[str, list[tuple[date, date]]] = defaultdict(list)
        for la_code, first, last in SchoolHoliday.objects.values_list("la_code", "first_on", "last_on"):
            shut[la_code].append((first, last))
        return cls(shut)

    def is_school_day(self, day: date, la_code: str) -> bool:
        return is_working_day(day) and not any(first <= day <= last for first, last in self._shut.get(la_code, ()))

    def may_write(self, moment: datetime, la_code: str) -> bool:
        """Is it a time at which a school is written to when nothing has changed: a school day, 7.30am to 5.30pm?"""
        at = timezone.localtime(moment)
        return FIRST <= at.time() <= LAST and self.is_school_day(at.date(), la_code)

    def next_moment(self, la_code: str, moment: datetime) -> datetime:
        """The first moment, not before this one, at which a school is written to when nothing presses.

        7.30am in London is 7.30am on the Monday after the clocks have changed too.
        """
        if not settings.HUB_QUIET_HOURS or self.may_write(moment, la_code):
            return moment
        at = timezone.localtime(moment)
        day = at.date() + timedelta(days=at.time() > LAST)
        return at_first(self.first_on_or_after(day, la_code))

    def first_on_or_after(self, day: date, la_code: str) -> date:
        """The nearest school day, not before that day."""
        while not self.is_school_day(day, la_code):
            day += timedelta(days=1)
        return day

    def last_on_or_before(self, day: date, la_code: str) -> date:
        """The nearest school day, not after that day."""
        while not self.is_school_day(day, la_code):
            day -= timedelta(days=1)
        return day


def at_first(day: date) -> datetime:
    """The first moment of a day at which a school is written to."""
    return datetime.combine(day, FIRST, tzinfo=timezone.get_default_timezone())


def la_codes_of(people: Iterable[int]) -> dict[int, str]:
    """By whose dates each of these people teaches: the authority of their school, of several that of the first.

    Who belongs to no school is not in it.
    """
    found: dict[int, str] = {}
    rows = Membership.objects.current().filter(person__in=set(people)).order_by("pk")
    for person, la_code in rows.values_list("person_id", "school__la_code"):
        found.setdefault(person, la_code)
    return found


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in bank_holidays(day.year)


def school_days_after(day: date, *, la_code: str) -> Iterator[date]:
    """The school days that follow this one, nearest first, without end; for a year and more at most of holidays."""
    shut = [
        (holiday.first_on, holiday.last_on)
        for holiday in SchoolHoliday.objects.filter(la_code=la_code, last_on__gt=day).order_by("first_on")
    ]
    while True:
        day += timedelta(days=1)
        if is_working_day(day) and not any(first <= day <= last for first, last in shut):
            yield day


def school_days_before(moment: datetime, days: int) -> datetime:
    """The same time of day that many working days earlier."""
    while days:
        moment -= timedelta(days=1)
        days -= is_working_day(timezone.localdate(moment))
    return moment


def end_of_school_day(moment: datetime, *, days: int, la_code: str) -> datetime:
    """6pm in London on the nth school day after a moment."""
    coming = school_days_after(timezone.localdate(moment), la_code=la_code)
    last = next(day for number, day in enumerate(coming, start=1) if number == days)
    return datetime.combine(last, time(18), tzinfo=timezone.get_default_timezone())


def after_working_hours(moment: datetime, hours: int, *, la_code: str) -> datetime:
    """When so many hours have passed, counted from 8am to 6pm in London on school days; a part of an hour counts up."""
    moment, left = timezone.localtime(moment), timedelta(hours=hours)
    for day in school_days_after(moment.date() - timedelta(days=1), la_code=la_code):
        opens, shuts = (datetime.combine(day, at, tzinfo=moment.tzinfo) for at in (OPENS, SHUTS))
        begins = max(moment, opens)
        if left <= shuts - begins:
            end = begins + left
            whole = end.replace(minute=0, second=0, microsecond=0)
            return whole if whole == end else whole + timedelta(hours=1)
        left -= max(shuts - begins, timedelta(0))
    raise AssertionError("school days do not end")


def school_days_until(moment: datetime, then: datetime, *, la_code: str) -> int:
    """How many whole school days lie between two moments; none of the two days counts."""
    last = timezone.localdate(then)
    return sum(
        1 for _ in takewhile(lambda day: day < last, school_days_after(timezone.localdate(moment), la_code=la_code))
    )
