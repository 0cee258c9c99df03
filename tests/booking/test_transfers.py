"""Where a booking cannot be moved to: in words, and nothing has happened."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import HistoryLine, Membership
from booking.actions import transfers
from booking.integrity import violations
from booking.models import Booking, WorkGroup
from booking.models.places import Status
from tests.factories import create_booking, create_hub_staff, create_lead, create_teacher, create_work_group

pytestmark = pytest.mark.django_db(transaction=True)


def stands(booking: Booking) -> tuple[str, int, int]:
    """Where it stands, and how many bookings and acts there are."""
    return Booking.objects.get(pk=booking.pk).status, Booking.objects.count(), HistoryLine.objects.count()


def test_transfer_to_a_group_that_the_school_has_booked_is_refused() -> None:
    home, lead = create_work_group(), create_lead()
    beside = create_work_group(parallel_to=home)
    booking, _ = [create_booking(work_group=group, by=lead, people=[None]) for group in (home, beside)]
    before = stands(booking)

    with pytest.raises(ValidationError, match=f"has already booked {beside}"):
        transfers.transfer(booking=booking, to=beside, by=lead)

    assert (stands(booking), list(violations())) == (before, [])


def test_transfer_of_somebody_who_comes_there_for_another_school_is_refused() -> None:
    home, lead, other = create_work_group(), create_lead(), create_lead()
    beside = create_work_group(parallel_to=home)
    kim = create_teacher(school=lead.memberships.get().school)
    Membership.objects.create(
        school=other.memberships.get().school,
        person=kim,
        state=Membership.State.ACTIVE,
        started_at=timezone.now() - timedelta(days=1),
    )
    booking = create_booking(work_group=home, by=lead, people=[kim])
    create_booking(work_group=beside, by=other, people=[kim])
    before = stands(booking)

    with pytest.raises(ValidationError, match="One of you already has a place"):
        transfers.transfer(booking=booking, to=beside, by=lead)

    assert (stands(booking), list(violations())) == (before, [])


def test_transfer_past_those_who_wait_is_the_hubs_to_make() -> None:
    home = create_work_group()
    beside = create_work_group(parallel_to=home, capacity=3)
    create_booking(work_group=beside, people=2)
    pair, one = create_booking(work_group=beside, people=2), create_booking(work_group=home, people=1)
    before = stands(one)

    with pytest.raises(ValidationError, match="Others wait for a place"):
        transfers.transfer(booking=one, to=beside, by=one.made_by)
    refused = stands(one)
    moved = transfers.transfer(booking=one, to=WorkGroup.objects.get(pk=beside.pk), by=create_hub_staff())

    pair.refresh_from_db()
    assert (before, moved.status, pair.status) == (refused, Status.CONFIRMED, Status.WAITING)
    assert list(violations()) == []
