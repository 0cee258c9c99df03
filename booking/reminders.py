"""Who is to be reminded of which session now: derived from what stands at this moment, never scheduled."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.models import Membership, User
from booking.models import Attendance, CalendarEntry, Mark, Session, WorkGroup
from booking.schooldays import FIRST, SchoolCalendar

# The longest that a school can be shut, with a week to spare: so far ahead sessions may have to be told of before.
AHEAD = timedelta(days=60)
NOT_COMING = [Mark.What.APOLOGIES, Mark.What.SUBSTITUTE]


@dataclass(frozen=True)
class Reminder:
    """One person and one session; `days` before it (the offset of the group) it was due at `due`.

    `to`: the person, or for somebody without an address each who books for the school.
    """

    entry: CalendarEntry
    session: Session
    person: User
    to: User
    days: int
    due: datetime
    school: int | None = None

    @property
    def key(self) -> str:
        """The same for the same person, session, its date and offset: what makes a reminder go once."""
        on = timezone.localdate(self.session.starts_at)
        return f"reminder:{self.session.pk}:{self.person.pk}:{self.to.pk}:{self.days}:{on}"


def due(now: datetime) -> list[Reminder]:
    """Everybody to be reminded now, whether or not they have been. A constant number of queries.

    Of several reminders whose time has come only the last helps. Who was told of the session after it was due needs
    none; who sends apologies, is away, or has nobody who could read it, gets none. None after the start.
    """
    sessions = _sessions(now)
    calendar = SchoolCalendar.load()
    rows = list(
        Attendance.objects.filter(session__in=sessions, person__is_active=True)
        .exclude(standing_mark__what__in=NOT_COMING)
        .select_related("person", "school")
        .order_by("session", "pk")
    )
    entries = CalendarEntry.objects.wanted().filter(session__in=sessions)
    told = {(entry.session_id, entry.person_id): entry for entry in entries}
    leads = _leads(row.school_id for row in rows if not row.person.email and row.school_id)
    today = timezone.localdate(now)
    stages: dict[tuple[int, str], tuple[int, datetime] | None] = {}
    found: list[Reminder] = []
    for row in rows:
        session, la_code = sessions[row.session_id], row.school.la_code if row.school else ""
        if (session.pk, la_code) not in stages:
            stages[session.pk, la_code] = _stage(session, la_code, calendar, now)
        stage, entry = stages[session.pk, la_code], told.get((session.pk, row.person_id))
        if stage is None or entry is None or entry.changed_at > stage[1] or row.person.is_away(today):
            continue
        readers = [row.person] if row.person.email else leads.get(row.school_id or 0, [])
        found += [
            Reminder(entry, session, row.person, to, *stage, row.school_id) for to in readers if not to.is_away(today)
        ]
    return found


def _sessions(now: datetime) -> dict[int, Session]:
    coming = (
        Session.objects.coming(now)
        .filter(starts_at__lt=now + AHEAD, work_group__status=WorkGroup.Status.PUBLISHED)
        .select_related("work_group", "venue")
    )
    furthest = max((days for one in coming for days in one.work_group.reminder_days), default=0)
    latest = now + timedelta(days=furthest) + AHEAD
    return {one.pk: one for one in coming if one.starts_at and one.starts_at < latest}


def _stage(session: Session, la_code: str, calendar: SchoolCalendar, now: datetime) -> tuple[int, datetime] | None:
    """The last offset of the session's group whose moment has come, with it; None outside the hours for mail."""
    if not calendar.may_write(now, la_code):
        return None
    assert session.starts_at is not None  # only coming sessions are asked about
    on = timezone.localdate(session.starts_at)
    stages = [(days, _moment(calendar.last_on_or_before(on - timedelta(days=days), la_code))) for days in
              session.work_group.reminder_days if days > 0]  # fmt: skip
    come = [(days, moment) for days, moment in stages if moment <= now]
    return max(come, key=lambda stage: (stage[1], -stage[0]), default=None)


def _moment(day: date) -> datetime:
    return datetime.combine(day, FIRST, tzinfo=timezone.get_default_timezone())


def _leads(schools: Iterable[int]) -> dict[int, list[User]]:
    """Who books for these schools and can be written to."""
    leads = Membership.objects.active().leads().filter(Q(school__in=set(schools)), person__is_active=True)
    found: dict[int, list[User]] = defaultdict(list)
    for membership in leads.exclude(person__email=None).select_related("person").order_by("person"):
        found[membership.school_id].append(membership.person)
    return found
