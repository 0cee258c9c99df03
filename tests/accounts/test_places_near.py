"""Where somebody is, as far as schools tell it."""

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import School
from accounts.places_near import Point, locate, metres_between
from tests.factories import create_school, create_venue

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _schools() -> None:
    create_school(name="Larkrise Primary School", urn="120001", postcode="LE2 5TP", easting=462000, northing=300000)
    create_school(name="St Chad’s Primary School", postcode="LE2 5AB", easting=464000, northing=302000)
    create_school(name="Brook Primary School", postcode="LE2 9AB", easting=470000, northing=290000)
    create_school(name="Brook Primary School and Nursery", postcode="LE21 5TP", easting=100000, northing=100000)
    create_school(name="Nowhere School", postcode="LE7 1AB", easting=None, northing=None)


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("LE2 5TP", Point(462000, 300000, "LE2 5TP")),
        ("  le25tp ", Point(462000, 300000, "LE2 5TP")),
        ("le2  5tp", Point(462000, 300000, "LE2 5TP")),
        ("LE2 5ZZ", Point(463000, 301000, "LE2 5ZZ (by the schools in LE2 5)")),
        ("LE2 5", Point(463000, 301000, "LE2 5")),
        ("LE2 1ZZ", Point(pytest.approx(465333.3), pytest.approx(297333.3), "LE2 1ZZ (by the schools in LE2)")),
        ("LE2", Point(pytest.approx(465333.3), pytest.approx(297333.3), "LE2")),
        ("LE21 1AA", Point(100000, 100000, "LE21 1AA (by the schools in LE21)")),
        ("120001", Point(462000, 300000, "Larkrise Primary School, Oadby")),
        ("larkrise", Point(462000, 300000, "Larkrise Primary School, Oadby")),
        ("saint chads", Point(464000, 302000, "St Chad’s Primary School, Oadby")),
        ("brook primary", Point(470000, 290000, "Brook Primary School, Oadby")),
    ],
)
def test_locate_finds(text: str, point: Point) -> None:
    assert locate(text) == point


@pytest.mark.parametrize("text", ["", "  ", "LE7 1AB", "ZZ9 9ZZ", "999999", "Hogwarts", "%", "_", "\0", "’"])
def test_locate_finds_nothing(text: str) -> None:
    assert locate(text) is None


def test_locate_does_not_take_a_closed_school_by_name() -> None:
    School.objects.filter(name="Larkrise Primary School").update(status=School.Status.CLOSED)

    assert locate("larkrise") is None


@pytest.mark.parametrize("text", ["LE2 5TP", "LE2 1ZZ", "larkrise primary", "120001"])
def test_locate_asks_once(text: str, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        locate(text)


def test_metres_between_is_a_straight_line_on_the_grid() -> None:
    one, other = Point(462000, 300000, "here"), Point(465000, 304000, "there")

    assert metres_between(one, other) == 5000
    assert metres_between(other, one) == 5000


def test_point_of_a_venue_and_of_a_school_without_a_place() -> None:
    venue = create_venue(name="Village Hall", easting=462500, northing=300500)

    assert Point.of(venue) == Point(462500, 300500, "Village Hall")
    assert Point.of(School.objects.get(name="Nowhere School")) is None
