"""Saying yes or no to who asks to belong to a school; what was held for them is confirmed or freed."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import history
from accounts.models import Membership, School, SchoolCode, User
from booking.agreeing import ask_head
from booking.allocation import end, standing
from booking.expectations import expect
from booking.models import Booking, Need, Place, Session, WorkGroup
from booking.models.places import LIVE, Status
from booking.offering import offer_what_is_free

# Asked for, and not confirmed.
OPEN = [status for status in LIVE if status != Status.CONFIRMED]


@transaction.atomic(durable=True)
def confirm(*, membership: Membership, by: User) -> list[Booking]:
    """Say that this person belongs to the school, or books for it: the hub says so, or who books for it already.

    Their held bookings are confirmed in the order of asking.
    """
    now = timezone.now()
    membership = _lock(membership)
    if not by.leads(membership.school):
        raise ValidationError("You do not book for this school. Please ask the hub.")
    return _confirm(membership, by, now)


@transaction.atomic(durable=True)
def confirm_by_code(*, membership: Membership, code: str, by: User) -> list[Booking] | None:
    """The code that was mailed to the school's own address: whoever holds it books for the school.

    Returns the bookings confirmed; None where the code is not right, which is counted.
    """
    now = timezone.now()
    membership = _lock(membership)
    sent = SchoolCode.objects.filter(membership=membership, membership__person=by).first()
    if sent is None or not sent.is_open(now):
        raise ValidationError("This code can no longer be used. Ask for a new one.")
    if not sent.matches(code):
        sent.tries += 1
        sent.save(update_fields=["tries"])
        return None
    sent.delete()
    return _confirm(membership, by, now)


def _confirm(membership: Membership, by: User, now: datetime) -> list[Booking]:
    membership.state, membership.started_at = Membership.State.ACTIVE, now
    membership.save(update_fields=["state", "started_at"])
    named = membership.school.memberships.invited().filter(unvouched_by=membership.person)
    named.update(unvouched_by=None)  # whom they named is vouched for with them
    held = _bookings(membership).filter(status=Status.HELD)
    groups = _lock_groups(held)
    confirmed = []
    for booking in held:
        work_group = groups[booking.work_group_id]
        if standing(work_group, known=True, agreed=ask_head(booking, work_group, by=by, now=now)) == Status.HELD:
            continue  # still waits for the head's answer
        booking.status = Status.CONFIRMED
        booking.save(update_fields=["status"])
        work_group.revision += 1
        work_group.save(update_fields=["revision"])
        places = list(booking.places.live())
        for place in places:
            place.booking = booking
        expect(places, now=now)
        confirmed.append(booking)
    verb = "lead_confirmed" if membership.role == Membership.Role.LEAD else "member_confirmed"
    _write(verb, membership, confirmed, by, now)
    return confirmed


@transaction.atomic(durable=True)
def refuse(*, membership: Membership, by: User, reason: str = "") -> list[Booking]:
    """Say that this person does not belong to the school; what they had asked for is freed for others.

    Whoever asked may take it back themselves.
    """
    now = timezone.now()
    membership = _lock(membership)
    if by.pk != membership.person_id and not by.leads(membership.school):
        raise ValidationError("You do not book for this school. Please ask the hub.")
    membership.end(now)
    for named in membership.school.memberships.invited().filter(unvouched_by=membership.person):
        named.end(now)
    # What hangs on this request, and nothing that was confirmed: others count on that.
    asked = _bookings(membership).filter(status__in=OPEN, made_at__gte=membership.started_at)
    # Places that colleagues had given this person stay the school's, for a name to follow.
    given = Place.objects.live().filter(person=membership.person, booking__school=membership.school)
    groups = _lock_groups(Booking.objects.filter(Q(pk__in=asked) | Q(places__in=given)))
    ended = list(asked)
    for booking in ended:
        work_group = groups[booking.work_group_id]
        session = Session.objects.get_locked(booking.session_id) if booking.session_id else None
        expect(end(booking, Status.CANCELLED, work_group=work_group, session=session, now=now), now=now)
        offer_what_is_free(work_group, session, now)
    kept = list(given.select_related("booking"))
    Need.objects.filter(place__in=kept).delete()
    for place in kept:
        place.person = None
        place.save(update_fields=["person"])
    expect(kept, now=now)
    verb = "request_taken_back" if by.pk == membership.person_id else "lead_refused"
    _write(verb, membership, ended, by, now, reason)
    return ended


def _lock(membership: Membership) -> Membership:
    School.objects.get_locked(membership.school_id)
    membership = Membership.objects.select_related("school", "person").get(pk=membership.pk)
    if membership.state != Membership.State.REQUESTED:
        raise ValidationError("Somebody has already answered this.")
    return membership


def _bookings(membership: Membership) -> QuerySet[Booking]:
    return Booking.objects.filter(school=membership.school, made_by=membership.person).order_by("pk")


def _lock_groups(bookings: QuerySet[Booking]) -> dict[int, WorkGroup]:
    wanted = sorted(set(bookings.values_list("work_group", flat=True)))
    return {pk: WorkGroup.objects.get_locked(pk) for pk in wanted}


def _write(
    verb: str, membership: Membership, bookings: Sequence[Booking], by: User, now: datetime, reason: str = ""
) -> None:
    history.write(
        verb,
        about=[membership.school, membership.person, *bookings],
        by=by,
        at=now,
        reason=reason,
        details={"membership": membership.pk, "bookings": [booking.pk for booking in bookings]},
    )
