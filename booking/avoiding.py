"""Days on which it is better not to meet, as sentences: warnings beside a date, which never stop anybody.

Whoever sets a date, moves one or offers one shows these: setting groups up, changes, offers and catch-ups alike.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Self

from django.conf import settings
from django.db.models import CharField, F, IntegerField, Q, QuerySet, Value
from django.utils import timezone

from accounts.models import School
from booking.models import Booking, OwnDays, PhaseDates, Proposal, SchoolHoliday, SchoolRule, Session, Venue, WorkGroup
from booking.models.programme import PHASES
from booking.schooldays import authority_names, bank_holidays_between
from booking.templatetags.words import day_short

# So many schools are named where days of their own speak against a date; of more, how many.
NAMED = 3


@dataclass(frozen=True)
class _Span:
    """Days of one kind: an authority's holiday, a school's own, or those of a test."""

    kind: str
    name: str
    la_code: str
    school: int
    first: date
    last: date


class DaysToAvoid:
    """What speaks against each day between two, read once for many dates: in one query, and one for strange names."""

    def __init__(
        self,
        first: date,
        last: date,
        *,
        la_codes: Collection[str],
        phases: Collection[str] = (),
        schools: Collection[School] = (),
        is_ours: bool = False,
    ) -> None:
        """`la_codes`: whose term dates count; `phases`: of whom the dates of tests and examinations count.

        `schools`: who has booked or is invited: their authorities' dates and their own count too, with how many of
        them a day concerns. `is_ours`: it is said to one school, about itself.
        """
        self._schools = {school.pk: school for school in schools}
        self._is_ours = is_ours
        self._of_authority = Counter(school.la_code for school in schools)
        self._first, self._last = first, last
        codes = {*la_codes, *self._of_authority}
        self._spans = _spans(first, last, codes, self._schools, phases)
        self._names = authority_names({one.la_code for one in self._spans if one.la_code})

    @classmethod
    def of_group(cls, work_group: WorkGroup, first: date, last: date, *, la_codes: Collection[str] = ()) -> Self:
        """For a group and its schools. `la_codes`: where it meets. Without schools all the hub's authorities count."""
        schools = list(schools_of(work_group))
        codes = {*la_codes} | (set() if schools else {*settings.HUB_AUTHORITIES})
        return cls(first, last, la_codes=codes, phases=phases_of(work_group), schools=schools)

    @cached_property
    def _bank(self) -> dict[date, str]:
        return dict(bank_holidays_between(self._first, self._last))

    def on(self, day: date) -> list[str]:
        """Why that day is a bad one, each reason as a sentence; none where nothing is known against it."""
        found = []
        if day.weekday() >= 5:
            found.append(f"{day:%A} is no school day.")
        if day in self._bank:
            found.append(f"It is a bank holiday: {self._bank[day]}.")
        return found + self.for_schools(day)

    def for_schools(self, day: date) -> list[str]:
        """The same without what holds for everybody: that a day is a Saturday, whoever looks at the dates sees."""
        spans = [one for one in self._spans if one.first <= day <= one.last]
        open_all_the_same = Counter(self._schools[one.school].la_code for one in spans if one.kind == "open")
        theirs = [self._holiday(one, open_all_the_same[one.la_code]) for one in spans if one.kind == "holiday"]
        found = [*filter(None, theirs)]
        found += self._own([one for one in spans if one.kind == "shut"])
        found += [f"{one.name}." for one in spans if one.kind == "phase"]
        return found

    def _holiday(self, one: _Span, are_open: int) -> str:
        """Of an authority without schools among those that come it is where they meet: no number says anything."""
        all_there = self._of_authority[one.la_code]
        shut = all_there - are_open
        if all_there and not shut:
            return ""
        where = f"{one.name} in {self._names[one.la_code]}"
        if not all_there:
            return f"{where}, where it meets." if self._schools else f"{where}."
        if len(self._schools) == 1:
            return f"{where}."
        return f"{where}: {shut} of {len(self._schools)} schools."

    def _own(self, spans: Sequence[_Span]) -> list[str]:
        if self._is_ours:
            return [f"Your school is shut: {one.name}." for one in spans]
        if len(spans) > NAMED:
            return [f"{len(spans)} of {len(self._schools)} schools are shut on days of their own."]
        return [f"{self._schools[one.school]} is shut: {one.name}." for one in spans]


