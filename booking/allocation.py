"""Taking and freeing places: plain functions on a work group (or meeting) whose row the caller has locked."""

from datetime import datetime

from booking.models import Booking, Place, Session, WorkGroup
from booking.models.places import TAKING, Status


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
    work_group.save(update_fields=["taken", "taken_schools", "waiting", "last_turn", "revision"])


def queue(booking: Booking, session: Session | None) -> None:
    """Put a booking at the end of the waiting list of its group or meeting."""
    booking.work_group.last_turn += 1
    booking.status, booking.turn = Status.WAITING, booking.work_group.last_turn
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
    booking.status, booking.ended_at, booking.held_back, booking.held_back_by = status, now, "", None
    booking.save(update_fields=["status", "ended_at", "reason", "notice_days", "held_back", "held_back_by"])
    for place in places:
        place.live, place.booking = False, booking
    booking.places.update(live=False)
    return places
