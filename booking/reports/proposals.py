"""Sessions that somebody is about to add, before anything is written: each date with what speaks against it."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time

from django.utils import timezone

from accounts.models import School
from accounts.schoolyear import school_year_label, school_year_of
from booking.avoiding import DaysToAvoid
from booking.models import Venue, WorkGroup

# In a form a venue, a school that has no venue yet, and no room at all are told apart by their first letter.
ONLINE = "online"


@dataclass
class ProposedSession:
    """One session as it is proposed; `where` is "online", "v" with a venue's id or "s" with a school's."""

    day: date
    begins: time
    ends: time
    where: str = ""
    title: str = ""
    # What whoever looks should know of how it was read.
    notes: list[str] = field(default_factory=list)


class Warnings:
    """What speaks against days on which a group is to meet; read once for all of them, in a few queries."""

    def __init__(self, work_group: WorkGroup, days: Collection[date], la_codes: Iterable[str] = ()) -> None:
        """`la_codes`: of the venues, besides those of the group's schools."""
        self._year = work_group.year
        self._met = {
            timezone.localdate(starts_at): number
            for starts_at, number in work_group.sessions.planned().dated().values_list("starts_at", "number")
            if starts_at
        }
        self._today = timezone.localdate()
        known = sorted(days) or [self._today]
        codes = set(filter(None, la_codes))
        self._avoid = DaysToAvoid.of_group(work_group, known[0], known[-1], la_codes=codes)
        self._days = set(days)

    def beside(self, day: date) -> list[str]:
        """Sentences for one of the days."""
        found = list(self._avoid.on(day)) if day in self._days else []
        return found + about_day(day, self._year, self._met, self._today)


def about_day(day: date, year: int, met: Mapping[date, int], today: date) -> list[str]:
    """What the calendar does not say about a day: over, of another school year, or taken. `met`: sessions by day."""
    found = []
    if day < today:
        found.append("This day is over.")
    if school_year_of(day) != year:
        found.append(f"It lies outside {school_year_label(year)}.")
    if day in met:
        found.append(f"Session {met[day]} is on that day too.")
    return found


@dataclass(frozen=True)
class Host:
    """A member school and where it is host: at its venue, or at one that is made of its address."""

    school: School
    venue: Venue | None

    @property
    def where(self) -> str:
        return f"v{self.venue.pk}" if self.venue else f"s{self.school.pk}"


def hosts_of(work_group: WorkGroup) -> list[Host]:
    """The schools that have places in a group, by name, each with its venue where it has one."""
    booked = work_group.bookings.taking().values("school")
    schools = list(School.objects.filter(pk__in=booked).order_by("name", "pk"))
    own = {venue.school_id: venue for venue in Venue.objects.filter(school__in=schools).order_by("-pk")}
    # A name that two of them share says nothing, and the room of another school is not theirs.
    alone = [name for name, times in Counter(one.name for one in schools).items() if times == 1]
    named = {venue.name: venue for venue in Venue.objects.filter(name__in=alone, school__isnull=True)}
    return [Host(one, own.get(one.pk) or named.get(one.name)) for one in schools]


def in_turn(days: Sequence[date], begins: time, ends: time, where: Sequence[str], title: str) -> list[ProposedSession]:
    """A proposal for each day; places take turns in their order."""
    found = []
    for index, day in enumerate(days):
        here = where[index % len(where)] if where else ""
        found.append(ProposedSession(day, begins, ends, here, title))
    return found
