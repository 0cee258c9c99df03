"""Offers from the waiting list: taken up, let go, or lapsed."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking.agreeing import ask_head
from booking.allocation import end, standing
from booking.expectations import expect
from booking.locking import KNOWN, lock_group, lock_known
from booking.models import Booking, Session, WorkGroup
from booking.models.places import Status
from booking.offering import offer_what_is_free


@transaction.atomic(durable=True)
def accept(*, booking: Booking, by: User) -> Booking:
    """Take up places that were offered from the waiting list."""
    now = timezone.now()
    members = lock_known(booking.school_id, {booking.made_by_id, by.pk})
    work_group, _ = lock_group(booking.work_group_id, booking.session_id)
    booking = Booking.objects.select_related("school").get(pk=booking.pk)
    _check_offer(booking, now)
    known = (
        by.is_hub_staff or KNOWN in (members.get(by.pk), members.get(booking.made_by_id)) or work_group.is_led_by(by)
    )
    booking.status = standing(work_group, known=known, agreed=ask_head(booking, work_group, by=by, now=now))
    booking.save(update_fields=["status"])
    work_group.revision += 1
    work_group.save(update_fields=["revision"])
    if booking.status == Status.CONFIRMED:
        expect(list(booking.places.select_related("booking").live()), now=now)
    people = booking.places.live().named().values_list("person_id", flat=True)
    history.write(
        "offer_accepted",
        about=[booking, work_group, booking.school],
        people=people,
        by=by,
        at=now,
        details={"booking": booking.pk, "status": booking.status},
    )
    return booking


@transaction.atomic(durable=True)
def decline(*, booking: Booking, by: User) -> Booking:
    """Say no to an offer; it goes to the next in the line."""
    now = timezone.now()
    work_group, session = lock_group(booking.work_group_id, booking.session_id)
    booking = Booking.objects.select_related("school").get(pk=booking.pk)
    _check_offer(booking, now)
    end(booking, Status.DECLINED, work_group=work_group, session=session, now=now)
    _write_about(booking, "offer_declined", work_group, by, now)
    offer_what_is_free(work_group, session, now)
    return booking


@transaction.atomic(durable=True)
def lapse_offers(*, now: datetime) -> int:
    """Let offers that nobody took up in time go to the next in the line. Returns how many lapsed."""
    due = Booking.objects.filter(status=Status.OFFERED, offer_ends_at__lte=now)
    groups = {
        pk: WorkGroup.objects.get_locked(pk)
        for pk in due.order_by("work_group").values_list("work_group", flat=True).distinct()
    }
    lapsed = list(due.filter(work_group__in=groups).select_related("school", "session").order_by("pk"))
    for booking in lapsed:
        work_group = groups[booking.work_group_id]
        session = Session.objects.get_locked(booking.session_id) if booking.session_id else None
        end(booking, Status.LAPSED, work_group=work_group, session=session, now=now)
        _write_about(booking, "offer_lapsed", work_group, None, now)
        offer_what_is_free(work_group, session, now)
    return len(lapsed)


def _write_about(booking: Booking, verb: str, work_group: WorkGroup, by: User | None, now: datetime) -> None:
    about: list[Model] = [booking, work_group, booking.school]
    history.write(verb, about=about, by=by, at=now, details={"booking": booking.pk})


def _check_offer(booking: Booking, now: datetime) -> None:
    if booking.status == Status.CONFIRMED or booking.status == Status.HELD:
        raise ValidationError("You have already taken these places.")
    if booking.status != Status.OFFERED or booking.offer_ends_at is None:
        raise ValidationError("These places are no longer on offer.")
    if booking.offer_ends_at <= now:
        raise ValidationError("The time to take these places has run out. Please ask the hub.")
