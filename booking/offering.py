"""Offering free places to whoever waits: plain functions on a group (or meeting) whose row the caller has locked."""

from datetime import datetime

from django.db.models import Model

from accounts import history
from accounts.models import User
from booking.allocation import has_room, take
from booking.models import Booking, Session, WorkGroup
from booking.models.places import Status
from booking.schooldays import after_working_hours


def offer_what_is_free(
    work_group: WorkGroup, session: Session | None, now: datetime, *, by: User | None = None
) -> list[Booking]:
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
        _offer(booking, work_group, session, people, now=now, by=by)
        offered.append(booking)
    return offered


def _offer(
    booking: Booking, work_group: WorkGroup, session: Session | None, people: int, *, now: datetime, by: User | None
) -> None:
    take(work_group, session, people, waiting=-1)
    booking.status, booking.offered_at = Status.OFFERED, now
    booking.offer_ends_at = after_working_hours(now, work_group.offer_hours, la_code=booking.school.la_code)
    booking.save(update_fields=["status", "offered_at", "offer_ends_at"])
    about: list[Model] = [booking, work_group, booking.school]
    history.write("offered", about=about, by=by, at=now, details={"booking": booking.pk})
