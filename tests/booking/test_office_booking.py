"""The office books for a school that telephoned."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import HistoryLine
from booking.integrity import violations
from booking.models import Booking, WorkGroup
from booking.models.places import Status
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_school,
    create_session,
    create_teacher,
    create_user,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def office() -> Client:
    client = Client()
    client.force_login(create_hub_staff())
    return client


def answers(**given: object) -> dict[str, object]:
    return {"who_0": "new", "name_0": "Kim Novak", "email_0": "", "who_1": "later"} | given


def test_office_booking_create_puts_a_pair_on_and_notes_how_it_was_asked(office: Client) -> None:
    work_group, school = create_work_group(sessions=2), create_school()
    kept = {"school": school.pk, "via": "telephone", "note": "Rang at ten.", "key": str(uuid.uuid4())}

    response = office.post(reverse("office_booking_create", args=[work_group.pk]), answers(**kept))

    booking = Booking.objects.get()
    assert response["Location"] == booking.get_absolute_url()
    assert (booking.school, booking.status, booking.via, booking.note) == (
        school,
        Status.CONFIRMED,
        "telephone",
        "Rang at ten.",
    )
    assert [str(place) for place in booking.places.all()] == ["Kim Novak", "Name to follow"]


def test_office_booking_create_twice_books_once(office: Client) -> None:
    work_group, school = create_work_group(sessions=2), create_school()
    kept = {"school": school.pk, "via": "email", "note": "", "key": str(uuid.uuid4())}

    for _ in range(2):
        office.post(reverse("office_booking_create", args=[work_group.pk]), answers(**kept))

    assert Booking.objects.count() == 1


def test_office_booking_create_of_a_meeting_names_a_colleague_of_the_school(office: Client) -> None:
    network, school = create_work_group(unit=WorkGroup.Unit.SESSION, people_to=1), create_school()
    meeting, teacher = create_session(work_group=network), create_teacher(school=school)
    kept = {"school": school.pk, "via": "paper", "note": "", "key": str(uuid.uuid4())}

    office.post(
        reverse("office_booking_create", args=[network.pk]),
        {"session": meeting.pk, "who_0": teacher.pk, **kept},
    )

    booking = Booking.objects.get()
    assert (booking.session, booking.places.get().person) == (meeting, teacher)


def test_office_booking_create_says_what_was_wrong_and_keeps_what_was_typed(office: Client) -> None:
    work_group, school = create_work_group(sessions=2), create_school()
    kept = {"school": school.pk, "via": "telephone", "note": "", "key": "not a key"}

    page = office.post(reverse("office_booking_create", args=[work_group.pk]), answers(**kept)).content.decode()

    assert "This page is too old. Load it again." in page
    assert "Kim Novak" in page
    assert not Booking.objects.exists()


def test_office_booking_create_beyond_what_the_group_takes_needs_a_reason(office: Client) -> None:
    work_group, school = create_work_group(sessions=2, people_to=2), create_school()
    url = reverse("office_booking_create", args=[work_group.pk])
    kept = {"school": school.pk, "via": "telephone", "key": str(uuid.uuid4()), "places": "3", "who_2": "later"}

    page = office.get(f"{url}?school={school.pk}&places=3").content.decode()
    refused = office.post(url, answers(**kept)).content.decode()
    office.post(url, answers(**kept, all_the_same="Two classes in Year 1"))

    booking = Booking.objects.get()
    assert ("Third colleague" in page, "Say why you book more all the same." in refused) == (True, True)
    assert (booking.status, booking.places.count()) == (Status.CONFIRMED, 3)
    assert HistoryLine.objects.get(verb="booked").reason == "All the same: Two classes in Year 1"
    assert list(violations()) == []


def test_office_booking_create_gives_more_places_to_nobody_but_hub_staff() -> None:
    lead, client, school = create_user(), Client(), create_school()
    work_group = create_work_group(sessions=2, people_to=2, leads=[lead])
    client.force_login(lead)
    url = reverse("office_booking_create", args=[work_group.pk])
    kept = {"school": school.pk, "via": "telephone", "key": str(uuid.uuid4()), "places": "3", "who_2": "later"}

    page = client.get(f"{url}?school={school.pk}&places=3").content.decode()
    client.post(url, answers(**kept, all_the_same="Two classes in Year 1"))

    assert ("Third colleague" in page, Booking.objects.get().places.count()) == (False, 2)


def test_office_booking_create_page_says_what_becomes_of_it_before_anything_is_pressed(office: Client) -> None:
    school, room = create_school(), create_work_group(capacity=3)
    full, waited = create_work_group(capacity=2), create_work_group(capacity=3)
    for group, count in ((full, 1), (waited, 2)):
        for _ in range(count):
            create_booking(work_group=group)
    applied = create_work_group(recruitment="application")

    pages = [
        office.get(f"{reverse('office_booking_create', args=[one.pk])}?school={school.pk}").context["room"]
        for one in (room, full, waited, applied)
    ]

    assert pages == [
        "3 places are left. More than that join the waiting list together.",
        "The group is full: they join the waiting list together.",
        "Other schools wait already, so they join the end of the waiting list together.",
        "No place is taken yet: this is an application, to be decided with the others.",
    ]


def test_office_booking_create_of_a_school_that_has_booked_leads_to_that_booking(office: Client) -> None:
    there = create_booking(work_group=create_work_group(sessions=2))
    kept = {"school": there.school_id, "via": "telephone", "key": str(uuid.uuid4())}

    answer = office.post(reverse("office_booking_create", args=[there.work_group_id]), answers(**kept))

    assert answer.headers["Location"] == there.get_absolute_url()
