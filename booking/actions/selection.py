"""Choosing between applications, and between schools that are interested: decided one by one, told all at once."""

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import history
from accounts.models import Membership, User
from booking.agreeing import ask_head
from booking.allocation import end, has_room, queue, standing, take
from booking.expectations import expect
from booking.models import Booking, Session, WorkGroup
from booking.models.places import Decision, Status
from booking.offering import offer_what_is_free


@transaction.atomic(durable=True)
def prepare(*, work_group: WorkGroup, bookings: Collection[int], decision: str, words: str, by: User) -> int:
    """Note what is to become of some applications; the schools see nothing of it. An empty decision takes it back.

    Returns how many were noted. `words` go into the mail to these schools.
    """
    now = timezone.now()
    if decision == Decision.DECLINE and not words.strip():
        raise ValidationError({"words": "Give those you decline a reason in a sentence: it stands in their mail."})
    work_group = WorkGroup.objects.get_locked(work_group.pk)
    applied = work_group.bookings.filter(status=Status.APPLIED, pk__in=bookings)
    if applied.count() < len(set(bookings)) or not bookings:
        raise ValidationError("One of these applications has been taken back or decided. Look at the list again.")
    count = applied.update(decision=Decision(decision) if decision else "", decision_words=words.strip()[:300])
    # Whoever looks at the mails before this must look again.
    work_group.revision += 1
    work_group.save(update_fields=["revision"])
    details = {"bookings": sorted(bookings), "decision": decision}
    history.write(
        "decision_prepared", about=[work_group], by=by, at=now, reason=words[:300], details=details, tells=False
    )
    return count


@transaction.atomic(durable=True)
def release(*, work_group: WorkGroup, by: User) -> list[Booking]:
    """Carry out and tell every decision that was prepared for a group, all or none.

    Raises ValidationError where they ask for more places than there are.
    """
    now = timezone.now()
    decided = Booking.objects.filter(work_group=work_group, status=Status.APPLIED).exclude(decision="")
    known = _known(decided)
    work_group = WorkGroup.objects.get_locked(work_group.pk)
    bookings = list(decided.select_related("school", "session", "work_group").order_by("made_at", "pk"))
    if not bookings:
        raise ValidationError("No decision has been prepared yet.")
    for booking in bookings:
        session = Session.objects.get_locked(booking.session_id) if booking.session_id else None
        places = list(booking.places.live().select_related("booking"))
        booking.work_group = work_group
        match booking.decision:
            case Decision.ACCEPT:
                if not has_room(work_group, session, len(places)):
                    raise ValidationError(
                        f"There is no room for {booking.school} ({len(places)} people) beside the others. "
                        "Put somebody on the waiting list first, or make the group larger."
                    )
                take(work_group, session, len(places))
                agreed = ask_head(booking, work_group, by=by, now=now)
                booking.status = standing(work_group, known=booking.pk in known, agreed=agreed)
                booking.save(update_fields=["status"])
                if booking.status == Status.CONFIRMED:
                    for place in places:
                        place.booking = booking
                    expect(places, now=now)
            case Decision.WAIT:
                queue(booking, session)
                booking.save(update_fields=["status", "turn"])
            case _:
                end(booking, Status.NOT_SELECTED, work_group=work_group, session=session, now=now)
        history.write(
            "decided",
            about=[booking, work_group, booking.school],
            people=[place.person_id for place in places if place.person_id],
            by=by,
            at=now,
            reason=booking.decision_words,
            details={"booking": booking.pk, "decision": booking.decision, "status": booking.status},
        )
    # Whoever is put on the waiting list while there is room is offered it at once, as everybody who waits.
    for meeting in {booking.session_id: booking.session for booking in bookings}.values():
        offer_what_is_free(work_group, Session.objects.get(pk=meeting.pk) if meeting else None, now)
    return bookings


def _known(bookings: QuerySet[Booking]) -> set[int]:
    """Ids of those that a lead whom the hub knows has made, or somebody who acted for the school. Leads are locked."""
    leads = Membership.objects.active().leads().filter(school__in=bookings.values("school"))
    locked = set(leads.order_by("pk").select_for_update(no_key=True).values_list("school_id", "person_id"))
    return {
        pk
        for pk, school, by, via in bookings.values_list("pk", "school_id", "made_by_id", "via")
        if via != Booking.Via.WEB or (school, by) in locked
    }
