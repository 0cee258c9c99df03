"""Taking and freeing places: plain functions on a work group (or meeting) whose row the caller has locked."""

from datetime import datetime

from django.db.models import Max

from booking.models import Booking, Place, Session, WorkGroup
from booking.models.places import TAKING, Status
from booking.schooldays import after_working_hours


def has_room(work_group: WorkGroup, session: Session | None, people: int) -> bool:
    """Is there room for this many more people of a school that takes no place yet?"""
    if session is not None:
        return session.capacity is None or session.taken + people <= session.capacity
    return work_group.has_room_for(people, new_school=True)


def standing(work_group: WorkGroup, *, known: bool, agreed: bool = False) -> Status:
    """Confirmed, or held: while the hub does not know the lead yet, or while the head's answer is needed and due."""
    needs_head = work_group.head_agreement == WorkGroup.HeadAgreement.NEEDED and not agreed
    return Status.CONFIRMED if known and not needs_head else Status.HELD


def take(work_group: WorkGroup, session: Session | None, people: int, *, schools: int = 1, waiting: int = 0) -> None:
    """Count places as taken and bookings as waiting (negative numbers: no longer). The database refuses too many."""
    if session is not None:
        session.taken += people
        session.waiting += waiting
        session.save(update_fields=["taken", "waiting"])
    else:
        work_group.taken += people
        work_group.taken_schools += schools
        work_group.waiting += waiting
    work_group.revision += 1
    work_group.save(update_fields=["taken", "taken_schools", "waiting", "revision"])


def queue(booking: Booking, session: Session | None) -> None:
    """Put a booking at the end of the waiting list of its group or meeting."""
    last: int | None = booking.work_group.bookings.aggregate(last=Max("turn"))["last"]
    booking.status, booking.turn = Status.WAITING, (last or 0) + 1
    take(booking.work_group, session, 0, schools=0, waiting=1)


def somebody_waits(work_group: WorkGroup, session: Session | None) -> bool:
    """Never overtake: while anyone waits, a newcomer waits behind them."""
    return (session or work_group).waiting > 0


def end(
    booking: Booking, status: Status, *, work_group: WorkGroup, session: Session | None, now: datetime
) -> list[Place]:
    """End a live booking and free what it took. Returns its places, no longer live, for `expect`."""
    places = list(booking.places.select_related("booking").filter(live=True))
    if booking.status in TAKING:
        take(work_group, session, -len(places), schools=-1)
    elif booking.status == Status.WAITING:
        take(work_group, session, 0, schools=0, waiting=-1)
    booking.status, booking.ended_at = status, now
    booking.save(update_fields=["status", "ended_at", "reason", "notice_days"])
    for place in places:
        place.live, place.booking = False, booking
    booking.places.update(live=False)
    return places


def offer_next(work_group: WorkGroup, session: Session | None, *, now: datetime) -> list[Booking]:
    """Offer free places to whoever waited longest, all places of a booking together. Returns the bookings offered.

    The first that does not fit stops the line, unless the hub lets a smaller booking pass a bigger one.
    """
    offered = []
    waiting = work_group.bookings.waiting().filter(session=session).select_related("school").prefetch_related("places")
    for booking in waiting:
        people = sum(place.live for place in booking.places.all())
        if not has_room(work_group, session, people):
            if work_group.smaller_may_pass:
                continue
            break
        take(work_group, session, people, waiting=-1)
        booking.status, booking.offered_at = Status.OFFERED, now
        booking.offer_ends_at = after_working_hours(now, work_group.offer_hours, la_code=booking.school.la_code)
        booking.save(update_fields=["status", "offered_at", "offer_ends_at"])
        offered.append(booking)
    return offered
