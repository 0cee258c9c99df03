"""The waiting list and its offers: taken up, let go or lapsed by schools; moved, made and taken back by hub staff."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking.agreeing import ask_head
from booking.allocation import end, has_room, standing, take
from booking.expectations import expect
from booking.locking import KNOWN, lock_group, lock_known
from booking.models import Booking, Session, WorkGroup
from booking.models.places import Status
from booking.offering import lines_with_room, make_offer, offer_ends, offer_what_is_free, starts


@transaction.atomic(durable=True)
def accept(*, booking: Booking, by: User | None, reached: str = "") -> Booking:
    """Take up places that were offered from the waiting list. `by` None: the school, by the link at its own address.

    `reached`: how the school's answer reached whoever acts for it.
    """
    now = timezone.now()
    members = lock_known(booking.school_id, {booking.made_by_id, *({by.pk} if by else ())})
    work_group, _ = lock_group(booking.work_group_id, booking.session_id)
    booking = Booking.objects.select_related("school").get(pk=booking.pk)
    _check_offer(booking, now)
    known = by is None or by.is_hub_staff or KNOWN in members.values() or work_group.is_led_by(by)
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
        reason=reached,
        details={"booking": booking.pk, "status": booking.status},
    )
    return booking


@transaction.atomic(durable=True)
def decline(*, booking: Booking, by: User | None, reached: str = "") -> Booking:
    """Say no to an offer; it goes to the next in the line."""
    now = timezone.now()
    work_group, session = lock_group(booking.work_group_id, booking.session_id)
    booking = Booking.objects.select_related("school").get(pk=booking.pk)
    _check_offer(booking, now)
    end(booking, Status.DECLINED, work_group=work_group, session=session, now=now)
    _write_about(booking, "offer_declined", work_group, by, now, reason=reached)
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
    meetings = {
        pk: Session.objects.get_locked(pk) for pk in sorted({one.session_id for one in lapsed if one.session_id})
    }
    for booking in lapsed:
        work_group = groups[booking.work_group_id]
        session = meetings[booking.session_id] if booking.session_id else None
        end(booking, Status.LAPSED, work_group=work_group, session=session, now=now)
        _write_about(booking, "offer_lapsed", work_group, None, now)
        offer_what_is_free(work_group, session, now)
    return len(lapsed)


@transaction.atomic(durable=True)
def offer_free_places(*, now: datetime) -> int:
    """Offer what has become free to be offered by time alone: a series that has begun, a rule that stands no more.

    Returns how many bookings were offered.
    """
    offered = 0
    lines = [(group.pk, session.pk if session else None) for group, session in lines_with_room()]
    # All groups first, then all meetings: whoever locks several meetings and no group must not wait for us crosswise.
    groups = {pk: WorkGroup.objects.get_locked(pk) for pk in sorted({group for group, _ in lines})}
    meetings = {pk: Session.objects.get_locked(pk) for pk in sorted({meeting for _, meeting in lines if meeting})}
    for group, meeting in lines:
        offered += len(offer_what_is_free(groups[group], meetings[meeting] if meeting else None, now))
    return offered


@transaction.atomic(durable=True)
def offer(*, booking: Booking, hours: int, reason: str, by: User) -> Booking:
    """Offer free places by hand, whatever stands in the way.

    `hours`: working hours to answer, never past the start. Whoever stands before it in the line is passed over: the
    reason is kept, and this school reads it.
    """
    now = timezone.now()
    work_group, session, booking = _lock_waiting(booking)
    people = booking.places.live().count()
    if not has_room(work_group, session, people):
        raise ValidationError(f"There is no room for {people}. Make the group larger first.")
    if not reason.strip() and booking.line().values_list("pk", flat=True).first() != booking.pk:
        raise ValidationError("Others stand before this school. Say why it is offered the places first.")
    ends = offer_ends(booking, work_group, now, hours)
    coming = [start for start in starts(work_group, session) if start is None or start > now]
    if not coming:
        raise ValidationError("All sessions are over.")
    ends = min([ends, *(start for start in coming if start)])
    make_offer(booking, work_group, session, ends=ends, now=now, by=by, reason=reason.strip())
    return booking


@transaction.atomic(durable=True)
def take_back(*, booking: Booking, reason: str, by: User) -> Booking:
    """Take an offer back: the booking waits where it stood, held back until staff let it go on."""
    now = timezone.now()
    work_group, session = lock_group(booking.work_group_id, booking.session_id)
    booking = Booking.objects.select_related("school").get(pk=booking.pk)
    if booking.status != Status.OFFERED:
        raise ValidationError("These places are no longer on offer. Look at the booking again.")
    _check_reason(reason)
    take(work_group, session, -booking.places.live().count(), schools=-1, waiting=1)
    booking.status, booking.held_back, booking.held_back_by = Status.WAITING, reason.strip(), by
    booking.save(update_fields=["status", "held_back", "held_back_by"])
    _write_about(booking, "offer_taken_back", work_group, by, now, reason=reason.strip())
    offer_what_is_free(work_group, session, now, by=by)
    return booking


@transaction.atomic(durable=True)
def hold_back(*, booking: Booking, reason: str, by: User) -> Booking:
    """Let a booking wait, and others pass it, until staff let it go on."""
    now = timezone.now()
    work_group, session, booking = _lock_waiting(booking)
    _check_reason(reason)
    booking.held_back, booking.held_back_by = reason.strip(), by
    booking.save(update_fields=["held_back", "held_back_by"])
    _write_about(booking, "held_back", work_group, by, now, reason=reason.strip())
    offer_what_is_free(work_group, session, now, by=by)
    return booking


@transaction.atomic(durable=True)
def let_on(*, booking: Booking, by: User) -> Booking:
    """Let a booking that was held back take its turn again, from where it stands."""
    now = timezone.now()
    work_group, session, booking = _lock_waiting(booking)
    booking.held_back, booking.held_back_by = "", None
    booking.save(update_fields=["held_back", "held_back_by"])
    _write_about(booking, "let_on", work_group, by, now)
    offer_what_is_free(work_group, session, now, by=by)
    booking.refresh_from_db()
    return booking


@transaction.atomic(durable=True)
def move(*, booking: Booking, number: int, reason: str, by: User) -> Booking:
    """Move a booking to another place in the line (1: the first); those between move up or back by one."""
    now = timezone.now()
    work_group, session, booking = _lock_waiting(booking)
    _check_reason(reason)
    line, turns = (list(booking.line().values_list(name, flat=True)) for name in ("pk", "turn"))
    before = line.index(booking.pk) + 1
    number = min(max(number, 1), len(line))
    if number == before:
        raise ValidationError(f"It is number {number} already.")
    line.remove(booking.pk)
    line.insert(number - 1, booking.pk)
    moved = [Booking(pk=pk, turn=turn) for pk, turn in zip(line, sorted(turns), strict=True)]
    first, last = sorted((before, number))
    Booking.objects.bulk_update(moved[first - 1 : last], ["turn"], batch_size=500)
    work_group.revision += 1
    work_group.save(update_fields=["revision"])
    about: list[Model] = [booking, work_group, booking.school]
    details = {"booking": booking.pk, "from": before, "to": number}
    words = f"From number {before} to {number}: {reason.strip()}"
    history.write("queue_moved", about=about, by=by, at=now, reason=words, details=details, tells=False)
    offer_what_is_free(work_group, session, now, by=by)
    booking.refresh_from_db()
    return booking


def _lock_waiting(booking: Booking) -> tuple[WorkGroup, Session | None, Booking]:
    work_group, session = lock_group(booking.work_group_id, booking.session_id)
    booking = Booking.objects.select_related("school").get(pk=booking.pk)
    if booking.status != Status.WAITING:
        raise ValidationError("This booking does not wait any more. Look at the list again.")
    return work_group, session, booking


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise ValidationError("Say why: it stands in the history, and the school reads it.")


def _write_about(
    booking: Booking, verb: str, work_group: WorkGroup, by: User | None, now: datetime, *, reason: str = ""
) -> None:
    about: list[Model] = [booking, work_group, booking.school]
    history.write(verb, about=about, by=by, at=now, reason=reason, details={"booking": booking.pk})


def _check_offer(booking: Booking, now: datetime) -> None:
    if booking.status == Status.CONFIRMED or booking.status == Status.HELD:
        raise ValidationError("You have already taken these places.")
    if booking.status != Status.OFFERED or booking.offer_ends_at is None:
        raise ValidationError("These places are no longer on offer.")
    if booking.offer_ends_at <= now:
        raise ValidationError("The time to take these places has run out. Please ask the hub.")
