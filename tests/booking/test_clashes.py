"""The same person twice in one afternoon: shown before booking and before an offer is taken."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import User
from booking.actions import places, programme
from booking.clashes import clashes
from booking.models import Session, WorkGroup
from booking.models.places import Reason
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_teacher,
    create_venue,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)

MILE = 1609


class Busy:
    """Ann comes to Fractions; and there is another group on the same afternoon, or later that day."""

    def __init__(self) -> None:
        self.lead = create_lead()
        self.school = self.lead.memberships.get().school
        self.ann = create_teacher(school=self.school, name="Ann")
        self.fractions = create_work_group(sessions=1, title="Fractions")
        create_booking(work_group=self.fractions, by=self.lead, people=[self.ann])
        self.other = create_work_group(sessions=1, capacity=2)
        self.session = self.other.sessions.get()

    def later(self, *, minutes: int, miles: float) -> None:
        """The other group meets so many minutes after Fractions has ended, so many miles away."""
        first = self.fractions.sessions.get()
        assert first.ends_at is not None
        assert first.venue is not None
        assert first.venue.easting is not None
        starts = first.ends_at + timedelta(minutes=minutes)
        venue = create_venue(easting=first.venue.easting + round(miles * MILE), northing=first.venue.northing)
        Session.objects.filter(pk=self.session.pk).update(
            starts_at=starts, ends_at=starts + timedelta(hours=1), venue=venue
        )

    def found(self) -> list[str]:
        group = WorkGroup.objects.get(pk=self.other.pk)
        return [words.partition(" on ")[0] for words in clashes([self.ann], self.school, group, None)]


def test_clash_of_the_same_time_is_told() -> None:
    assert Busy().found() == ["Ann is at Fractions"]


@pytest.mark.parametrize(
    ("minutes", "miles", "found"),
    [(30, 1, False), (30, 20, True), (75, 20, False), (5, 0, True)],
)
def test_clash_by_travelling_depends_on_time_and_distance(minutes: int, miles: float, found: bool) -> None:
    busy = Busy()

    busy.later(minutes=minutes, miles=miles)

    assert busy.found() == (["Ann is at Fractions until 3.45pm"] if found else [])


def test_clash_by_travelling_is_none_online() -> None:
    busy = Busy()
    busy.later(minutes=5, miles=20)

    Session.objects.filter(pk=busy.session.pk).update(mode=Session.Mode.ONLINE, venue=None)

    assert busy.found() == []


def test_clash_with_what_one_leads_is_told() -> None:
    busy = Busy()
    places.withdraw(booking=busy.fractions.bookings.get(), reason=Reason.OTHER, by=busy.lead)
    before = busy.found()

    programme.save_work_group(work_group=busy.fractions, leads=[busy.ann], by=create_hub_staff())

    assert (before, busy.found()) == ([], ["Ann is at Fractions"])


def test_clash_is_shown_before_an_offer_is_taken(log_in: Callable[[User], Client]) -> None:
    busy = Busy()
    full = create_booking(work_group=busy.other)
    waiting = create_booking(work_group=busy.other, by=busy.lead, people=[busy.ann])
    places.withdraw(booking=full, reason=Reason.OTHER, by=full.made_by)

    page = log_in(busy.lead).get(waiting.get_absolute_url()).content.decode()

    assert ("Take the places" in page, "Ann is at Fractions on" in page) == (True, True)
