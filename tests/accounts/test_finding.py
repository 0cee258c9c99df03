"""Finding a school: whatever of it somebody types, and whatever has become of it."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.finding import find
from accounts.models import Phase, School, SchoolURN
from accounts.places_near import Point
from tests.factories import create_lead, create_school, create_user
from tests.register_files import LINKS, REGISTER, school_of, take_in

pytestmark = pytest.mark.django_db


def names(words: str) -> list[str]:
    return [one.school.name for one in find(words, limit=12)[0]]


@pytest.fixture
def _schools() -> None:
    create_school(name="St Peter’s Primary School", town="Market Harborough", postcode="LE16 7AB", urn="120001")
    create_school(name="Saint Peters Church of England Academy", town="Oadby", postcode="LE2 5TP")
    create_school(name="Oak House School", town="Wigston", postcode="LE18 1AA")
    create_school(name="Royal Oak Primary", town="Wigston", postcode="LE18 2AA")
    create_school(name="Broakley Infants", town="Wigston", postcode="LE18 3AA")
    create_school(name="Oaklands", town="Wigston", postcode="LE18 4AA", status=School.Status.CLOSED)


@pytest.mark.usefixtures("_schools")
@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("st peters", ["Saint Peters Church of England Academy", "St Peter’s Primary School"]),
        ("St. Peter's", ["Saint Peters Church of England Academy", "St Peter’s Primary School"]),
        ("saint peter’s harborough", ["St Peter’s Primary School"]),
        ("PETERS ACADEMY", ["Saint Peters Church of England Academy"]),
        ("oak", ["Oak House School", "Royal Oak Primary", "Broakley Infants", "Oaklands"]),
        ("wigston oak house", ["Oak House School"]),
        ("120001", ["St Peter’s Primary School"]),
        ("le2 5tp", ["Saint Peters Church of England Academy"]),
        ("le25tp", ["Saint Peters Church of England Academy"]),
        ("hogwarts", []),
        ("o", []),
        ("’", []),
        ("%%", []),
    ],
)
def test_find_knows_a_school_by(words: str, found: list[str]) -> None:
    assert names(words) == found


def test_find_by_a_postcode_without_a_school_gives_those_around_nearest_first() -> None:
    create_school(name="Far", postcode="LE2 9AB", easting=470000, northing=300000)
    create_school(name="Near", postcode="LE2 5AB", easting=462000, northing=300000)
    create_school(name="Nowhere", postcode="LE2 5AC", easting=None, northing=None)
    create_school(name="Elsewhere", postcode="LE21 5AB", easting=462000, northing=300000)

    found, more = find("LE2 5ZZ", limit=12, near=Point(462000, 300000, "LE2 5ZZ"))

    assert [(one.school.name, one.metres) for one in found] == [("Near", 0), ("Far", 8000), ("Nowhere", None)]
    assert more is False


def test_find_leads_from_an_old_number_or_name_to_the_school_of_today() -> None:
    take_in(REGISTER, links=LINKS)

    assert names("120002") == names("thistledown community college") == ["Thistledown Academy"]
    found, _ = find("120004", limit=12)
    assert [(one.school.name, str(one.instead_of)) for one in found] == [
        ("Fernhill Primary School", "Fernhill Junior School")
    ]


def test_find_shows_each_school_once_and_says_which_closed_ones_it_stands_for() -> None:
    take_in(REGISTER, links=LINKS)

    found, _ = find("fernhill", limit=12)

    assert [(one.school, one.instead_of) for one in found] == [(school_of("143003"), None)]


def test_find_follows_two_mergers_to_their_end() -> None:
    last = create_school(name="Last")
    between = create_school(name="Between", status="2", merged_into=last)
    create_school(name="First", status="2", merged_into=between)

    found, _ = find("first", limit=12)

    assert [one.school for one in found] == [last]


def test_find_never_shows_a_school_that_is_only_proposed() -> None:
    create_school(name="Tomorrow", status=School.Status.PROPOSED)

    assert names("tomorrow") == []


@pytest.mark.parametrize("schools", [1, 12])
def test_find_asks_as_often_for_many_as_for_one(
    schools: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    into = create_school()
    for number in range(schools):
        create_school(name=f"Oak {number}")
        create_school(name=f"Oak closed {number}", status="2", merged_into=into)

    with django_assert_num_queries(5):
        find("oak", limit=24)


def test_school_find_shows_the_successor_and_how_far_it_is(client: Client) -> None:
    mine = create_school(name="My School", easting=462000, northing=300000)
    there = create_school(name="Long Lane Academy", easting=462000, northing=300000 + 16_093)
    create_school(name="Short Lane School", status="2", merged_into=there)
    create_school(name="Lost Lane School", status="2")
    client.force_login(create_lead(school=mine))

    page = client.get(reverse("school_find"), {"q": "lane"}).content.decode()

    assert "Long Lane Academy" in page
    assert "about 10 miles" in page
    assert "in a straight line from My School" in page
    assert "the hub does not know what follows it" in page
    alone = client.get(reverse("school_find"), {"q": "short lane"}, headers={"HX-Request": "true"}).content.decode()
    assert "Short Lane School is part of this school now." in alone
    assert "<html" not in alone


def test_school_find_knows_no_distance_without_a_school(client: Client) -> None:
    create_school(name="Long Lane Academy")
    client.force_login(create_user())

    page = client.get(reverse("school_find"), {"q": "long lane"}).content.decode()

    assert "Long Lane Academy" in page
    assert "mile" not in page


AGES = {
    "Infants": (4, 7, Phase.PRIMARY),
    "Juniors": (7, 11, Phase.PRIMARY),
    "Middle": (9, 13, Phase.MIDDLE_SECONDARY),
    "High": (11, 16, Phase.SECONDARY),
    "Upper": (14, 18, Phase.SECONDARY),
    "College": (16, 19, Phase.POST_16),
    "Nursery": (2, 4, Phase.NURSERY),
    "Special": (2, 19, Phase.NOT_APPLICABLE),
    "Unit": (11, 16, Phase.NOT_APPLICABLE),
    "Unknown": (None, None, Phase.NOT_APPLICABLE),
    "Unknown primary": (None, None, Phase.PRIMARY),
}


@pytest.mark.parametrize(
    ("phase", "found"),
    [
        ("early-years", ["Infants", "Nursery", "Special", "Unknown", "Unknown primary"]),
        ("primary", ["Infants", "Juniors", "Middle", "Special", "Unknown", "Unknown primary"]),
        ("secondary", ["High", "Middle", "Special", "Unit", "Unknown", "Upper"]),
        ("post-16", ["College", "Special", "Unknown", "Upper"]),
    ],
)
def test_teaching_goes_by_ages_and_loses_no_school_without_a_phase(phase: str, found: list[str]) -> None:
    for name, (low, high, code) in AGES.items():
        create_school(name=name, low_age=low, high_age=high, phase=code)

    assert list(School.objects.teaching(phase).order_by("name").values_list("name", flat=True)) == found


def test_teaching_special_goes_by_type() -> None:
    kinds = ["Community special school", "Pupil referral unit", "Academy alternative provision converter"]
    for kind in [*kinds, "Community school"]:
        create_school(kind=kind)

    assert sorted(School.objects.teaching("special").values_list("kind", flat=True)) == sorted(kinds)


def test_search_keeps_former_names_and_their_numbers() -> None:
    take_in(REGISTER, links=LINKS)

    school = school_of("147002")

    assert school.search.split()[-2:] == ["community", "college"]
    assert SchoolURN.objects.filter(school=school).count() == 3
