"""The waiting lists of a group for the office: who is offered places, who waits, and what stands in the way."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from booking.allocation import somebody_waits
from booking.models import Booking, Session, WorkGroup
from booking.models.places import Status
from booking.offering import lines_with_room, why_staff_decide
from booking.reports.paging import PageOf, page_of, window

PAGE = 50


@dataclass
class Line:
    """The line for a series, or for one meeting of a network.

    `free`: places left (None: no limit); `why`: why they are not offered by themselves, if they are not.
    """

    work_group: WorkGroup
    session: Session | None
    offered: list[Booking]
    page: PageOf[Booking]
    waiting: int
    free: int | None
    why: str

    @property
    def first_number(self) -> int:
        """The number in the line of the first booking on this page."""
        return window(self.page.number, PAGE).start + 1


def line_of(work_group: WorkGroup, session: Session | None, now: datetime, *, page: int = 1) -> Line:
    """One line, as many bookings as fit a page; each knows its number of `people`. A constant number of queries."""
    bookings = work_group.bookings.filter(session=session).select_related("school", "made_by", "held_back_by")
    bookings = bookings.annotate(people=Count("places", filter=Q(places__live=True)))
    counted = session or work_group
    free = None if counted.capacity is None else counted.capacity - counted.taken
    has_room = free is None or free > 0
    return Line(
        work_group=work_group,
        session=session,
        offered=list(bookings.filter(status=Status.OFFERED).order_by("offer_ends_at", "pk")),
        page=page_of(bookings.filter(status=Status.WAITING).order_by("turn", "pk"), page, PAGE),
        waiting=counted.waiting,
        free=free,
        why=why_staff_decide(work_group, session, now) if counted.waiting and has_room else "",
    )


def room_words(work_group: WorkGroup) -> str:
    """What becomes of a booking made now, for whoever makes it on the telephone; empty where nothing can be full."""
    match work_group.recruitment:
        case WorkGroup.Recruitment.INTEREST:
            return "No place is taken: this notes that the school is interested."
        case WorkGroup.Recruitment.APPLICATION:
            return "No place is taken yet: this is an application, to be decided with the others."
    if work_group.is_network:
        return "Where a meeting has no room for all of them, they join its waiting list together."
    if somebody_waits(work_group, None):
        return "Other schools wait already, so they join the end of the waiting list together."
    if not work_group.has_room_for(1, new_school=True):
        return "The group is full: they join the waiting list together."
    left = work_group.places_left
    if left is None:
        return ""
    return f"{left} place{' is' if left == 1 else 's are'} left. More than that join the waiting list together."


def meetings_with_a_line(work_group: WorkGroup) -> list[Session]:
    """Meetings of a network for which somebody waits, or holds an offer."""
    waits = Q(waiting__gt=0) | Q(bookings__status=Status.OFFERED)
    return list(work_group.sessions.filter(waits).distinct().order_by("number"))


def to_decide(now: datetime) -> list[tuple[WorkGroup, Session | None]]:
    """Lines in which places are free, somebody waits, and a person at the hub has to say what becomes of them."""
    lines = lines_with_room()
    if not lines:
        return []
    # Whom a rule stands against since they asked; whom staff held back themselves they know of.
    stopped = Booking.objects.waiting().filter(held_back_by=None).exclude(held_back="")
    held = set(stopped.values_list("work_group", "session"))
    return [
        (group, session)
        for group, session in lines
        if (group.pk, session and session.pk) in held or why_staff_decide(group, session, now)
    ]
