"""What a work group lead sees: the sessions they lead, and the register of one."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import Count, Exists, OuterRef, Prefetch, Q
from django.utils import timezone

from accounts.models import User
from booking.marking import latest
from booking.models import (
    Attendance,
    CalendarEntry,
    Mark,
    Need,
    RegisterLink,
    Session,
    WorkGroup,
)
from booking.models.attendance import CAME
from booking.models.needs import NeedQuerySet
from booking.models.sessions import SessionQuerySet


@dataclass
class LedSession:
    """A session in a lead's list, with the counts that tell what is left to do."""

    session: Session
    expected: int
    schools: int
    cannot: int
    state: str
    is_kept: bool  # on the phone of whoever leads it, for off line
    is_next: bool = False  # of its group: before it one reads who tried what


@dataclass
class Amendment:
    """A change of a register that was locked: before and after, who, when, why."""

    person: User
    before: Mark | None
    mark: Mark


@dataclass
class Line:
    """One person's line of a register."""

    row: Attendance
    # The marks that nothing follows: more than one where two phones differ.
    latest: list[Mark]
    # Who comes in their stead, or in whose stead they come.
    instead: list[User] = field(default_factory=list)
    # What a form that was refused had said: seen, mark, minutes, note.
    typed: dict[str, str] | None = None

    @property
    def shown(self) -> dict[str, str]:
        """What stands in the form: what was typed; else what is marked, with the device ids of the marks seen."""
        if self.typed is not None:
            return self.typed
        mark = self.says
        return {
            "seen": ",".join(str(mark.device_id) for mark in self.latest),
            "mark": mark.what if mark else "",
            "minutes": str(mark.minutes or "") if mark else "",
            "note": mark.note if mark else "",
        }

    @property
    def says(self) -> Mark | None:
        """What is shown as chosen: nothing while two phones differ."""
        return None if self.row.contested else self.row.standing_mark

    @property
    def is_away(self) -> bool:
        """Has somebody been sent in their stead?"""
        return self.says is not None and self.says.what == Mark.What.SUBSTITUTE

    @property
    def told_us(self) -> bool:
        """Were the apologies there before the register was opened?"""
        opens_at, says = self.row.session.opens_at, self.says
        if says is None or says.what != Mark.What.APOLOGIES or opens_at is None:
            return False
        return says.at < opens_at

    @property
    def counts(self) -> int:
        """Minutes that they were there."""
        return max(0, self.row.session.minutes - ((self.says.minutes if self.says else None) or 0))

    @property
    def amendments(self) -> list[Amendment]:
        marks = {mark.pk: mark for mark in self.row.marks.all()}
        return [
            Amendment(self.row.person, marks.get(mark.replaces_id or 0), mark)
            for mark in marks.values()
            if mark.amendment
        ]


@dataclass
class Register:
    """The register of a session: people by school, and what has been marked."""

    schools: list[tuple[str, list[Line]]]
    came: int
    apologies: int
    absent: int
    to_mark: int
    to_decide: int  # marked differently on two phones

    @property
    def lines(self) -> list[Line]:
        return [line for _, lines in self.schools for line in lines]

    @property
    def newest(self) -> int:
        """Which mark was made last: a phone that knows another number has not seen everything."""
        return max((mark.pk for line in self.lines for mark in line.row.marks.all()), default=0)

    @property
    def amendments(self) -> list[Amendment]:
        """What was changed after it locked, in the order of the changes."""
        return sorted((one for line in self.lines for one in line.amendments), key=lambda one: one.mark.pk)

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
            cannot=Count("attendances", filter=Q(attendances__standing_mark__what=Mark.What.APOLOGIES)),
        )
        .order_by("starts_at")
    )
    lines = [
        LedSession(one, one.expected, one.schools, one.cannot, _state(one, now, start), _is_kept(one, start))
        for one in sessions
    ]
    coming = [one for one in lines if one.session.starts_at and one.session.starts_at >= start]
    for line in coming:
        line.is_next = line is next(one for one in coming if one.session.work_group_id == line.session.work_group_id)
    # A past session at which nobody was expected has no register to take.
    return coming, [one for one in reversed(lines) if one not in coming and one.expected]


def _is_kept(session: Session, start: datetime) -> bool:
    """Today's and the coming week's; `start` is when today began."""
    return session.starts_at is not None and start <= session.starts_at < start + timedelta(days=8)


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
    of_place: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        line.row.session = session
        if line.row.place_id:
            of_place[line.row.place_id].append(line)
    for together in of_place.values():
        for line in together:
            line.instead = [other.row.person for other in together if other.is_away != line.is_away]
    schools = [
        (school.name if school else "", list(people))
        for school, people in groupby(lines, key=lambda line: line.row.school)
    ]
    contested = sum(row.contested for row in rows)
    marks = [row.standing_mark.what for row in rows if row.standing_mark and not row.contested]
    came = sum(what in CAME for what in marks)
    apologies = marks.count(Mark.What.APOLOGIES)
    absent = marks.count(Mark.What.ABSENT)
    to_mark = len(rows) - len(marks) - contested
    return Register(schools, came, apologies, absent, to_mark, contested)


def register_for(link: RegisterLink) -> Register:
    """The register as a colleague with a link sees it: of notes only their own. For showing only, never to be saved."""
    shown = register(link.session)
    for line in shown.lines:
        for mark in [*line.row.marks.all(), *line.latest, *filter(None, [line.row.standing_mark])]:
            if mark.link_id != link.pk:
                mark.note = ""
    return shown


def has_needs(session: Session) -> bool:
    return _needs(session).exists()


def needs_of(session: Session) -> list[Need]:
    """What people who come to this session asked us to arrange, by name."""
    return list(_needs(session).select_related("place__person", "place__booking__school").order_by("person__name"))


def _needs(session: Session) -> NeedQuerySet:
    """Of whoever is expected and has sent nobody in their stead; a guest's are those of their place at home."""
    rows = Attendance.objects.of_session(session).filter(person=OuterRef("person"))
    rows = rows.exclude(standing_mark__what=Mark.What.SUBSTITUTE)
    at_home = rows.filter(credited_to__attendances__place=OuterRef("place"), credited_to__isnull=False)
    return Need.objects.standing().filter(Exists(rows.filter(place=OuterRef("place"))) | Exists(at_home))


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
