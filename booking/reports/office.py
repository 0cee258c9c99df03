"""The office's lists of groups and of their bookings, and whom a change reaches."""

from dataclasses import dataclass

from django.db.models import Case, Count, Q, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from booking.models import Attendance, Booking, Facilitation, Session, WorkGroup
from booking.models.places import LIVE, Status
from booking.reports.paging import PageOf, page_of

PAGE = 50


def bookings_of(work_group: WorkGroup, *, status: str = "", page: int = 1) -> PageOf[Booking]:
    """A page of a group's bookings: live ones first in the order that counts, then those that ended."""
    rank = Case(*(When(status=one, then=index) for index, one in enumerate(reversed(LIVE))), default=len(LIVE))
    bookings = work_group.bookings.select_related("school", "session").prefetch_related("places__person")
    if status in Status.values:
        bookings = bookings.filter(status=status)
    return page_of(bookings.order_by(rank, "turn", "pk"), page, PAGE)


def bookings_by_status(work_group: WorkGroup) -> dict[str, int]:
    """How many of a group's bookings stand where."""
    counted = work_group.bookings.order_by().values_list("status").annotate(Count("pk"))
    found = dict(counted)
    return {status: found[status] for status in Status.values if status in found}


@dataclass
class Over:
    """By how much a smaller number of places is too small, and the bookings that took the last of them."""

    people: int
    schools: int
    last: list[Booking]  # with how many `seats` each has


def over_capacity(of: WorkGroup | Session, *, people: int | None, schools: int | None = None) -> Over | None:
    """What would have to move first, were there only so many places (None: no limit); None where all fit."""
    over = max(0, of.taken - people) if people is not None else 0
    over_schools = max(0, of.taken_schools - schools) if isinstance(of, WorkGroup) and schools is not None else 0
    if not over and not over_schools:
        return None
    last: list[Booking] = []
    seats = 0
    bookings = of.bookings.taking().select_related("school")
    # Whoever came off the waiting list took the place when it was offered.
    for booking in bookings.annotate(
        seats=Count("places", filter=Q(places__live=True)), since=Coalesce("offered_at", "made_at")
    ).order_by("-since", "-pk"):
        if seats >= over and len(last) >= over_schools:
            break
        last.append(booking)
        seats += booking.seats
    return Over(over, over_schools, last)


def leads_by_group(groups: list[WorkGroup]) -> dict[int, list[str]]:
    """Names of those who lead each group today."""
    parts = Facilitation.objects.filter(work_group__in=groups).on(timezone.localdate()).select_related("person")
    names: dict[int, list[str]] = {group.pk: [] for group in groups}
    for part in parts:
        names[part.work_group_id].append(part.person.name)
    return names


def told_by_moving(session: Session) -> dict[str, int]:
    """Who hears of a change of this session: people expected, and those who lead it."""
    expected = Attendance.objects.filter(session=session)
    return {
        "people": expected.count(),
        "schools": expected.values("school").distinct().count(),
        "covers": Booking.objects.filter(
            Q(session=session) | Q(session__isnull=True, work_group=session.work_group_id), status=Status.CONFIRMED
        )
        .exclude(cover_email="")
        .count(),
    }
