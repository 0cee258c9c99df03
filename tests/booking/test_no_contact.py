"""Schools without contact: the nearest open group of each, filters, pages, and inviting those chosen."""

import csv
import io
import random

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import School
from accounts.schoolyear import school_year_of
from booking.models import SchoolRule, WorkGroup
from booking.reports.no_contact import Nearest, Open, open_groups, without_contact
from booking.reports.reached import Seen, Wish
from tests.factories import (
    create_hub_staff,
    create_past,
    create_school,
    create_session,
    create_venue,
    create_work_group,
)

pytestmark = pytest.mark.django_db

YEAR = school_year_of(timezone.localdate())


def group_at(easting: int, **fields: object) -> WorkGroup:
    """A group that meets there next."""
    group = create_work_group(sessions=0, **fields)
    create_session(work_group=group, venue=create_venue(easting=easting, northing=300000))
    return group


def seen(easting: int, northing: int = 300000, phase: str = "2") -> Seen:
    return Seen(1, "School", "Oadby", "Rutland", phase, "", easting, northing, None, None, "never")


def test_nearest_group_is_the_nearest_one_for_the_phase() -> None:
    near, far, secondary = group_at(463000), group_at(480000), group_at(462100, for_primary=False, for_secondary=True)
    school = create_school(easting=462000, northing=300000)

    found = without_contact(Wish(YEAR), timezone.now())

    assert [(row.school.pk, row.open and row.open.work_group, row.metres) for row in found.rows] == [
        (school.pk, near.pk, 1000)
    ]
    assert set(found.groups) == {near.pk, far.pk, secondary.pk}


def test_nearest_is_what_looking_at_every_group_finds() -> None:
    chance = random.Random(7)
    groups = [
        Open(number, 0, chance.randrange(430000, 500000), chance.randrange(265000, 320000), frozenset([phase]))
        for number in range(150)
        for phase in [chance.choice(["primary", "secondary", "early-years"])]
    ]
    nearest = Nearest(groups)
    schools = [
        seen(chance.randrange(400000, 530000), chance.randrange(240000, 340000), chance.choice("24"))
        for _ in range(300)
    ]

    found = [nearest.to(school)[1] for school in schools]

    assert found == [
        round(
            min(
                (group.easting - (one.easting or 0)) ** 2 + (group.northing - (one.northing or 0)) ** 2
                for group in groups
                if group.phases & one.phases
            )
            ** 0.5
        )
        for one in schools
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "draft"},
        {"capacity": 0},
        {"closes_at": timezone.now()},
        {"year": YEAR - 1},
        {"capacity_schools": 0},
    ],
)
def test_group_that_takes_no_booking_is_nobodys_nearest(fields: dict[str, object]) -> None:
    group_at(463000, **fields)

    assert open_groups(timezone.now(), YEAR) == []


def test_open_group_meets_where_its_next_session_in_person_is() -> None:
    group = create_work_group(sessions=0)
    create_session(work_group=group, days=5, mode="online", venue=create_venue(easting=400000, northing=300000))
    create_session(work_group=group, days=40, venue=create_venue(easting=480000, northing=300000))
    first = create_session(work_group=group, days=9, venue=create_venue(easting=470000, northing=300000))

    found = open_groups(timezone.now(), YEAR)

    assert [(one.session, one.easting) for one in found] == [(first.pk, 470000)]


def test_open_group_at_a_venue_without_coordinates_is_about_its_postcode() -> None:
    create_school(postcode="NN8 1AA", easting=490000, northing=268000)
    group = create_work_group(sessions=0)
    create_session(work_group=group, venue=create_venue(easting=None, northing=None, postcode="NN8 1XX"))

    assert [one.easting for one in open_groups(timezone.now(), YEAR)] == [490000]


def test_list_leaves_out_whoever_was_ever_reached_and_keeps_the_unplaced_last() -> None:
    group_at(463000)
    far, near = create_school(easting=480000, northing=300000), create_school(easting=463000, northing=301000)
    unplaced, secondary = create_school(easting=None, northing=None, name="Aa"), create_school(phase="4", name="Bb")
    create_past(school=create_school(), year=YEAR - 2)

    found = without_contact(Wish(YEAR), timezone.now())

    assert [row.school.pk for row in found.rows] == [near.pk, far.pk, unplaced.pk, secondary.pk]


