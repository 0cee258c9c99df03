"""What somebody asks us to arrange is theirs: it does not pass on with the place, and a link does not read it back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.personal import everything_about
from booking.actions import needs, people, swaps
from booking.links import person_dates_url
from booking.models import Need, Place
from booking.reports.registers import needs_of
from tests.factories import create_booking, create_hub_staff, create_lead, create_teacher, create_work_group

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = "A seat near the front: I lip-read"


def say(place: Place) -> Need:
    assert place.person is not None
    return needs.say(place=place, access=WORDS, food="", contact_me=False, agreed=True, by=place.person)


def place_of(lead: User) -> Place:
    teacher = create_teacher(school=lead.memberships.get().school)
    return create_booking(work_group=create_work_group(), by=lead, people=[teacher]).places.get()


def test_need_does_not_pass_on_to_who_takes_the_place_over(log_in: Callable[[User], Client]) -> None:
    lead = create_lead()
    place = place_of(lead)
    before, after = place.person, create_teacher(school=lead.memberships.get().school)
    assert before is not None
    say(place)

    swaps.take_over(place=place, to=after.pk, by=lead)

    page = log_in(after).get(f"/my/needs/{place.pk}/").content.decode()
    assert (Need.objects.count(), WORDS in page) == (0, False)


def test_need_is_nobody_elses_however_the_place_came_to_them(log_in: Callable[[User], Client]) -> None:
    lead = create_lead()
    place = place_of(lead)
    say(place)
    after = create_teacher(school=lead.memberships.get().school)
    Place.objects.filter(pk=place.pk).update(person=after)
    place.attendances.update(person=after)

    page = log_in(after).get(f"/my/needs/{place.pk}/").content.decode()
    seen = needs_of(place.work_group.sessions.earliest("number"))

    assert (WORDS in page, seen, everything_about(after)["what_to_arrange"]) == (False, [], [])
    assert list(Need.objects.outlived(timezone.now())) == list(Need.objects.all())


def test_need_follows_its_person_into_the_account_that_stays() -> None:
    place = place_of(create_lead())
    say(place)
    keep = create_teacher(school=place.booking.school)
    assert place.person is not None

    people.merge(keep=keep, gone=place.person, by=create_hub_staff())

    place.refresh_from_db()
    assert Need.objects.standing().get().person == place.person == keep


def test_need_is_not_read_back_by_a_link(client: Client) -> None:
    place = place_of(create_lead())
    say(place)
    assert place.person is not None
    link = person_dates_url(place.person)
    address = f"{link[link.index('/my/') :]}needs/{place.pk}/"

    page = client.get(address).content.decode()
    client.post(address, {"access": "Large print", "agreed": "on"})
    after = client.get(address).content.decode()

    assert ("You have said something already" in page, WORDS in page, "Large print" in after) == (True, False, False)
    assert Need.objects.get().access == "Large print"


def test_need_is_read_and_changed_by_who_logs_in(log_in: Callable[[User], Client]) -> None:
    place = place_of(create_lead())
    say(place)
    assert place.person is not None
    client = log_in(place.person)

    page = client.get(f"/my/needs/{place.pk}/").content.decode()
    client.post(f"/my/needs/{place.pk}/", {"take_back": "1"})

    assert (WORDS in page, Need.objects.count()) == (True, 0)


def test_need_is_said_by_nobody_for_another() -> None:
    lead = create_lead()

    with pytest.raises(ValidationError, match="no longer yours"):
        needs.say(place=place_of(lead), access=WORDS, food="", contact_me=False, agreed=True, by=lead)


def test_need_is_kept_until_thirty_days_after_the_last_session() -> None:
    place = place_of(create_lead())
    say(place)
    last = place.work_group.sessions.latest("ends_at").ends_at
    assert last is not None

    kept = Need.objects.outlived(last + timedelta(days=29)).count()
    gone = Need.objects.outlived(last + timedelta(days=31)).count()

    assert (kept, gone) == (0, 1)