def _spans(
    first: date, last: date, codes: Collection[str], schools: Collection[int], phases: Collection[str]
) -> list[_Span]:
    within = Q(first_on__lte=last, last_on__gte=first)
    text, number = CharField(), IntegerField()

    def columns(rows: QuerySet, kind: object, la_code: object, school: object) -> QuerySet:
        named = rows.order_by().annotate(kind=kind, code=la_code, whose=school)
        return named.values_list("kind", "name", "code", "whose", "first_on", "last_on")

    holidays = SchoolHoliday.objects.filter(within, la_code__in=codes)
    concerned = Q()
    for phase in phases:
        concerned |= Q(**{PHASES[phase]: True}) if phase in PHASES else Q()
    asked = [columns(holidays, Value("holiday", text), F("la_code"), Value(0, number))]
    if schools:
        for kind, is_open in (("open", True), ("shut", False)):
            own = OwnDays.objects.filter(within, school__in=schools, is_open=is_open)
            asked.append(columns(own, Value(kind, text), Value("", text), F("school_id")))
    if concerned:
        tests = PhaseDates.objects.filter(concerned, within)
        asked.append(columns(tests, Value("phase", text), Value("", text), Value(0, number)))
    rows = asked[0].union(*asked[1:], all=True) if asked[1:] else asked[0]
    return sorted((_Span(*row) for row in rows), key=lambda one: (one.first, one.la_code, one.name, one.school))


def phases_of(work_group: WorkGroup) -> list[str]:
    """For whom the group is, by the names that everybody uses."""
    return [phase for phase, column in PHASES.items() if getattr(work_group, column)]


def schools_of(work_group: WorkGroup) -> QuerySet[School]:
    """Who has booked the group, waits for it or is invited to it: with their names and authorities."""
    booked = Booking.objects.live().filter(work_group=work_group)
    listed = SchoolRule.objects.filter(work_group=work_group, kind=SchoolRule.Kind.ONLY)
    asked = Proposal.objects.open().filter(work_group=work_group)
    of = Q()
    for rows in (booked, listed, asked):
        of |= Q(pk__in=rows.order_by().values("school"))
    found = School.objects.filter(of)
    return found.only("pk", "name", "la_code").order_by("name", "pk")


def against_day(work_group: WorkGroup, starts_at: datetime | None, venue: Venue | None) -> list[str]:
    """What speaks against the day on which a session of a group is to be: for the office, before it is kept."""
    if starts_at is None:
        return []
    day = timezone.localdate(starts_at)
    codes = {venue.la_code} if venue and venue.la_code else set()
    return DaysToAvoid.of_group(work_group, day, day, la_codes=codes).on(day)


def against_sessions(
    school: School, work_group: WorkGroup, sessions: Iterable[Session], *, is_ours: bool = True
) -> dict[int, list[str]]:
    """What speaks against the days of these sessions for one school: its authority's and its own. One query."""
    days = {one.pk: timezone.localdate(one.starts_at) for one in sessions if one.starts_at and one.is_planned}
    if not days:
        return {}
    first, last, phases = min(days.values()), max(days.values()), phases_of(work_group)
    avoid = DaysToAvoid(first, last, la_codes=(), phases=phases, schools=[school], is_ours=is_ours)
    return {pk: words for pk, day in days.items() if (words := avoid.for_schools(day))}


def against_coming(school: School, work_group: WorkGroup, session: Session | None, *, is_ours: bool) -> list[str]:
    """The same for what is to come of a group, or for one meeting of it, as sentences that say of which day."""
    coming = list(work_group.sessions.coming(timezone.now()).order_by("starts_at", "pk"))
    wanted = [one for one in coming if session is None or one == session]
    against = against_sessions(school, work_group, wanted, is_ours=is_ours)
    return [f"{day_short(one.starts_at)}: {words}" for one in wanted for words in against.get(one.pk, ())]
