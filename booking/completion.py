"""What counts: the sessions, hours and tasks of each person in each group, and whether it is enough.

The one account of it: pages, figures, prerequisites and certificates read only this.

A session counts for whoever is expected at it by their part, from when on they had the place: to come to the last of
five is not to complete a group. A session that the hub cancelled and did not replace leaves the rule, and one fewer is
asked for. Late and early are taken off where the minutes were noted. What was caught up with elsewhere counts at home.
Who goes in a colleague's stead has the hours, and so has the school; the colleague has not.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import School
from accounts.models.schools import taken_in
from booking.formula import Asked, ask
from booking.models import Attendance, Mark, Place, Reflection, ResearchTask, Session, WorkGroup
from booking.models.attendance import CAME
from booking.models.places import Status

What = Mark.What
ATTENDED, CAUGHT_UP, MISSED, SENT = "attended", "caught_up", "missed", "sent"
CANNOT, UNMARKED, COMING, BEFORE = "cannot", "unmarked", "coming", "before"
# What can still be attended; what was not, or will not be, as far as we have been told.
OPEN, LOST = {UNMARKED, COMING}, {MISSED, SENT, CANNOT}
# (work group, person) or (work group, school), by their ids.
Pair = tuple[int, int]


@dataclass(frozen=True)
class Counted:
    """One session that counts for somebody: how it went, and the minutes attended of those it takes."""

    session: Session
    how: str
    minutes: int = 0
    school: int | None = None

    @property
    def whole(self) -> int:
        return max(self.session.minutes, self.minutes)


@dataclass
class Standing:
    """Where one person, or one school, stands in a group."""

    work_group: WorkGroup
    asked: Asked
    has_place: bool = False
    # For which somebody has the place, or came last.
    school: int | None = None
    counted: list[Counted] = field(default_factory=list)
    tried: int = 0

    @property
    def came(self) -> list[Counted]:
        return [one for one in self.counted if one.how in (ATTENDED, CAUGHT_UP)]

    @property
    def open(self) -> list[Counted]:
        """What can still be attended."""
        return [one for one in self.counted if one.how in OPEN]

    @property
    def attended(self) -> int:
        """Sessions attended, caught up with included."""
        return len(self.came)

    @property
    def minutes(self) -> int:
        return sum(one.minutes for one in self.counted)

    @property
    def minutes_for(self) -> dict[int | None, int]:
        """Minutes attended for each school, in the order of time."""
        found: dict[int | None, int] = {}
        for one in self.came:
            found[one.school] = found.get(one.school, 0) + one.minutes
        return found

    @property
    def lacks(self) -> int:
        """How much is still needed, in what the rule counts: sessions, minutes or tasks."""
        return max(0, self.asked.needed - self._has(self.came))

    @property
    def lacks_tasks(self) -> int:
        return max(0, self.asked.tasks - self.tried)

    @property
    def is_complete(self) -> bool:
        return bool(self.came) and self.asked.is_known and not self.lacks and not self.lacks_tasks

    @property
    def is_reachable(self) -> bool:
        """Is it complete, or can it still be? A task can be tried as long as there is one."""
        return self._reaches(self.came + self.open)

    @property
    def lost_at(self) -> Session | None:
        """The session by which it was no longer reachable; none while it is, or where somebody came too late for it."""
        still = [one for one in self.counted if one.how != BEFORE]
        for one in self.counted:
            if one.how in LOST:
                still.remove(one)
                if not self._reaches(still):
                    return one.session
        return None

    @property
    def is_close(self) -> bool:
        """Has something been missed, and would one more missed session end it; or were two missed in a row?"""
        if not self.lacks or not self.is_reachable or not self.open:
            return False
        longest = max(self.open, key=lambda one: one.session.minutes)
        ends = not self._reaches([*self.came, *(one for one in self.open if one is not longest)])
        known = [one.how in LOST for one in self.counted if one.how not in OPEN | {BEFORE}]
        return (ends and any(known)) or known[-2:] == [True, True]

    def _has(self, sessions: Iterable[Counted]) -> int:
        if self.asked.what == WorkGroup.Completion.TASKS:
            return self.tried
        if self.asked.what == WorkGroup.Completion.HOURS:
            return sum(one.minutes for one in sessions)
        return len(list(sessions))

    def _reaches(self, sessions: Collection[Counted]) -> bool:
        """Would it be enough to have been at these? What is to come is taken as whole."""
        if not self.asked.is_known:
            return True
        if self.asked.what == WorkGroup.Completion.TASKS:
            return bool(sessions)  # whoever never comes completes nothing
        if self.asked.what == WorkGroup.Completion.HOURS:
            got = sum(one.minutes if one.how in (ATTENDED, CAUGHT_UP) else one.whole for one in sessions)
            return got >= self.asked.needed
        return len(sessions) >= self.asked.needed


def standings(
    groups: Iterable[WorkGroup], people: Collection[int] | None = None, *, now: datetime | None = None
) -> dict[Pair, Standing]:
    """Where each person stands in each of these groups: (group, person) -> standing. At most seven queries.

    `people`: only these. Whoever has a place stands there, and whoever was ever expected or came.
    """
    return _people(_Facts.load(groups, people), now or timezone.now())


def schools(
    groups: Iterable[WorkGroup], of: Mapping[int, int] | None = None, *, now: datetime | None = None
) -> dict[Pair, Standing]:
    """Where each school stands, by the same rule: a session counts for it once one of its people came, whoever.

    `of`: schools that count as another one, by their ids: those that were merged.
    """
    return _schools(_Facts.load(groups, None), of, now or timezone.now())


def has_completed(school: School, groups: QuerySet[WorkGroup]) -> bool:
    """Has a school, with those that it took in, completed one of these groups?"""
    as_one = dict.fromkeys(taken_in([school.pk]), school.pk)
    mine = Attendance.objects.came().filter(school__in=as_one)
    joined = groups.filter(Q(sessions__attendances__in=mine) | Q(sessions__credits__in=mine)).distinct()
    return any(one.is_complete for (_, pk), one in schools(joined, as_one).items() if pk == school.pk)


def attended_for(school: School) -> QuerySet[Attendance]:
    """What people attended for a school, and for those that it took in: a URN that changed changes nothing here."""
    return Attendance.objects.filter(school__in=taken_in([school.pk]))


def _people(facts: "_Facts", now: datetime) -> dict[Pair, Standing]:
    found = {}
    for group, person in facts.pairs():
        rows, place = facts.rows[group, person], facts.places.get((group, person))
        part, school = place or _last(rows)
        found[group, person] = Standing(
            facts.groups[group],
            facts.asked(group, part, now),
            place is not None,
            school,
            _counted(facts.planned(group, part), rows, now, has_place=place is not None),
            len(facts.tried.get((group, person), ())),
        )
    return found


def _schools(facts: "_Facts", of: Mapping[int, int] | None, now: datetime) -> dict[Pair, Standing]:
    rows: dict[Pair, list[dict[str, Any]]] = defaultdict(list)
    tried: dict[Pair, set[int]] = defaultdict(set)
    for (group, person), own in facts.rows.items():
        for row in own:
            school = (of or {}).get(row["school"], row["school"])
            if school is not None:
                rows[group, school].append(row)
                tried[group, school] |= facts.tried.get((group, person), set())
    return {
        (group, school): Standing(
            facts.groups[group],
            facts.asked(group, None, now),
            school=school,
            counted=_counted(facts.planned(group, None), own, now, has_place=True),
            tried=len(tried[group, school]),
        )
        for (group, school), own in rows.items()
    }


def _last(rows: Iterable[Mapping[str, Any]]) -> tuple[int | None, int | None]:
    """The part and the school for which somebody came last who has no place any more, or never had one."""
    part = school = None
    for row in rows:
        part, school = row["place__part"] or part, row["school"] or school
    return part, school


_ROW = (
    "session",
    "credited_to",
    "person",
    "school",
    "place__part",
    "standing_mark__what",
    "standing_mark__minutes",
    "session__starts_at",
    "session__ends_at",
    "session__status",
)


@dataclass
class _Facts:
    """What the account of some groups stands on, read once."""

    groups: dict[int, WorkGroup]
    sessions: dict[int, list[Session]] = field(default_factory=lambda: defaultdict(list))
    parts: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    rows: dict[Pair, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    # (group, person) -> (part, school) of a live place.
    places: dict[Pair, tuple[int | None, int]] = field(default_factory=dict)
    tasks: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    tried: dict[Pair, set[int]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def load(cls, groups: Iterable[WorkGroup], people: Collection[int] | None) -> "_Facts":
        by_pk = {group.pk: group for group in groups}
        facts = cls(by_pk)
        if not by_pk:
            return facts
        home: dict[int, int] = {}
        for session in Session.objects.filter(work_group__in=by_pk).order_by("starts_at", "number", "pk"):
            facts.sessions[session.work_group_id].append(session)
            home[session.pk] = session.work_group_id
        if any(group.has_parts for group in by_pk.values()):
            for_parts = Session.parts.through.objects.filter(session__in=home)
            for session_id, part in for_parts.values_list("session", "part"):
                facts.parts[session_id].add(part)
        own = {} if people is None else {"person__in": people}
        wanted = Q(session__in=home, credited_to__isnull=True) | Q(credited_to__in=home)
        for row in Attendance.objects.filter(wanted, **own).order_by("session__starts_at", "pk").values(*_ROW):
            facts.rows[home[row["credited_to"] or row["session"]], row["person"]].append(row)
        placed = Place.objects.live().named().filter(work_group__in=by_pk, booking__status=Status.CONFIRMED, **own)
        for group, person, part, school in placed.values_list("work_group", "person", "part", "booking__school"):
            facts.places[group, person] = part, school
        if any(group.uses_tasks for group in by_pk.values()):
            facts._load_tasks(home, own)
        return facts

    def _load_tasks(self, home: Mapping[int, int], own: Mapping[str, Any]) -> None:
        group_of = {}
        planned = ResearchTask.objects.filter(session__in=home, session__status=Session.Status.PLANNED).order_by()
        for task, session in planned.values_list("pk", "session"):
            if self.groups[home[session]].uses_tasks:
                group_of[task] = home[session]
                self.tasks[home[session]].add(task)
        tried = Reflection.objects.filter(task__in=group_of, outcome=Reflection.Outcome.TRIED, **own).order_by()
        for task, person in tried.values_list("task", "person"):
            self.tried[group_of[task], person].add(task)

    def pairs(self) -> Iterator[Pair]:
        yield from dict.fromkeys([*self.places, *self.rows])

    def planned(self, group: int, part: int | None) -> list[Session]:
        """The sessions that count for somebody of this part, in their order; none: for everybody."""
        return [one for one in self.sessions[group] if one.is_planned and self._is_for(one, part)]

    def asked(self, group: int, part: int | None, now: datetime) -> Asked:
        mine = [one for one in self.sessions[group] if self._is_for(one, part)]
        return ask(self.groups[group], mine, len(self.tasks[group]), now)

    def _is_for(self, session: Session, part: int | None) -> bool:
        return part is None or not self.parts[session.pk] or part in self.parts[session.pk]


def _counted(
    planned: list[Session], rows: Iterable[dict[str, Any]], now: datetime, *, has_place: bool
) -> list[Counted]:
    """How each session went by these rows, of one person or one school, in the order of time."""
    by_home: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_home[row["credited_to"] or row["session"]].append(row)
    found = []
    for session in planned:
        ways = [_way(session, row, now) for row in by_home.pop(session.pk, [])]
        if ways:
            found.append(min(ways, key=lambda one: (_ORDER.index(one.how), -one.minutes)))
        elif has_place:
            found.append(Counted(session, BEFORE if _is_over(session.ends_at, now) else COMING))
    return found


_ORDER = (ATTENDED, CAUGHT_UP, COMING, UNMARKED, SENT, CANNOT, MISSED, BEFORE)


def _way(home: Session, row: Mapping[str, Any], now: datetime) -> Counted:
    """How one row counts for the session that it is about, or credited to."""
    what, starts, ends = row["standing_mark__what"], row["session__starts_at"], row["session__ends_at"]
    over = _is_over(ends, now)
    is_guest = row["credited_to"] is not None
    if what in CAME:
        takes = int((ends - starts).total_seconds() // 60) if starts and ends else 0
        minutes = max(0, takes - (row["standing_mark__minutes"] or 0))
        return Counted(home, CAUGHT_UP if is_guest else ATTENDED, minutes, row["school"])
    if what is None:
        held = row["session__status"] == Session.Status.PLANNED
        return Counted(home, (UNMARKED if over else COMING) if held else MISSED)
    if what == What.SUBSTITUTE:
        return Counted(home, SENT)
    return Counted(home, MISSED if over or what == What.ABSENT else CANNOT)


def _is_over(ends: datetime | None, now: datetime) -> bool:
    return ends is not None and ends <= now
