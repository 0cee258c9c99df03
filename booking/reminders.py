"""Who is to be reminded of which session now: derived from what stands at this moment, never scheduled."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.models import Membership, User
from booking.models import Attendance, CalendarEntry, Place, Reflection, ResearchTask, Session, WorkGroup
from booking.schooldays import SchoolCalendar, at_first

# The longest that a school can be shut, with a week to spare: so far ahead sessions may have to be told of before.
AHEAD = timedelta(days=60)
# With what is sent after a session that makes three mails which no change has caused.
MOST = 2
# When somebody has said whom nobody asks.
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Reminder:
    """One person and one session; `days` before it (the offset of the group) it was due at `due`.

    `to`: the person, or for somebody without an address each who books for the school. With a `task` it is the mail
    half way to the session, to who has not said how the task went.
    """

    entry: CalendarEntry
    session: Session
    person: User
    to: User
    school: int | None
    days: int
    due: datetime
    task: ResearchTask | None = None

    @property
    def kind(self) -> str:
        return "half_way" if self.task else "reminder"

    @property
    def key(self) -> str:
        """The same for the same person, session, its date and offset: what makes a reminder go once.

        Of a task somebody is reminded once, whatever becomes of the date.
        """
        if self.task:
            return f"half_way:{self.task.pk}:{self.person.pk}:{self.to.pk}"
        on = timezone.localdate(self.session.starts_at)
        return f"reminder:{self.session.pk}:{self.person.pk}:{self.to.pk}:{self.days}:{on}"


def due(now: datetime) -> list[Reminder]:
    """Everybody to be reminded now, whether or not they have been. A constant number of queries.

    Of several reminders whose time has come only the last helps. Who was told of the session after it was due needs
    none; who sends apologies, is away, or has nobody who could read it, gets none. None after the start.

    Where a mail half way goes to somebody, it says where and when too, and the first of two reminders does not.
    """
    sessions = _sessions(now)
    calendar = SchoolCalendar.load()
    rows = list(
        Attendance.objects.filter(session__in=sessions, person__is_active=True)
        .expected()
        .select_related("person", "school")
        .order_by("session", "pk")
    )
    entries = CalendarEntry.objects.wanted().filter(session__in=sessions)
    told = {(entry.session_id, entry.person_id): entry for entry in entries}
    leads = leads_of_schools(row.school_id for row in rows if not row.person.email and row.school_id)
    today, gaps = timezone.localdate(now), gaps_of(sessions.values())
    reflected, given = reflected_on(gaps.values()), _given(gaps.values())
    stages: dict[tuple[int, str, int | None], Stages] = {}
    found: list[Reminder] = []
    for row in rows:
        session, la_code = sessions[row.session_id], row.school.la_code if row.school else ""
        entry = told.get((session.pk, row.person_id))
        if entry is None or row.person.is_away(today) or not calendar.may_write(now, la_code, row.school_id):
            continue
        own = row.school_id if calendar.has_own(row.school_id) else None
        whose = (session.pk, la_code, own)
        if whose not in stages:
            stages[whose] = Stages.of(session, gaps.get(session.pk), la_code, calendar, own)
        about = (stages[whose].task_pk, row.person_id)
        said_at = reflected.get(about) if about in given else LONG_AGO
        stage = stages[whose].last(now, told_at=entry.changed_at, said_at=said_at)
        if stage is None or entry.changed_at > stage[1]:
            continue
        readers = [row.person] if row.person.email else leads.get(row.school_id or 0, [])
        found += [
            Reminder(entry, session, row.person, to, row.school_id, *stage) for to in readers if not to.is_away(today)
        ]
    return found


# Days before, at which moment, and half way (0 days) the task that is asked about.
Stage = tuple[int, datetime, ResearchTask | None]


@dataclass(frozen=True)
class Stages:
    """When people of one authority, or of a school with days of its own, are reminded, and asked half way.

    (days before, moment), the furthest first.
    """

    offsets: list[tuple[int, datetime]]
    half_way: datetime | None = None
    task: ResearchTask | None = None

    @property
    def task_pk(self) -> int:
        return self.task.pk if self.task else 0

    @classmethod
    def of(
        cls,
        session: Session,
        task: ResearchTask | None,
        la_code: str,
        calendar: SchoolCalendar,
        school: int | None = None,
    ) -> "Stages":
        assert session.starts_at is not None  # only coming sessions are asked about
        on = timezone.localdate(session.starts_at)
        nearest = sorted({days for days in session.work_group.reminder_days if days > 0})[:MOST]
        offsets = [
            (days, at_first(calendar.last_on_or_before(on - timedelta(days=days), la_code, school)))
            for days in reversed(nearest)
        ]
        before = task.session.starts_at if task else None
        if task is None or before is None:
            return cls(offsets)
        began = timezone.localdate(before)
        half = calendar.last_on_or_before(began + (on - began) / 2, la_code, school)
        # In a gap so short that it would come with the last reminder, or on the day itself, it helps nobody.
        if not began < half < (timezone.localdate(offsets[-1][1]) if offsets else on):
            return cls(offsets)
        return cls(offsets, at_first(half), task)

    def planned(self, *, told_at: datetime, said_at: datetime | None) -> list[Stage]:
        """What comes to somebody told of the session then, who said then (None: not yet) how the task went."""
        nudge = self.half_way
        offsets: list[Stage] = [(days, moment, None) for days, moment in self.offsets]
        if nudge is None or told_at > nudge or (said_at is not None and said_at <= nudge):
            return offsets
        asks = [(0, nudge, self.task)] if said_at is None else []
        return [*asks, *offsets[-1:]]

    def last(self, now: datetime, *, told_at: datetime, said_at: datetime | None) -> Stage | None:
        """The last of them whose moment has come."""
        come = [stage for stage in self.planned(told_at=told_at, said_at=said_at) if stage[1] <= now]
        return max(come, key=lambda stage: (stage[1], -stage[0]), default=None)


def _sessions(now: datetime) -> dict[int, Session]:
    coming = (
        Session.objects.coming(now)
        .filter(starts_at__lt=now + AHEAD, work_group__status=WorkGroup.Status.PUBLISHED)
        .select_related("work_group", "venue")
    )
    furthest = max((days for one in coming for days in one.work_group.reminder_days), default=0)
    latest = now + timedelta(days=furthest) + AHEAD
    return {one.pk: one for one in coming if one.starts_at and one.starts_at < latest}


def gaps_of(sessions: Iterable[Session]) -> dict[int, ResearchTask]:
    """The task that is due at each of these sessions, where its group asks half way how it went."""
    asked = {one.work_group_id for one in sessions if one.work_group.nudges_half_way and one.work_group.uses_tasks}
    if not asked:
        return {}
    found, before = dict[int, ResearchTask](), dict[int, Session]()
    planned = Session.objects.planned().filter(work_group__in=asked).select_related("task")
    for one in planned.order_by("work_group", "number"):
        task = getattr(before.get(one.work_group_id), "task", None)
        if task is not None:
            found[one.pk] = task
        before[one.work_group_id] = one
    return found


def reflected_on(tasks: Iterable[ResearchTask]) -> dict[tuple[int, int], datetime]:
    """When who first said how a task went: (task, person) -> moment."""
    rows = Reflection.objects.filter(task__in={task.pk for task in tasks})
    return {(task, person): at for task, person, at in rows.values_list("task_id", "person_id", "at")}


def _given(tasks: Iterable[ResearchTask]) -> set[tuple[int, int]]:
    """Whose task it is to try: (task, person). Who comes once in somebody's stead has not been given it."""
    by_session = {task.session_id: task.pk for task in tasks}
    if not by_session:
        return set()
    came = Attendance.objects.filter(session__in=by_session).values_list("session", "person")
    places = Place.objects.live().filter(session__isnull=True, person__isnull=False)
    held = places.filter(work_group__sessions__in=by_session).values_list("work_group__sessions", "person")
    return {(by_session[session], person) for session, person in [*came, *held] if session in by_session and person}


def leads_of_schools(schools: Iterable[int]) -> dict[int, list[User]]:
    """Who books for these schools and can be written to, by school."""
    leads = Membership.objects.active().leads().filter(Q(school__in=set(schools)), person__is_active=True)
    found: dict[int, list[User]] = defaultdict(list)
    for membership in leads.exclude(person__email=None).select_related("person").order_by("person"):
        found[membership.school_id].append(membership.person)
    return found
