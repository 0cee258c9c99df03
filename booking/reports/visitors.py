"""People not on the list: who is known at a school by a name, and what can become of somebody who came."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Membership, School, User
from accounts.models.schools import searchable
from booking.models import Arrival, Attendance, Mark, Place, Session
from booking.models.attendance import CAME
from booking.models.places import Status
from booking.reports.paging import PageOf, page_of

# Fewer letters would list a school's people to whoever types an "a".
FEWEST_LETTERS = 3
_MOST = 8
PAGE = 50


@dataclass(frozen=True)
class Known:
    """Somebody who belongs to a school, as that school knows them; and whether they are on the register already."""

    pk: int
    name: str
    is_here: bool


def known_people(name: str, school: School, session: Session) -> list[Known]:
    """People of an open school whose name holds every word that was typed; none for fewer than three letters."""
    typed = searchable(name)
    if len(typed.replace(" ", "")) < FEWEST_LETTERS or not school.is_open:
        return []
    memberships = Membership.objects.of_school(school).current().exclude(state=Membership.State.REQUESTED)
    people = memberships.filter(person__is_active=True).select_related("person").order_by("person__name", "pk")
    found = [one for one in people if all(word in searchable(one.known_name) for word in typed.split())][:_MOST]
    here = set(Attendance.objects.of_session(session).values_list("person", flat=True))
    return [Known(one.person_id, one.known_name, one.person_id in here) for one in found]


def schools_by(words: str) -> list[School]:
    """Open schools that some words, or a URN, may mean; a few."""
    return list(School.objects.open().matching(words)[:6])


@dataclass
class Arrivals:
    """Who has said that they are here and is not confirmed: in time, after the start, and not on the list."""

    in_time: list[Arrival]
    later: list[Arrival]
    unknown: list[Arrival]
    confirmed: int

    @property
    def waiting(self) -> int:
        return len(self.in_time) + len(self.later) + len(self.unknown)


def arrivals_of(session: Session, *, grace: int) -> Arrivals:
    """`grace`: minutes after the start that are in time still."""
    rows = Arrival.objects.of_session(session).select_related("attendance__person", "attendance__school", "person")
    waiting = list(rows.waiting())
    for one in waiting:
        one.session = session
    expected = [one for one in waiting if one.attendance_id]
    return Arrivals(
        in_time=[one for one in expected if one.minutes_late <= grace],
        later=[one for one in expected if one.minutes_late > grace],
        unknown=[one for one in waiting if not one.attendance_id],
        confirmed=rows.filter(confirmed_at__isnull=False).count(),
    )


def may_be(session: Session) -> QuerySet[Attendance]:
    """Expected people who have not come by any mark, nor said so themselves: one of them may be who is unknown."""
    said = Arrival.objects.filter(session=session, attendance__isnull=False, dismissed_at__isnull=True)
    rows = Attendance.objects.of_session(session).exclude(pk__in=said.values("attendance"))
    return rows.exclude(standing_mark__what__in=CAME).select_related("person", "school").order_by("person__name", "pk")


def to_sort_out(page: int) -> PageOf[Attendance]:
    """Everybody who came without being on a list and is not sorted out, the latest session first."""
    rows = Attendance.objects.to_sort_out().filter(session__starts_at__lte=timezone.now())
    rows = rows.select_related("session__work_group", "person", "school")
    return page_of(rows.order_by("-session__starts_at", "pk"), page, PAGE)


@dataclass
class Ways:
    """What can become of somebody who came and was not on the list."""

    stead_of: list[Attendance]  # expected people of their school who did not come
    places: list[Place]  # theirs in the group, or of their school with a name to follow
    same: list[User]  # accounts of their school that may be the same person
    can_book: bool


def ways(row: Attendance) -> Ways:
    session = row.session
    expected = Attendance.objects.of_session(session).filter(school=row.school_id, place__isnull=False)
    lent = Attendance.objects.of_session(session).exclude(place__person=row.person_id).filter(place__isnull=False)
    taken: dict[int | None, int] = {}
    for place in lent.values_list("place_id", flat=True):
        taken[place] = taken.get(place, 0) + 1
    away = expected.exclude(standing_mark__what__in=CAME).select_related("person", "place", "standing_mark")
    places = Place.objects.live().filter(
        work_group=session.work_group_id, booking__school=row.school_id, booking__status=Status.CONFIRMED
    )
    if session.work_group.unit == session.work_group.Unit.SESSION:
        places = places.filter(session=session)
    return Ways(
        stead_of=[
            one for one in away if one.place and one.place.person_id == one.person_id and taken.get(one.place_id) == 1
        ],
        places=list(
            (places.filter(person=row.person_id) | places.filter(person__isnull=True))
            .select_related("person", "booking")
            .order_by("person", "pk")
        ),
        same=_same(row),
        can_book=session.work_group.status == session.work_group.Status.PUBLISHED,
    )


def _same(row: Attendance) -> list[User]:
    """Others of the school who share a word of the name."""
    if row.school is None:
        return []
    words = set(searchable(row.person.name).split())
    others: Sequence[User] = User.objects.of_school(row.school).filter(is_active=True).exclude(pk=row.person_id)
    return [one for one in others if words & set(searchable(one.name).split())][:_MOST]


def notes_of(row: Attendance) -> Mark | None:
    """The mark that they were added with: by whom, and when."""
    return row.marks.select_related("by", "link").order_by("pk").first()
