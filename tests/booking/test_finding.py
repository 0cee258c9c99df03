"""The office's one search: what is meant exactly first, then schools, people, groups and bookings by their words."""

from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.models import School, SchoolURN, User
from booking.actions import places
from booking.models.places import Reason
from booking.reports.finding import Results, find
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


def said(found: Results) -> list[tuple[str, list[str]]]:
    return [(title, [hit.title for hit in hits]) for title, hits in found.sections]


@pytest.mark.parametrize("typed", ["120204", "144118"])
def test_find_by_an_urn_old_or_new_finds_that_school_and_nothing_else(typed: str) -> None:
    school = create_school(name="Swinford", urn="144118")
    SchoolURN.objects.create(school=school, urn="120204", closed_on="2017-03-31")
    create_user(name="Room 120204")

    assert said(find(typed)) == [("Exactly this", ["Swinford"])]


@pytest.mark.parametrize("typed", ["LE2 5TP", "le25tp", " le2  5tp "])
def test_find_by_a_postcode_puts_the_school_there_before_those_around(typed: str) -> None:
    create_school(name="Ash", postcode="LE2 5AA")
    create_school(name="Oak", postcode="LE2 5TP")
    create_school(name="Elm", postcode="LE21 5TP")

    assert said(find(typed)) == [("Exactly this", ["Oak"]), ("Schools", ["Ash"])]


def test_find_by_an_address_finds_whose_it_is_and_the_school_that_reads_it() -> None:
    kim = create_user(name="Kim Reed", email="kim@oak.example")
    EmailAddress.objects.create(user=kim, email="kim@home.example")
    create_school(name="Oak", contact_email="office@oak.example")
    create_user(name="Kimberley", email="kim@oak.example.org")

    found = [said(find(typed)) for typed in ("KIM@oak.example", "kim@home.example", "office@oak.example")]

    assert found == [[("Exactly this", ["Kim Reed"])]] * 2 + [[("Exactly this", ["Oak"])]]


def test_find_by_a_number_finds_the_booking() -> None:
    booking = create_booking(work_group=create_work_group(title="Bars"))

    for typed in (str(booking.pk), f"#{booking.pk}"):
        assert said(find(typed))[0] == ("Exactly this", [f"{booking.school}, Bars"])


def test_find_by_words_puts_first_what_begins_so_and_open_schools_before_closed_ones() -> None:
    for name in ("Great Oak", "Oakfield", "The Oaks"):
        create_school(name=name)
    create_school(name="Oak Closed", status=School.Status.CLOSED)
    for name in ("Bo Oakley", "Oaken Reed"):
        create_user(name=name)
    create_work_group(title="Oak and acorn")

    assert said(find("oak")) == [
        ("Schools", ["Oakfield", "Great Oak", "The Oaks", "Oak Closed"]),
        ("People", ["Oaken Reed", "Bo Oakley"]),
        ("Work groups", ["Oak and acorn"]),
    ]


def test_find_by_words_of_two_things_finds_the_booking_and_the_person_of_the_school() -> None:
    school = create_school(name="Oakfield Primary")
    lead = create_lead(school=school, name="Lena Marsh")
    create_teacher(school=create_school(name="Elm"), name="Lena Elm")
    create_booking(work_group=create_work_group(title="Bar models"), by=lead)

    assert said(find("oakfield bar")) == [("Bookings", ["Oakfield Primary, Bar models"])]
    assert said(find("models oakfield primary")) == [("Bookings", ["Oakfield Primary, Bar models"])]
    assert said(find("lena oakfield")) == [("People", ["Lena Marsh"])]


def test_find_by_words_of_two_things_finds_bookings_beside_a_school_and_ended_ones_last() -> None:
    create_school(name="Oakfield Barton")
    for title in ("Bar models", "Bar charts"):
        create_booking(work_group=create_work_group(title=title), by=create_lead(school=create_school(name="Oakfield")))
    ended = create_booking(
        work_group=create_work_group(title="Bars"), by=create_lead(school=create_school(name="Oakfield"))
    )
    places.withdraw(booking=ended, reason=Reason.COVER, by=ended.made_by)

    found = find("oakfield bar")

    assert said(found) == [
        ("Schools", ["Oakfield Barton"]),
        ("Bookings", ["Oakfield, Bar charts", "Oakfield, Bar models", "Oakfield, Bars"]),
    ]
    assert found.bookings[-1].hint == f"number {ended.pk} · ended: withdrawn"


def test_find_says_where_all_bookings_of_these_words_are(log_in: Callable[[User], Client]) -> None:
    create_booking(work_group=create_work_group(title="Bar models"))

    page = log_in(create_hub_staff()).get("/office/find/", {"q": "bar models"}).text

    assert '<a href="/office/bookings/?q=bar%20models">bookings</a>' in page


@pytest.mark.parametrize("typed", ["", " ", "a", "%_%", "'; drop table", "٣٤٥٦٧٨", "x" * 500, "@@", "#"])
def test_find_by_rubbish_finds_nothing_and_does_not_fall_over(typed: str, log_in: Callable[[User], Client]) -> None:
    create_school(name="Oakfield")

    page = log_in(create_hub_staff()).get("/office/find/", {"q": typed})

    assert (page.status_code, said(find(typed))) == (200, [])


def test_find_leaves_out_accounts_that_were_merged_away() -> None:
    kept = create_user(name="Kim Reed")
    User.objects.create(name="Kim Reed", email=None, is_active=False, merged_into=kept)

    (hits,) = [hits for _, hits in find("kim reed").sections]

    assert [hit.url for hit in hits] == [f"/office/people/{kept.pk}/"]


def test_find_shows_at_most_six_of_a_kind_beside_the_field_and_more_on_its_page(
    log_in: Callable[[User], Client],
) -> None:
    for number in range(8):
        create_school(name=f"Oak {number}")
    client = log_in(create_hub_staff())

    here = client.get("/office/find/?q=oak", headers={"HX-Request": "true"}).content.decode()
    page = client.get("/office/find/?q=oak").content.decode()

    assert [here.count(">Oak "), page.count(">Oak ")] == [6, 8]
    assert ("<html" in here, "Schools: 6." in here) == (False, True)


def test_find_is_for_hub_staff_only(log_in: Callable[[User], Client]) -> None:
    assert log_in(create_lead()).get("/office/find/?q=oak").status_code == 404
