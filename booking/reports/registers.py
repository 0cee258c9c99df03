"""What a work group lead sees: the sessions they lead, and the register of one."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import Count, Prefetch, Q
from django.utils import timezone

from accounts.models import User
from booking.gaps import task_before
from booking.marking import latest
from booking.models import Attendance, CalendarEntry, Mark, Need, Reflection, Session, WorkGroup
from booking.models.attendance import CAME
from booking.models.sessions import SessionQuerySet


@dataclass
class LedSession:
    """A session in a lead's list, with the counts that tell what is left to do."""

    session: Session
    expected: int
    schools: int
    unmarked: int
    cannot: int
    state: str
    is_next: bool = False  # of its group: before it one reads who tried what


@dataclass
class Line:
    """One person's line of a register."""

    row: Attendance
    # The marks that nothing follows: more than one where two phones differ.
    latest: list[Mark]

    @property
    def seen(self) -> str:
        """What a form sends back, to say which marks whoever pressed has seen: their device ids."""
        return ",".join(str(mark.device_id) for mark in self.latest)


@dataclass
class Register:
    """The register of a session: people by school, and what has been marked."""

    session: Session
    schools: list[tuple[str, list[Line]]]
    came: int
    apologies: int
    absent: int
    sent: int  # who sent somebody in their stead
    to_mark: int
    to_decide: int  # marked differently on two phones
    tried: list[Reflection] = field(default_factory=list)

    @property
    def expected(self) -> int:
        return self.came + self.apologies + self.absent + self.to_mark + self.to_decide

    @property
    def count_words(self) -> str:
        """The sticky count: "14 here, 2 apologies, 4 to mark"."""
        parts = [f"{self.came} here"]
        if self.apologies:
            parts.append(f"{self.apologies} apologies")
        if self.absent:
            parts.append(f"{self.absent} absent")
        if self.to_decide:
            parts.append(f"{self.to_decide} to decide")
        if self.to_mark or not self.to_decide:
            parts.append(f"{self.to_mark} to mark" if self.to_mark else "all marked")
        return ", ".join(parts)


def led_by(person: User) -> SessionQuerySet:
    """Sessions whose register this person may take: of the groups they lead now."""
    return Session.objects.led_by(person, timezone.localdate())


def led_sessions(person: User, *, now: datetime | None = None) -> tuple[list[LedSession], list[LedSession]]:
    """(today and to come, the past without a signed register and the last weeks), of the groups a person leads."""
    now = now or timezone.now()
    start = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    sessions = (
        led_by(person)
        .planned()
        .filter(Q(starts_at__gte=start - timedelta(days=28)) | Q(signed_at__isnull=True), starts_at__isnull=False)
        .exclude(work_group__status=WorkGroup.Status.DRAFT)
        .select_related("work_group", "venue")
        .annotate(
            expected=Count("attendances"),
            schools=Count("attendances__school", distinct=True),
            unmarked=Count("attendances", filter=Q(attendances__standing_mark__isnull=True)),
            cannot=Count("attendances", filter=Q(attendances__standing_mark__what=Mark.What.APOLOGIES)),
        )
        .order_by("starts_at")
    )
    lines = [
        LedSession(one, one.expected, one.schools, one.unmarked, one.cannot, _state(one, now, start))
        for one in sessions
    ]
    coming = [one for one in lines if one.session.starts_at and one.session.starts_at >= start]
    for line in coming:
        line.is_next = line is next(one for one in coming if one.session.work_group_id == line.session.work_group_id)
    # A past session at which nobody was expected has no register to take.
    return coming, [one for one in reversed(lines) if one not in coming and one.expected]


def _state(session: Session, now: datetime, start: datetime) -> str:
    assert session.starts_at is not None
    if session.signed_at:
        return "Signed"
    if session.starts_at >= start + timedelta(days=1):
        return ""
    if session.starts_at >= start:
        return "Today"
    return "Register to take"


def register(session: Session) -> Register:
    """Everybody expected or come, grouped by school, and the counts; and what was written for who leads the group."""
    rows = list(
        Attendance.objects.of_session(session)
        .select_related("person", "school", "place__part", "standing_mark")
        .prefetch_related(Prefetch("marks", Mark.objects.select_related("by", "link")))
        .order_by("school__name", "school", "person__name", "pk")
    )
    lines = [Line(row, latest(row.marks.all())) for row in rows]
    schools = [
        (school.name if school else "", list(people))
        for school, people in groupby(lines, key=lambda line: line.row.school)
    ]
    contested = sum(row.contested for row in rows)
    marks = [row.standing_mark.what for row in rows if row.standing_mark and not row.contested]
    came = sum(what in CAME for what in marks)
    apologies = marks.count(Mark.What.APOLOGIES)
    task = task_before(session)
    absent, sent = marks.count(Mark.What.ABSENT), marks.count(Mark.What.SUBSTITUTE)
    tried = list(Reflection.objects.filter(task=task).select_related("person").order_by("at")) if task else []
    to_mark = len(rows) - len(marks) - contested
    return Register(session, schools, came, apologies, absent, sent, to_mark, contested, tried)


def needs_of(session: Session) -> list[Need]:
    """What people who are expected at this session asked us to arrange, by name."""
    needs = Need.objects.standing().filter(place__attendances__session=session)
    return list(
        needs.select_related("place__person", "place__booking__school").order_by("place__person__name").distinct()
    )


@dataclass
class Answers:
    """Who has answered the invitation to a session, and who has not."""

    coming: list[CalendarEntry]
    cannot: list[CalendarEntry]
    silent: list[CalendarEntry]


def answers_of(session: Session) -> Answers:
    entries = list(
        CalendarEntry.objects.filter(session=session, person__attendances__session=session)
        .wanted()
        .select_related("person")
        .order_by("person__name")
    )
    return Answers(
        coming=[one for one in entries if one.answer == CalendarEntry.Answer.COMING],
        cannot=[one for one in entries if one.answer == CalendarEntry.Answer.CANNOT],
        silent=[one for one in entries if not one.answer],
    )