def test_list_is_filtered_by_pupils_meals_and_the_group_it_is_for() -> None:
    group = group_at(463000, for_primary=False, for_secondary=True)
    small, large = create_school(pupils=60, fsm_percent=41), create_school(pupils=900, phase="4", fsm_percent=None)
    create_school(pupils=None)
    wishes = [Wish(YEAR, pupils="100"), Wish(YEAR, pupils="more"), Wish(YEAR, meals=40), Wish(YEAR)]

    found = [without_contact(wish, timezone.now(), group=group.pk if wish == Wish(YEAR) else 0) for wish in wishes]

    ids = [[row.school.pk for row in one.rows] for one in found]
    assert ids == [[small.pk], [large.pk], [small.pk], [large.pk]]


def test_pages_of_the_list_hold_every_school_once_though_some_go_meanwhile() -> None:
    group_at(463000)
    schools = [create_school(easting=463000 + 10 * number, northing=300000) for number in range(120)]
    first, after, _ = without_contact(Wish(YEAR), timezone.now()).page("")
    create_past(school=schools[49], year=YEAR)  # the last of the first page

    second, last, _ = without_contact(Wish(YEAR), timezone.now()).page(after)
    third, none, _ = without_contact(Wish(YEAR), timezone.now()).page(last)

    assert [row.school.pk for row in [*first, *second, *third]] == [school.pk for school in schools]
    assert none == ""


@pytest.mark.parametrize("after", ["x", "-", "9" * 29, "1-2-3", "5-999999"])
def test_page_after_something_odd_is_some_page(after: str) -> None:
    group_at(463000)
    create_school()

    rows, _, _ = without_contact(Wish(YEAR), timezone.now()).page(after)

    assert len(rows) <= 1


@pytest.mark.django_db(transaction=True)
def test_inviting_puts_those_ticked_on_the_groups_list(client: Client) -> None:
    client.force_login(create_hub_staff())
    group = group_at(463000, recruitment="invitation")
    one, two, three = create_school(), create_school(), create_school()

    response = client.post(
        f"{reverse('office_no_contact')}?phase=primary", {"group": group.pk, "schools": [one.pk, three.pk]}, follow=True
    )

    rules = set(SchoolRule.objects.filter(work_group=group).values_list("school", "kind"))
    assert rules == {(one.pk, "only"), (three.pk, "only")}
    assert response.redirect_chain[0][0].endswith("?phase=primary")
    assert {shown.school.pk: shown.invited for shown in response.context["rows"]} == {
        one.pk: [group.title],
        two.pk: [],
        three.pk: [group.title],
    }


@pytest.mark.parametrize(
    ("ticked", "words"), [("none", "Tick at least one school."), ("foreign", "The list has changed. Choose again.")]
)
def test_inviting_nobody_or_somebody_else_is_refused_in_words(client: Client, ticked: str, words: str) -> None:
    client.force_login(create_hub_staff())
    group = group_at(463000, recruitment="invitation")
    reached = create_school()
    create_past(school=reached, year=YEAR)
    create_school()

    page = client.post(
        reverse("office_no_contact"), {"group": group.pk, "schools": [] if ticked == "none" else [reached.pk]}
    )

    assert words in page.content.decode()
    assert not SchoolRule.objects.exists()


def test_without_a_group_of_invited_schools_nobody_is_asked_to_tick(client: Client) -> None:
    client.force_login(create_hub_staff())
    group_at(463000)
    create_school()

    page = client.get(reverse("office_no_contact")).content.decode()

    assert ('type="checkbox"' in page, "set a group up" in page) == (False, True)


def test_list_as_a_file_holds_all_pages(client: Client) -> None:
    client.force_login(create_hub_staff())
    group = group_at(463000)
    for _ in range(55):
        create_school()

    response = client.get(reverse("office_no_contact"), {"as": "csv"})

    rows = list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"))))
    assert len(rows) == 1 + School.objects.count()
    assert {row[6] for row in rows[1:]} == {group.title}


def test_heading_says_since_when_and_never_none(client: Client) -> None:
    client.force_login(create_hub_staff())
    group_at(463000)
    create_past(school=create_school(), year=2024)
    create_school()

    page = client.get(reverse("office_no_contact")).content.decode()

    assert "<h1>No contact held here since 2024</h1>" in page
    assert "Before 2024-25: not held here." in page
