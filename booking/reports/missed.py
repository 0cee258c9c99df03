"""Sessions that somebody misses: what can be done about them, before and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from accounts.acts import Act
from accounts.colleagues import show_as_typed
from accounts.models import School, User
from accounts.schoolyear import school_year_of
from booking.avoiding import against_sessions
from booking.beside import chairs_elsewhere
from booking.models import Attendance, Mark, Place, Session
from booking.models.attendance import MISSED

# Acts whose reason is why somebody does not come: for them, their school's leads and the hub.
WHY_NOT = {"withdrew", "place_given_up", "nobody_comes", "apologies_said", "apologies_taken_back"}


@dataclass(frozen=True)
class Chair:
    """A session at which somebody could catch up, and what speaks against its day for their school."""

    session: Session
    avoid: Sequence[str]


@dataclass
class Missed:
    """A session of somebody's own, what is noted there, and where it could be, or is, caught up with."""

    row: Attendance
    session: Session
    is_coming: bool
    guest: Attendance | None
    chairs: list["Chair"]
    # Who comes in their place, if somebody does.
    stand_in: User | None = None

    @property
    def sent(self) -> bool:
        """Somebody else goes in their place."""
        return self.row.standing_mark is not None and self.row.standing_mark.what == Mark.What.SUBSTITUTE

    @property
    def has_apologies(self) -> bool:
        return self.row.standing_mark is not None and self.row.standing_mark.what == Mark.What.APOLOGIES


def look_at(row: Attendance, now: datetime) -> Missed:
    """A row of somebody's own, with what can be done about it now. The chairs cost a few queries."""
    session = row.session
    is_coming = session.is_planned and session.starts_at is not None and session.starts_at > now
    guests = Attendance.objects.filter(person=row.person_id, credited_to=session)
    guest = guests.select_related("session__work_group", "session__venue").first()
    missed = Missed(row, session, is_coming, guest, [])
    if missed.sent:
        others = Attendance.objects.filter(place=row.place_id, session=session).exclude(pk=row.pk)
        missed.stand_in = next((one.person for one in others.select_related("person")), None)
        if missed.stand_in and row.school_id:
            show_as_typed(row.school_id, [missed.stand_in])
    if guest is None and not missed.sent and (is_coming or missed_already(row)):
        chairs = chairs_elsewhere(row, now)
        against = against_sessions(row.school, session.work_group, chairs) if row.school and chairs else {}
        missed.chairs = [Chair(one, against.get(one.pk, ())) for one in chairs]
    return missed


def missed_already(row: Attendance) -> bool:
    return row.standing_mark is not None and row.standing_mark.what in MISSED


def rows_to_miss(person: User | None, now: datetime, place: Place | None = None) -> list[Attendance]:
    """A person's own sessions of this school year that are to come, or that they missed, by when they begin."""
    this_year = Q(session__work_group__year__gte=school_year_of(timezone.localdate(now)))
    rows = Attendance.objects.filter(
        this_year | Q(session__starts_at__gt=now),
        person=person,
        place__person=person,
        session__status=Session.Status.PLANNED,
        session__starts_at__isnull=False,
    )
    if place is not None:
        rows = rows.filter(place=place)
    wanted = rows.select_related(
        "session__work_group", "session__venue", "place__booking__school", "place__work_group", "standing_mark"
    ).order_by("session__starts_at", "pk")
    return [row for row in wanted if row.session.starts_at and (row.session.starts_at > now or missed_already(row))]


def missed_of(place: Place, now: datetime) -> list[Attendance]:
    """What whoever has a place has missed this school year, and could catch up with."""
    rows = rows_to_miss(place.person, now, place)
    return [row for row in rows if row.session.starts_at and row.session.starts_at <= now]


def reasons_kept(acts: Sequence[Act], school: School, reader: User) -> list[Act]:
    """Acts as this person may read them: why somebody does not come is not for who leads the group.

    These lines are for showing only, never to be saved.
    """
    private = [one for one in acts if one.line.verb in WHY_NOT and one.line.reason]
    if private and not reader.is_hub_staff and not reader.books_for(school):
        for one in private:
            one.line.reason = ""
    return list(acts)
