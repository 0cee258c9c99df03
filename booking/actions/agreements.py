"""The head teacher's answer to a booking: by the link, or entered by who acts for the school."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking.agreeing import ask_head, hub_is_to_confirm
from booking.allocation import standing
from booking.expectations import expect
from booking.locking import lock_members
from booking.models import Agreement, Booking, WorkGroup
from booking.models.places import Status


@transaction.atomic(durable=True)
def answer(*, booking: Booking, answer: str, name: str, role: str, words: str = "", by: User | None = None) -> Booking:
    """Note what the head says. A yes confirms what was held for it; a no frees nothing: the school is asked first.

    `by`: who enters an answer given on paper; None where the head answered by the link. The last answer counts.
    """
    now = timezone.now()
    booking, work_group = _lock(booking)
    agreement = _asked(booking)
    agreement.answer, agreement.answered_at, agreement.entered_by = Agreement.Answer(answer), now, by
    agreement.name, agreement.role, agreement.words = name.strip(), role.strip(), words.strip()
    agreement.full_clean(exclude=["booking"])
    agreement.save()
    before = booking.status
    if booking.status == Status.HELD:
        booking.status = standing(work_group, known=not hub_is_to_confirm(booking), agreed=agreement.has_agreed)
        booking.save(update_fields=["status"])
    confirmed = before != booking.status
    places = list(booking.places.live().select_related("booking"))
    if confirmed:
        work_group.revision += 1
        work_group.save(update_fields=["revision"])
        expect(places, now=now)
    history.write(
        "head_answered",
        about=[booking, work_group, booking.school],
        people=[place.person_id for place in places if place.person_id] if confirmed else [],
        by=by,
        at=now,
        reason=f"{agreement.get_answer_display()}{' (on paper)' if by else ''}",
        details={"booking": booking.pk, "answer": agreement.answer, "confirmed": confirmed},
    )
    return booking


@transaction.atomic(durable=True)
def ask_again(*, booking: Booking, email: str, by: User) -> None:
    """Ask the head anew, at another address or after a talk; what was answered before does not count any more.

    Raises ValidationError once the head has agreed.
    """
    now = timezone.now()
    booking, work_group = _lock(booking)
    agreement = _asked(booking)
    if agreement.has_agreed:
        raise ValidationError("Your head has agreed already.")
    agreement.email, agreement.answer, agreement.answered_at, agreement.entered_by = email, "", None, None
    agreement.name = agreement.role = agreement.words = ""
    agreement.asked_at = None
    agreement.save()
    ask_head(booking, work_group, by=by, now=now)


def _lock(booking: Booking) -> tuple[Booking, WorkGroup]:
    """People of the school first, then the group. Refuses, in words, what has ended meanwhile."""
    lock_members(booking.school)
    work_group = WorkGroup.objects.get_locked(booking.work_group_id)
    booking = Booking.objects.select_related("school").get(pk=booking.pk)
    if not booking.is_live:
        raise ValidationError("The school has given these places up meanwhile. There is nothing to answer any more.")
    return booking, work_group


def _asked(booking: Booking) -> Agreement:
    agreement = Agreement.objects.filter(booking=booking, asked_at__isnull=False).first()
    if agreement is None:
        raise ValidationError("Nothing has been asked of the head for this booking.")
    return agreement
