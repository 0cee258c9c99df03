"""Asking head teachers whether they agree: plain functions on a booking whose group the caller has locked."""

from datetime import datetime

from accounts import history
from accounts.models import Membership, User
from booking.models import Agreement, Booking, WorkGroup


def keep_for_later(booking: Booking, email: str) -> None:
    """Keep where the head is reached; nothing is asked yet."""
    Agreement.objects.create(booking=booking, email=email)


def ask_head(booking: Booking, work_group: WorkGroup, *, by: User | None, now: datetime) -> bool:
    """Ask the head of a booking's school to agree, once, where its group wants to know. Has the head agreed already?"""
    if not work_group.head_agreement:
        return False
    agreement, _ = Agreement.objects.get_or_create(booking=booking)
    if agreement.asked_at is None:
        agreement.asked_at = now
        agreement.save(update_fields=["asked_at"])
        details = {"booking": booking.pk, "asked": now.isoformat()}
        history.write("head_asked", about=[booking, work_group, booking.school], by=by, at=now, details=details)
    return agreement.has_agreed


def hub_is_to_confirm(booking: Booking) -> bool:
    """Is it still open whether who booked belongs to the school?"""
    asked = Membership.objects.requested().filter(school=booking.school_id, person=booking.made_by_id)
    return asked.exists()


def head_is_to_agree(booking: Booking) -> bool:
    """Do the places of this booking wait for the head's yes?"""
    needed = booking.work_group.head_agreement == WorkGroup.HeadAgreement.NEEDED
    return needed and not Agreement.objects.agreed().filter(booking=booking).exists()
