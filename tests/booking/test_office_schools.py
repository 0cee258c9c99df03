"""What the office knows of schools beside the register: settings off it, an address there, a mail domain that moved."""

from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.actions import schools
from accounts.models import AddressProposal, Membership, School, User
from booking.links import address_confirm_url
from booking.models import CalendarEntry
from notifications.delivery import drain
from notifications.models import Notice
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_school,
    create_teacher,
    create_user,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)

DOMAINS = {"old_domain": "oakfield.leics.example", "new_domain": "@Oakfield-Academy.example"}


def test_save_setting_off_the_register_can_be_found_and_booked_for() -> None:
    nursery = School(name="Ladybird Nursery", town="Oadby", postcode="LE2 4AA", kind="private nursery", phase="1")

    schools.save_setting(school=nursery, by=create_hub_staff())

    assert list(School.objects.open().matching("ladybird le24aa")) == [nursery]
    assert nursery.on_register is False
    lead = create_lead(school=nursery)
    assert create_booking(work_group=create_work_group(), by=lead, people=[None, None]).status == "confirmed"


def test_save_setting_never_changes_a_school_of_the_register() -> None:
    school = create_school(name="Oakfield Primary")
    school.name = "Something else"

    with pytest.raises(ValidationError, match="national register"):
        schools.save_setting(school=school, by=create_hub_staff())
    assert School.objects.get().name == "Oakfield Primary"


@pytest.fixture
def moved() -> tuple[School, User, User]:
    """A school whose mail has moved: Kim, who has a place, and Sam, whose new address somebody else has."""
    lead = create_lead(email="lead@elsewhere.example")
    school = lead.memberships.get().school
    kim = create_teacher(school=school, name="Kim", email="kim@oakfield.leics.example")
    sam = create_teacher(school=school, name="Sam", email="sam@oakfield.leics.example")
    create_user(email="sam@oakfield-academy.example")
    create_booking(work_group=create_work_group(sessions=1), by=lead, people=[kim])
    drain()
    return school, kim, sam


def test_new_addresses_shows_each_and_what_is_in_the_way(moved: tuple[School, User, User]) -> None:
    school, kim, sam = moved

    found = schools.new_addresses(school, **DOMAINS)

    assert [(one.person, one.new, bool(one.in_the_way)) for one in found] == [
        (kim, "kim@oakfield-academy.example", False),
        (sam, "sam@oakfield-academy.example", True),
    ]


def test_propose_addresses_asks_at_the_new_one_and_the_old_works_until_then(moved: tuple[School, User, User]) -> None:
    school, kim, _ = moved
    Notice.objects.all().delete()

    schools.propose_addresses(school=school, by=create_hub_staff(), **DOMAINS)
    drain()

    kim.refresh_from_db()
    assert kim.email == "kim@oakfield.leics.example"
    assert sorted(Notice.objects.values_list("kind", "to")) == [
        ("address_proposed", "kim@oakfield-academy.example"),
        ("address_to_change", "kim@oakfield.leics.example"),
    ]


def test_proposed_address_opens_nothing_until_its_owner_has_said_yes(moved: tuple[School, User, User]) -> None:
    school, kim, _ = moved
    schools.propose_addresses(school=school, by=create_hub_staff(), **DOMAINS)
    link = address_confirm_url(AddressProposal.objects.get(person=kim))
    stranger = Client()

    stranger.post("/accounts/login/code/", {"email": "kim@oakfield-academy.example"})
    opened = stranger.post(link[link.index("/my/") :])

    assert not Notice.objects.filter(to="kim@oakfield-academy.example", subject__startswith="Your code").exists()
    assert opened["Location"].startswith("/accounts/login/")
    kim.refresh_from_db()
    assert kim.email == "kim@oakfield.leics.example"


def test_confirm_address_moves_the_person_and_their_coming_sessions(
    moved: tuple[School, User, User], log_in: Callable[[User], Client]
) -> None:
    school, kim, _ = moved
    schools.propose_addresses(school=school, by=create_hub_staff(), **DOMAINS)
    link = address_confirm_url(AddressProposal.objects.get(person=kim))
    path = link[link.index("/my/") :]
    client = log_in(kim)

    opened = client.get(path)
    before = User.objects.get(pk=kim.pk).email
    client.post(path)
    drain()

    kim.refresh_from_db()
    assert (opened.status_code, before, kim.email) == (
        200,
        "kim@oakfield.leics.example",
        "kim@oakfield-academy.example",
    )
    assert CalendarEntry.objects.get(person=kim).told_address == "kim@oakfield-academy.example"
    invites = Notice.objects.filter(kind__startswith="invite").order_by("pk").values_list("kind", "to")
    assert list(invites) == [
        ("invite", "kim@oakfield.leics.example"),
        ("invite_cancelled", "kim@oakfield.leics.example"),
        ("invite", "kim@oakfield-academy.example"),
    ]
    assert list(EmailAddress.objects.filter(user=kim).values_list("email", "primary", "verified")) == [
        ("kim@oakfield-academy.example", True, True)
    ]


def test_address_confirm_with_an_altered_link_or_by_somebody_else_is_not_there(
    log_in: Callable[[User], Client],
) -> None:
    person = create_user()
    proposal = AddressProposal.objects.create(
        person=person, school=create_school(), email="new@school.example", asked_at=timezone.now()
    )
    link = address_confirm_url(proposal)
    path = link[link.index("/my/") :]

    assert log_in(person).get(path[:-3] + "x/").status_code == 404
    assert log_in(create_user()).get(path).status_code == 404


def test_office_home_shows_schools_that_nobody_books_for(log_in: Callable[[User], Client]) -> None:
    create_teacher(school=create_school(name="Leaderless Primary"))
    create_lead(school=create_school(name="Well Led Primary"))
    create_lead(school=create_school(name="Asking Primary"), state=Membership.State.REQUESTED)

    page = log_in(create_hub_staff()).get("/office/").content.decode()

    listed = page[page.index("Nobody books") :]
    assert [name in listed for name in ("Leaderless Primary", "Well Led Primary", "Asking Primary")] == [
        True,
        False,
        False,
    ]
