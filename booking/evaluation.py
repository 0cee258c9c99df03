"""Who is asked what after a session, at the end of a group and a term later, and from when to when.

All of it follows from what stands: the sessions, who came to them, and the group's switches. Nobody is asked where
fewer than three would be, since what so few say could be told apart and is shown to nobody.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import (
    Aggregate,
    Case,
    Count,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.utils import timezone

from accounts.models import User
from booking.models import Answered, Attendance, Round, Session, WorkGroup
from booking.models.places import Status
from booking.question_sets import Ask, fresh_questions
from booking.schooldays import SchoolCalendar, at_first
from booking.tallies import FEWEST

PULSE_OPEN, GROUP_OPEN = timedelta(days=14), timedelta(days=42)
# About a term, in weeks in which schools are open for three days or more.
TERM = 12
# A group whose end is longer ago asks nothing any more.
LATEST = timedelta(days=365)

PULSE, EVALUATION, IMPACT = Round.Kind.PULSE, Round.Kind.EVALUATION, Round.Kind.IMPACT
ON_A_PLACE = Q(place__live=True, place__booking__status=Status.CONFIRMED)
HELD = [WorkGroup.Status.PUBLISHED, WorkGroup.Status.ARCHIVED]


@dataclass(frozen=True)
class Asking:
    """One asking of one group, from a moment to another; of a pulse also its session."""

    kind: str
    work_group: WorkGroup
    session: Session | None
    opens_at: datetime
    closes_at: datetime

    @property
    def pk(self) -> int:
        """The id in its address: of the session, or of the group."""
        return self.session.pk if self.session else self.work_group.pk

    @property
    def key(self) -> tuple[str, int, int | None]:
        return self.kind, self.work_group.pk, self.session.pk if self.session else None

    def is_open(self, now: datetime) -> bool:
        return self.opens_at <= now < self.closes_at


def pulse_of(session: Session) -> Asking | None:
    """The pulse of a session, open or not; None where there is none to be."""
    group = session.work_group
    if not (group.uses_pulse and group.status in HELD and session.is_planned and session.ends_at):
        return None
    return Asking(PULSE, group, session, session.ends_at, session.ends_at + PULSE_OPEN)


@dataclass(frozen=True)
class Ended:
    """When the last session of a group has ended, which it was, and by whose dates its schools go."""

    at: datetime
    session: Session
    la_code: str


def planned_in(groups: Iterable[WorkGroup]) -> list[Session]:
    """Every planned session of these groups, each with its group as it is given here."""
    by_pk = {one.pk: one for one in groups}
    planned = list(
        Session.objects.planned().filter(work_group__in=by_pk).select_related("venue").order_by("starts_at", "pk")
    )
    for session in planned:
        session.work_group = by_pk[session.work_group_id]
    return planned


def ended(planned: Iterable[Session], now: datetime) -> dict[int, Ended]:
    """Of the groups whose planned sessions these are, those that are over; one without a date is still to come."""
    lines: dict[int, list[Session]] = defaultdict(list)
    for session in planned:
        lines[session.work_group_id].append(session)
    found = {}
    for group, line in lines.items():
        moments = [one.ends_at for one in line]
        if None in moments or max(filter(None, moments)) > now:
            continue
        codes = [one.venue.la_code for one in reversed(line) if one.venue]
        last = max(line, key=lambda one: one.ends_at or now)
        assert last.ends_at is not None  # looked at above
        found[group] = Ended(last.ends_at, last, codes[0] if codes else "")
    return found


def of_group(group: WorkGroup, over: Ended | None, calendar: SchoolCalendar) -> list[Asking]:
    """What a group whose sessions are over asks: its evaluation, and once more a term later."""
    if over is None or not group.uses_evaluation or group.status not in HELD:
        return []
    later = at_first(a_term_after(timezone.localdate(over.at), over.la_code, calendar))
    return [
        Asking(EVALUATION, group, None, over.at, over.at + GROUP_OPEN),
        Asking(IMPACT, group, None, later, later + GROUP_OPEN),
    ]


def a_term_after(day: date, la_code: str, calendar: SchoolCalendar) -> date:
    """The first school day after twelve weeks of school; the week of `day` itself is not counted."""
    monday, weeks = day + timedelta(days=7 - day.weekday()), 0
    while weeks < TERM:
        weeks += sum(calendar.is_school_day(monday + timedelta(days=n), la_code) for n in range(5)) >= 3
        monday += timedelta(days=7)
    while not calendar.is_school_day(monday, la_code):
        monday += timedelta(days=1)
    return monday


def came_to(sessions: Iterable[Session]) -> dict[int, set[int]]:
    """Who came to each of these sessions: {session: people}."""
    rows = Attendance.objects.came().filter(session__in={one.pk for one in sessions}, person__is_active=True)
    found: dict[int, set[int]] = defaultdict(set)
    for session, person in rows.values_list("session", "person"):
        found[session].add(person)
    return found


def participations(groups: Iterable[WorkGroup]) -> QuerySet[Attendance]:
    """Attendances of who has a place that stands in these groups and came; guests of other groups have none here."""
    return Attendance.objects.came().filter(
        ON_A_PLACE,
        session__work_group__in={one.pk for one in groups},
        session__status=Session.Status.PLANNED,
        person__is_active=True,
    )


def took_part_in(groups: Iterable[WorkGroup]) -> dict[int, set[int]]:
    """Whom the evaluation of each group is put to: {group: people}."""
    found: dict[int, set[int]] = defaultdict(set)
    for group, person in participations(groups).values_list("session__work_group", "person"):
        found[group].add(person)
    return found


def came_and_took_part(sessions: Iterable[Session]) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
    """Both at once, of sessions that are all their groups have had: ({session: people}, {group: people})."""
    came: dict[int, set[int]] = defaultdict(set)
    took_part: dict[int, set[int]] = defaultdict(set)
    there = Attendance.objects.came().filter(session__in={one.pk for one in sessions}, person__is_active=True)
    rows = there.annotate(stands=Case(When(ON_A_PLACE, then=Value(True)), default=Value(False)))
    for session, group, person, stands in rows.values_list("session", "session__work_group", "person", "stands"):
        came[session].add(person)
        if stands:
            took_part[group].add(person)
    return came, took_part


def whom(asking: Asking) -> set[int]:
    """Whom this is about: who came. They are asked only if they are three or more (`is_put_to`)."""
    if asking.session is not None:
        return came_to([asking.session])[asking.session.pk]
    return took_part_in([asking.work_group])[asking.work_group.pk]


def is_put_to(people: Collection[int]) -> bool:
    return len(people) >= FEWEST


def find(kind: str, group: WorkGroup, session: Session | None, now: datetime) -> Asking | None:
    """One asking, open or not; None where the group does not ask this, or its time has not come."""
    if kind == PULSE:
        one = pulse_of(session) if session is not None else None
        return one if one is not None and one.opens_at <= now else None
    askings = of_group(group, ended(planned_in([group]), now).get(group.pk), SchoolCalendar.load())
    return next((one for one in askings if one.kind == kind and one.opens_at <= now), None)


def open_to(person: User, now: datetime) -> list[Asking]:
    """What this person is asked now and has not answered, the oldest first."""
    to_come = Session.objects.planned().filter(Q(ends_at__gt=now) | Q(ends_at__isnull=True))
    came = Attendance.objects.came().filter(session=OuterRef("session"), person__is_active=True)
    said = Answered.objects.filter(person=person, round__session=OuterRef("session"))
    rows = list(
        Attendance.objects.of_person(person)
        .came()
        .filter(session__status=Session.Status.PLANNED)
        .filter(session__ends_at__lte=now, session__ends_at__gt=now - LATEST, session__work_group__status__in=HELD)
        .select_related("session__work_group", "place__booking")
        .annotate(goes_on=Exists(to_come.filter(work_group=OuterRef("session__work_group"))))
        .annotate(others=_counted(came, Count("pk")), has_said=Exists(said))
        .order_by("session__ends_at", "pk")
    )
    open_rows = [row for row in rows if not row.has_said and row.others >= FEWEST]
    pulses = [one for row in open_rows if (one := pulse_of(row.session)) and one.is_open(now)]
    groups = {
        row.session.work_group_id: row.session.work_group
        for row in rows
        if row.session.work_group.uses_evaluation
        and not row.goes_on
        and row.place
        and row.place.live
        and row.place.booking.status == Status.CONFIRMED
    }
    return sorted([*pulses, *_later(person, groups, now)], key=lambda one: one.opens_at)


def _later(person: User, groups: Mapping[int, WorkGroup], now: datetime) -> list[Asking]:
    """What these groups, which are over, ask of somebody as a whole, and has not been answered."""
    over = ended(planned_in(groups.values()), now) if groups else {}
    calendar = SchoolCalendar.load() if over else SchoolCalendar({})
    later = [one for pk in over for one in of_group(groups[pk], over[pk], calendar) if one.is_open(now)]
    if not later:
        return []
    took_part, answered = took_part_in([one.work_group for one in later]), answered_in([*groups])
    return [
        one
        for one in later
        if is_put_to(took_part[one.work_group.pk]) and (one.kind, one.work_group.pk, person.pk) not in answered
    ]


def _counted(rows: QuerySet[Any], what: Aggregate) -> Subquery:
    """One number about rows, as a column of another query."""
    return Subquery(rows.order_by().annotate(all=Value(1)).values("all").annotate(n=what).values("n"))


def stands_on(person: int, since: datetime, until: datetime) -> dict[str, Subquery]:
    """What `open_to` stands on beside the acts about this person, as columns: who came to their groups, what they said.

    `since`: LATEST before `until`. An answer leaves no line in the history, which would say who gave it when.
    """
    mine = Attendance.objects.filter(person=person, session__ends_at__gt=since, session__ends_at__lte=until)
    came = Attendance.objects.came().filter(session__work_group__in=mine.values("session__work_group"))
    said = Answered.objects.filter(person=person)
    return {
        "came": _counted(came, Count("pk")),
        "came_as": _counted(came, Sum("standing_mark")),
        "said": _counted(said, Count("pk")),
    }


def fresh_questions_for(asking: Asking) -> list[Ask]:
    group = asking.work_group
    return fresh_questions(asking.kind, group.project_id, tasks=group.uses_tasks)


def answered_in(groups: Collection[int]) -> set[tuple[str, int, int]]:
    """(kind, group, person) of everybody who has answered for a group as a whole: who need not be reminded."""
    rows = Answered.objects.filter(round__work_group__in=groups, round__session__isnull=True)
    return set(rows.values_list("round__kind", "round__work_group", "person"))


# The mail after the end waits a few school days for the one about the last session, which asks the same; once more
# after two weeks of school, and no sooner than some days after the first.
FIRST_AFTER, AGAIN_AFTER, BETWEEN = 3, 10, timedelta(days=5)


@dataclass(frozen=True)
class Owed:
    """Somebody who is asked about a group as a whole and has not answered; and when they are written to about it."""

    asking: Asking
    row: Attendance
    last: Session
    first_at: datetime
    # None where there is no second mail.
    again_at: datetime | None


def owed(now: datetime) -> list[Owed]:
    """Everybody to be written to about a group that has ended, whether or not they have been. A few queries in all."""
    candidates = WorkGroup.objects.filter(uses_evaluation=True, status__in=HELD, sessions__ends_at__gt=now - LATEST)
    groups = {group.pk: group for group in candidates.distinct()}
    over, calendar = ended(planned_in(groups.values()), now), SchoolCalendar.load()
    askings = [one for pk, end in over.items() for one in of_group(groups[pk], end, calendar) if one.is_open(now)]
    asked = [one.work_group for one in askings]
    rows: dict[int, dict[int, Attendance]] = defaultdict(dict)
    for row in participations(asked).select_related("person", "school", "session").order_by("session__starts_at", "pk"):
        rows[row.session.work_group_id][row.person_id] = row
    answered, found = answered_in([one.pk for one in asked]), list[Owed]()
    for one in askings:
        people, end = rows[one.work_group.pk], over[one.work_group.pk]
        if not is_put_to(people):
            continue
        for person, row in people.items():
            if (one.kind, one.work_group.pk, person) in answered:
                continue
            la_code = row.school.la_code if row.school else end.la_code
            school = row.school_id
            if one.kind == IMPACT:
                found.append(Owed(one, row, end.session, one.opens_at, None))
            else:
                on = timezone.localdate(end.at)
                first, again = (
                    _school_days_on(on, days, la_code, calendar, school) for days in (FIRST_AFTER, AGAIN_AFTER)
                )
                found.append(Owed(one, row, end.session, at_first(first), at_first(again)))
    return found


def _school_days_on(day: date, days: int, la_code: str, calendar: SchoolCalendar, school: int | None) -> date:
    while days:
        day += timedelta(days=1)
        days -= calendar.is_school_day(day, la_code, school)
    return day


def after(sessions: Collection[Session], now: datetime) -> dict[int, tuple[Asking, set[int]]]:
    """What the mail about each of these sessions asks, and whom: the pulse, or after the last one the evaluation.

    Who has answered already is not asked.
    """
    groups = [one.work_group for one in sessions]
    over, calendar = ended(planned_in(groups), now), SchoolCalendar.load()
    came, took_part = came_to(sessions), took_part_in(groups)
    rows = Answered.objects.filter(round__work_group__in=groups)
    answered: dict[tuple[str, int, int | None], set[int]] = defaultdict(set)
    for kind, group, pulse, person in rows.values_list("round__kind", "round__work_group", "round__session", "person"):
        answered[kind, group, pulse].add(person)
    found = {}
    for session in sessions:
        end = over.get(session.work_group_id)
        is_last = end is not None and end.session.pk == session.pk
        later = of_group(session.work_group, end, calendar)[:1] if is_last else []
        asking = later[0] if later else pulse_of(session)
        people = took_part[session.work_group_id] if later else came[session.pk]
        if asking is not None and asking.is_open(now) and is_put_to(people):
            at = asking.session.pk if asking.session else None
            found[session.pk] = asking, people - answered[asking.kind, session.work_group_id, at]
    return found
