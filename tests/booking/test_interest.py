"""Saying that a school is interested: how many and no names, no place taken, and its own words on every page."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from booking.actions import invitations
from booking.integrity import violations
from booking.models import Booking, Part, SchoolRule, WorkGroup
from booking.models.places import Reason, Status
from notifications.delivery import drain
from notifications.models import Notice
from tests.factories import create_booking, create_hub_staff, create_lead, create_work_group

pytestmark = pytest.mark.django_db(transaction=True)

LogIn = Callable[[User], Client]


def interest(**fields: object) -> WorkGroup:
    return create_work_group(recruitment=WorkGroup.Recruitment.INTEREST, capacity=40, title="Bar models", **fields)


def text(client: Client, url: str) -> str:
    return " ".join(client.get(url).content.decode().split())


def say(client: Client, group: WorkGroup, people: int = 2) -> str:
    """Both steps; returns what stands on the page of checking between them."""
    client.post(reverse("booking_create", args=[group.slug]), {"people": people})
    checked = text(client, reverse("booking_check", args=[group.slug]))
    client.post(reverse("booking_place", args=[group.slug]))
    return checked


def test_interest_is_said_in_two_steps_and_every_page_has_its_words(log_in: LogIn) -> None:
    lead, group = create_lead(), interest()
    client = log_in(lead)

    checked = say(client, group)

    booking = Booking.objects.get()
    urls = (f"{booking.get_absolute_url()}?new=1", "/bookings/", group.get_absolute_url())
    pages = [text(client, url) for url in urls]
    assert booking.status == Status.APPLIED
    assert "Two people; names come later" in checked
    assert ("Name to follow" in checked, "Copy for cover" in checked, "waiting list" in checked) == (False,) * 3
    assert "Thank you: we know you are interested" in pages[0]
    assert "We are no longer interested" in pages[0]
    for page in pages:
        assert "Interested" in page
        assert ("Applied" in page, "Name to follow" in page, " application" in page) == (False,) * 3


def test_interest_in_a_group_with_a_required_part_asks_for_no_part(log_in: LogIn) -> None:
    group = interest(has_parts=True)
    Part.objects.create(work_group=group, name="Reception", required=True)

    say(log_in(create_lead()), group, people=1)

    assert list(Booking.objects.get().places.values_list("person", "part")) == [(None, None)]
    assert list(violations()) == []


def test_interest_mail_says_that_no_place_is_taken(log_in: LogIn) -> None:
    lead, group = create_lead(email="lena@oakfield.example"), interest()
    say(log_in(lead), group)

    drain()

    mail = Notice.objects.get(to="lena@oakfield.example")
    assert mail.subject == "Thank you: we know you are interested in Bar models"
    assert "would come to Bar models with two people. No place is taken, and names come later." in mail.text
    assert "application" not in mail.text


def test_interest_can_be_said_of_a_group_whose_places_are_all_taken(log_in: LogIn) -> None:
    group = interest()
    WorkGroup.objects.filter(pk=group.pk).update(capacity=0)
    client = log_in(create_lead())

    page, checked = text(client, group.get_absolute_url()), say(client, group)

    assert ("Say we are interested" in page, "Join the waiting list" in page) == (True, False)
    assert ("Say we are interested" in checked, "waiting list" in checked) == (True, False)
    assert Booking.objects.get().status == Status.APPLIED


def test_interest_page_of_the_group_says_what_is_planned_and_not_that_places_are_free(client: Client) -> None:
    page = text(client, interest().get_absolute_url())

    assert "Planned for up to 40 people. Schools only say that they are interested" in page
    assert "places are free" not in page


def test_interest_is_taken_back_in_its_own_words(log_in: LogIn) -> None:
    lead = create_lead(email="lena@oakfield.example")
    booking = create_booking(work_group=interest(), by=lead, people=[None, None])
    client, url = log_in(lead), reverse("booking_withdraw", args=[booking.pk])

    asked = text(client, url)
    done = client.post(url, {"reason": Reason.OTHER}, follow=True).content.decode()
    drain()

    assert "Are you no longer interested?" in asked
    assert "You no longer ask for places." in done
    assert Notice.objects.get(kind="booking_withdrawn").subject == "Taken back: Bar models"


def test_application_to_a_full_group_is_not_said_to_join_a_waiting_list(log_in: LogIn) -> None:
    group = create_work_group(recruitment="application", capacity=0, people_to=1)
    client = log_in(create_lead())
    client.post(reverse("booking_create", args=[group.slug]), {"who_0": "later", "cover_email": ""})

    checked = text(client, reverse("booking_check", args=[group.slug]))

    assert ("Send the application" in checked, "waiting list" in checked) == (True, False)


def invite(group: WorkGroup, lead: User) -> None:
    school = lead.memberships.get().school
    staff = create_hub_staff()
    invitations.list_schools(work_group=group, schools=[school.pk], kind=SchoolRule.Kind.ONLY, reason="", by=staff)


def test_invitation_group_tells_who_is_not_invited_how_to_ask(log_in: LogIn) -> None:
    group, invited, other = create_work_group(recruitment="invitation"), create_lead(), create_lead()
    invite(group, invited)

    theirs, others = (text(log_in(one), group.get_absolute_url()) for one in (invited, other))

    book = reverse("booking_create", args=[group.slug])
    assert (book in theirs, "Book two places" in theirs, "hub has invited" in theirs) == (True, True, False)
    assert (book in others, "Book two places" in others, "Write to the hub" in others) == (False, False, True)


def test_invitation_group_offers_visitors_the_way_in_for_invited_schools(client: Client) -> None:
    page = text(client, create_work_group(recruitment="invitation").get_absolute_url())

    assert ("Our school is invited" in page, "Book two places" in page) == (True, False)


def test_group_that_is_not_open_to_a_school_says_so_without_a_button(log_in: LogIn) -> None:
    group, lead = create_work_group(), create_lead()
    school, staff = lead.memberships.get().school, create_hub_staff()
    invitations.list_schools(work_group=group, schools=[school.pk], kind=SchoolRule.Kind.NOT, reason="No", by=staff)

    page = text(log_in(lead), group.get_absolute_url())

    assert f"This group is not open to {school} this year." in page
    assert reverse("booking_create", args=[group.slug]) not in page


def test_home_of_hub_staff_counts_applications_as_a_number(log_in: LogIn) -> None:
    for _ in range(2):
        create_booking(work_group=interest(), people=[None])
    staff = create_hub_staff()

    page = text(log_in(staff), reverse("home"))

    assert 'To decide</a> <span class="pill is-now">2</span>' in page
    assert "WorkGroup" not in page


def test_office_sees_interest_in_its_own_words(log_in: LogIn) -> None:
    group = interest()
    booking = create_booking(work_group=group, people=[None])

    page = text(log_in(create_hub_staff()), reverse("office_work_group", args=[group.pk]))

    assert (booking.status_words, "Interested" in page) == ("Interested", True)


def test_interest_form_begins_with_the_fewest_people(log_in: LogIn) -> None:
    group = interest(people_from=2, people_to=5)

    page = log_in(create_lead()).get(reverse("booking_create", args=[group.slug]))

    assert page.context["form"]["people"].value() == 2
