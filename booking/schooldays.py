"""School days: Monday to Friday, but not on bank holidays of England nor in the holidays of an authority.

A school's own days go before its authority's: shut on a training day, open in a fortnight in which others are not.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import takewhile
from typing import NamedTuple, Self

import holidays
from django.conf import settings
from django.db.models import BooleanField, F, IntegerField, Q, Value
from django.utils import timezone

from accounts.models import Membership, School
from booking.models import OwnDays, SchoolHoliday

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


class Whose(NamedTuple):
    """By whose dates somebody teaches: an authority's, and above them those of a school, where it is known."""

    la_code: str
    school: int | None = None


@dataclass(frozen=True)
class Own:
    """Days of a school itself."""

    first: date
    last: date
    is_open: bool


class SchoolCalendar:
    """The school days of every authority, and of schools that have their own, read once: for who asks of many days."""

    def __init__(
        self,
        shut: Mapping[str, Sequence[tuple[date, date]]],
        own: Mapping[int, Sequence[Own]] | None = None,
    ) -> None:
        self._shut, self._own = shut, own or {}

    @classmethod
    def load(cls) -> Self:
        """All of them, in one query."""
        return cls._read(Q(), Q())

    @classmethod
    def of(cls, la_code: str, school: int | None = None, *, since: date | None = None) -> Self:
        """Of one authority and one school, in one query. `since`: nothing that ended before that day is asked for."""
        lasts = Q(last_on__gte=since) if since else Q()
        return cls._read(Q(la_code=la_code) & lasts, Q(school=school) & lasts)

    @classmethod
    def _read(cls, of_authorities: Q, of_schools: Q) -> Self:
        columns = ("whose", "school_pk", "first_on", "last_on", "opens")
        theirs = SchoolHoliday.objects.filter(of_authorities).order_by()
        own = OwnDays.objects.filter(of_schools).order_by()
        rows = (
            theirs.annotate(whose=F("la_code"), school_pk=Value(0, IntegerField()), opens=Value(False, BooleanField()))
            .values_list(*columns)
            .union(
                own.annotate(whose=Value(""), school_pk=F("school_id"), opens=F("is_open")).values_list(*columns),
                all=True,
            )
        )
        shut: dict[str, list[tuple[date, date]]] = defaultdict(list)
        days: dict[int, list[Own]] = defaultdict(list)
        for la_code, school, first, last, is_open in rows:
            if school:
                days[school].append(Own(first, last, bool(is_open)))
            else:
                shut[la_code].append((first, last))
        return cls(shut, days)

    def has_own(self, school: int | None) -> bool:
        """Has this school entered days of its own?"""
        return school in self._own

    def is_school_day(self, day: date, la_code: str, school: int | None = None) -> bool:
        if not is_working_day(day):
            return False
        for one in self._own.get(school or 0, ()):
            if one.first <= day <= one.last:
                return one.is_open
        return not any(first <= day <= last for first, last in self._shut.get(la_code, ()))

    def may_write(self, moment: datetime, la_code: str, school: int | None = None) -> bool:
        """Is it a time at which a school is written to when nothing has changed: a school day, 7.30am to 5.30pm?"""
        at = timezone.localtime(moment)
        return FIRST <= at.time() <= LAST and self.is_school_day(at.date(), la_code, school)

    def next_moment(self, la_code: str, moment: datetime, school: int | None = None) -> datetime:
        """The first moment, not before this one, at which a school is written to when nothing presses.

        7.30am in London is 7.30am on the Monday after the clocks have changed too.
        """
        if not settings.HUB_QUIET_HOURS or self.may_write(moment, la_code, school):
            return moment
        at = timezone.localtime(moment)
        day = at.date() + timedelta(days=at.time() > LAST)
        return at_first(self.first_on_or_after(day, la_code, school))

    def first_on_or_after(self, day: date, la_code: str, school: int | None = None) -> date:
        """The nearest school day, not before that day."""
        while not self.is_school_day(day, la_code, school):
            day += timedelta(days=1)
        return day

    def last_on_or_before(self, day: date, la_code: str, school: int | None = None) -> date:
        """The nearest school day, not after that day."""
        while not self.is_school_day(day, la_code, school):
            day -= timedelta(days=1)
        return day


def at_first(day: date) -> datetime:
    """The first moment of a day at which a school is written to."""
    return datetime.combine(day, FIRST, tzinfo=timezone.get_default_timezone())


def whose_days(people: Iterable[int]) -> dict[int, Whose]:
    """By whose dates each of these people teaches: those of their school, of several those of the first.

    Who belongs to no school is not in it.
    """
    found: dict[int, Whose] = {}
    rows = Membership.objects.current().filter(person__in=set(people)).order_by("pk")
    for person, la_code, school in rows.values_list("person_id", "school__la_code", "school_id"):
        found.setdefault(person, Whose(la_code, school))
    return found


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in bank_holidays(day.year)


def school_days_after(day: date, *, la_code: str, school: int | None = None) -> Iterator[date]:
    """The school days that follow this one, nearest first, without end; for a year and more at most of holidays."""
    calendar = SchoolCalendar.of(la_code, school, since=day)
    while True:
        day += timedelta(days=1)
        if calendar.is_school_day(day, la_code, school):
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


def after_working_hours(moment: datetime, hours: int, *, la_code: str, school: int | None = None) -> datetime:
    """When so many hours have passed, counted from 8am to 6pm in London on school days; a part of an hour counts up."""
    moment, left = timezone.localtime(moment), timedelta(hours=hours)
    for day in school_days_after(moment.date() - timedelta(days=1), la_code=la_code, school=school):
        opens, shuts = (datetime.combine(day, at, tzinfo=moment.tzinfo) for at in (OPENS, SHUTS))
        begins = max(moment, opens)
        if left <= shuts - begins:
            end = begins + left
            whole = end.replace(minute=0, second=0, microsecond=0)
            return whole if whole == end else whole + timedelta(hours=1)
        left -= max(shuts - begins, timedelta(0))
    raise AssertionError("school days do not end")


def school_days_until(moment: datetime, then: datetime, *, la_code: str, school: int | None = None) -> int:
    """How many whole school days lie between two moments; none of the two days counts."""
    last, after = timezone.localdate(then), timezone.localdate(moment)
    coming = school_days_after(after, la_code=la_code, school=school)
    return sum(1 for _ in takewhile(lambda day: day < last, coming))
