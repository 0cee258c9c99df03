"""The map of the area: what is drawn where, what it says, and the schools one by one."""

import csv
import io
import re
from pathlib import Path
from typing import NamedTuple

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import School
from accounts.models.schools import AGES, phases_taught
from accounts.places_near import METRES_PER_MILE, Point, locate_postcode, locate_postcodes
from accounts.schoolyear import school_year_label, school_year_of
from booking.pictures.area import MOST_DOTS, Frame, Town, area_map, ring_miles
from booking.reports.area import area_of, band, page_of_schools
from booking.reports.placing import places_of, whereabouts
from booking.reports.reached import Wish
from tests.factories import (
    create_came,
    create_hub_staff,
    create_past,
    create_project,
    create_school,
    create_session,
    create_teacher,
    create_venue,
    create_work_group,
)

YEAR = school_year_of(timezone.localdate())
REGISTER = Path(__file__).parents[2].parent / "shared/data/gias"


class Spot(NamedTuple):
    easting: int
    northing: int
    state: str = "never"
    name: str = "School"
    town: str = "Oadby"


FRAME = Frame(460000, 290000, 480000, 310000)


def test_frame_places_metres_in_proportion() -> None:
    west, middle, east = (FRAME.x(easting) for easting in (460000, 470000, 480000))

    assert middle - west == east - middle
    assert FRAME.y(310000) < FRAME.y(290000)
    assert round(FRAME.y(290000) - FRAME.y(310000)) == round(east - west)


def test_frame_is_not_moved_by_one_school_far_away() -> None:
    near = [(460000.0 + 100 * number, 300000.0 + 50 * number) for number in range(300)]

    frame = Frame.around([*near, (0.0, 0.0)])

    assert frame.west > 450000


def test_frame_of_one_place_or_none_is_some_miles_wide() -> None:
    widths = [Frame.around(places).east - Frame.around(places).west for places in ([], [(460000.0, 300000.0)])]

    assert [round(width) for width in widths] == [16093] * 2


def test_map_differs_by_shape_and_names_each_school_once() -> None:
    dots = [
        Spot(465000, 300000, "now", "A & B"),
        Spot(466000, 301000, "before", "C"),
        Spot(467000, 302000, "never", "D"),
    ]

    drawn = area_map(FRAME, dots, title="The area", words="Three schools.", label="2025-26")

    assert re.findall(r'class="area-(now|before|never)"', drawn) == ["never", "before", "now"]
    assert re.findall(r"<title>([^<]*)</title>", drawn) == ["D, Oadby", "C, Oadby", "A &amp; B, Oadby"]
    assert re.findall(r"<circle class=.area-now|<path class=.area-before|<circle class=.area-never", drawn) != []
    assert "tabindex" not in drawn


def test_map_of_very_many_schools_counts_each_in_one_square() -> None:
    dots = [Spot(460000 + number % 100 * 200, 290000 + number // 100 * 400) for number in range(MOST_DOTS + 500)]

    drawn = area_map(FRAME, dots, title="The area", words="Many.", label="2025-26")

    assert sum(int(count) for count in re.findall(r"<title>(\d+) schools? here", drawn)) == len(dots)
    assert "area-never" not in drawn
    assert "this year" not in drawn


def test_rings_are_round_miles_to_scale() -> None:
    centre = Point(470000, 300000, "here")

    drawn = area_map(FRAME, [], centre=centre, title="The area", words="Rings.", label="2025-26")

    miles = ring_miles(FRAME, centre)
    radii = [float(radius) for radius in re.findall(r'area-ring" cx="[\d.]+" cy="[\d.]+" r="([\d.]+)"', drawn)]
    assert miles == [2, 4, 6]
    assert radii == [pytest.approx(one * METRES_PER_MILE * FRAME.scale, abs=0.1) for one in miles]


def test_towns_names_never_touch_and_go_to_those_with_most_schools() -> None:
    towns = [Town(470000, 300000, "Small", 1), Town(470100, 300100, "Large", 9), Town(476000, 306000, "Far", 2)]

    drawn = area_map(FRAME, [], towns=towns, title="The area", words="Towns.", label="2025-26")

    assert re.findall(r"area-town[^>]*>([^<]+)<", drawn) == ["Large", "Far"]


@pytest.mark.parametrize(
    ("metres", "words"),
    [
        (None, "Place not known"),
        (0, "Up to 5 miles"),
        (8046, "Up to 5 miles"),
        (8047, "5 to 10 miles"),
        (90000, "Over 20 miles"),
    ],
)
def test_band_of_a_distance(metres: int | None, words: str) -> None:
    assert band(metres) == words


@pytest.mark.django_db
@pytest.mark.parametrize("ages", [(None, None), (3, 11), (11, 16), (4, 18), (16, 19), (2, 5)])
@pytest.mark.parametrize("kind", ["Community school", "Academy special converter"])
@pytest.mark.parametrize("phase", ["0", "2", "4", "6"])
def test_phases_taught_are_those_that_a_query_finds(ages: tuple[int | None, int | None], kind: str, phase: str) -> None:
    create_school(low_age=ages[0], high_age=ages[1], kind=kind, phase=phase)

    found = {name for name in [*AGES, "special"] if School.objects.teaching(name).exists()}

    assert phases_taught(*ages, phase, kind) == found


@pytest.mark.django_db
def test_area_counts_each_open_state_funded_school_once_by_how_it_was_reached() -> None:
    group = create_work_group(sessions=0)
    now, before, never = (
        create_school(la_name="Rutland"),
        create_school(phase="4"),
        create_school(easting=None, northing=None),
    )
    create_came(session=create_session(work_group=group, days=-3), people=[create_teacher(school=now)])
    group.sessions.get().attendances.update(school=now)
    create_past(school=now, year=YEAR - 1)
    create_past(school=before, year=YEAR - 1)
    create_school(state_funded=False)
    create_school(status="2")

    area = area_of(Wish(YEAR))

    assert (area.whole.now, area.whole.before, area.whole.never, area.whole.of) == (1, 1, 1, 3)
    assert [(line.title, line.of) for line in area.tables[0][1]] == [("Leicestershire", 2), ("Rutland", 1)]
    assert [(line.title, line.of) for line in area.tables[1][1]] == [("Primary", 2), ("Secondary", 1)]
    assert [line.title for line in area.tables[2][1]] == ["Up to 5 miles", "Place not known"]
    assert [one.pk for one in area.of_state("never")] == [never.pk]
    assert area.unplaced == 1


@pytest.mark.django_db
def test_area_gives_what_came_of_a_merger_its_predecessors_contacts() -> None:
    school = create_school()
    infant = create_school(status="2", merged_into=school)
    create_past(school=create_school(status="2", merged_into=infant), year=YEAR - 1)

    area = area_of(Wish(YEAR))

    assert [(one.pk, one.state) for one in area.schools] == [(school.pk, "before")]


@pytest.mark.django_db
def test_area_is_measured_from_a_venue_a_postcode_or_says_that_it_was_not_found() -> None:
    create_school(postcode="LE13 1AA", easting=475000, northing=319000)
    create_venue(name="The Hall", easting=462000, northing=300000)

    found = [area_of(Wish(YEAR), near=near) for near in ("the hall", "LE13", "Nowhere at all")]

    assert [(one.centre.easting, one.centre_error) for one in found[:2] if one.centre] == [(462000, ""), (475000, "")]
    assert "We could not find “Nowhere at all”" in found[2].centre_error


@pytest.mark.django_db
def test_list_of_schools_goes_on_after_the_last_and_begins_anew_where_that_has_gone() -> None:
    schools = [create_school(name=f"School {number:03d}") for number in range(60)]
    area = area_of(Wish(YEAR))

    first, second, anew = (page_of_schools(area, "", after=key) for key in ("", str(schools[49].pk), "1000000"))

    assert (len(first.rows), first.next, first.is_first) == (50, str(schools[49].pk), True)
    assert ([one.pk for one, _ in second.rows], second.next) == ([one.pk for one in schools[50:]], "")
    assert anew.is_first


@pytest.mark.django_db
def test_area_page_keeps_its_filters_and_leaves_out_what_is_none(client: Client) -> None:
    client.force_login(create_hub_staff())
    project, school, other = (
        create_project(title="Mastery"),
        create_school(name="Oak"),
        create_school(name="Ash", la_code="857"),
    )
    create_past(school=school, year=YEAR, project=project)
    create_past(school=other, year=YEAR)
    asked = {"project": project.pk, "la": "855", "phase": "primary", "reached": "now", "near": "LE2"}

    page = client.get(reverse("office_area"), asked)
    odd = client.get(reverse("office_area"), {"project": "x'", "la": "999", "phase": "z", "reached": "q", "year": "31"})

    assert page.context["query"] == f"project={project.pk}&phase=primary&la=855&reached=now&near=LE2"
    assert [one.name for one, _ in page.context["listed"].rows] == ["Oak"]
    assert (odd.status_code, odd.context["count"], odd.context["wish"]) == (200, 2, Wish(YEAR))


@pytest.mark.django_db
def test_area_of_a_former_year_says_which(client: Client) -> None:
    client.force_login(create_hub_staff())
    create_past(school=create_school(), year=YEAR - 1)

    page = client.get(reverse("office_area"), {"year": YEAR - 1})

    label = school_year_label(YEAR - 1)
    assert page.context["sentence"].startswith(f"Of 1 open state-funded school, 1 reached in {label} and 0 more")
    said = page.content.decode()
    assert [f">{words}<" in said for words in (f"Reached in {label}", f"reached in {label}", label)] == [True] * 3
    assert [words in said for words in ("eached this year", '"This year"')] == [False, False]


@pytest.mark.django_db
def test_area_of_a_year_before_the_first_is_not_held_and_not_none(client: Client) -> None:
    client.force_login(create_hub_staff())
    create_past(school=create_school(), year=YEAR - 1)

    page = client.get(reverse("office_area"), {"year": YEAR - 4}).content.decode()

    assert f"Before {YEAR - 1}-{YEAR % 100:02d}: not held here." in page
    assert 'class="area"' not in page


@pytest.mark.django_db
def test_area_as_a_file_has_the_rows_of_its_filters(client: Client) -> None:
    client.force_login(create_hub_staff())
    create_past(school=create_school(name="=Oak", urn="812345"), year=YEAR - 2)
    create_school(name="Ash")

    response = client.get(reverse("office_area"), {"reached": "before", "as": "csv"})

    rows = list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"))))
    assert [row[:2] + row[5:6] for row in rows] == [
        ["School", "URN", "Reached"],
        ["'=Oak", "812345", "In former years"],
    ]


@pytest.mark.django_db
def test_venue_without_coordinates_stands_where_its_host_or_its_postcode_is() -> None:
    school = create_school(easting=470000, northing=300000, postcode="NN8 1AA")
    known = create_venue(easting=None, northing=None, school=school)
    about = create_venue(easting=None, northing=None, postcode="NN8 1ZZ")
    nowhere = create_venue(easting=None, northing=None, postcode="AB1 1AA")
    blank = create_venue(easting=None, northing=None, postcode="")

    found = places_of([known, about, nowhere, blank])

    assert {pk: (one.easting, one.about) for pk, one in found.items()} == {
        known.pk: (470000, ""),
        about.pk: (470000, "NN8 1ZZ"),
    }
    assert whereabouts([about]).words == f"{about}: about here, by its postcode NN8 1ZZ."
    assert whereabouts([nowhere]).words == "Where this is on the map is not known yet."


@pytest.mark.django_db
def test_many_postcodes_are_found_as_one_by_one() -> None:
    for postcode, easting in (("LE2 5TP", 462000), ("LE2 5AA", 464000), ("LE2 1AA", 470000), ("LE20 1AA", 490000)):
        create_school(postcode=postcode, easting=easting, northing=300000)
    asked = ["LE2 5TP", "le2 5zz", "LE2 5", "LE2", "LE2 9XX", "XX1 1XX", "rubbish"]

    found = locate_postcodes(asked)

    assert found == {text: point for text in asked if (point := locate_postcode(text))}


@pytest.mark.django_db
def test_small_map_says_how_far_and_draws_no_home_beyond_the_area() -> None:
    venue = create_venue(easting=462500, northing=300500)

    near = whereabouts([venue], home=Point(462500, 323000, "Oakfield"))
    far = whereabouts([venue], home=Point(250000, 60000, "Truro"))

    assert (near.words, "area-home" in near.map) == ("It is about 14 miles in a straight line from Oakfield.", True)
    assert (far.words, "area-home" in far.map) == ("It is about 199 miles in a straight line from Truro.", False)


@pytest.mark.django_db
def test_group_page_shows_where_it_meets_for_whom_it_is_known(client: Client) -> None:
    group, online = create_work_group(), create_work_group(sessions=0)
    create_session(work_group=online, mode="online")
    create_school(postcode="LE13 1AA", easting=475000, northing=319000)

    pages = [
        client.get(url).content.decode()
        for url in (f"{group.get_absolute_url()}?near=LE13", group.get_absolute_url(), online.get_absolute_url())
    ]

    assert ["Where we meet" in page for page in pages] == [True, True, False]
    assert ["in a straight line from LE13" in page for page in pages] == [True, False, False]


@pytest.mark.django_db
def test_venue_page_says_how_far_it_is_from_what_was_typed(client: Client) -> None:
    client.force_login(create_hub_staff())
    create_school(postcode="LE13 1AA", easting=475000, northing=319000)
    url = reverse("office_venue_edit", args=[create_venue().pk])

    found, missed = (client.get(url, {"near": near}).content.decode() for near in ("LE13", "ZZ1"))

    assert "about 14 miles in a straight line from LE13" in found
    assert "We could not find “ZZ1”" in missed


@pytest.mark.django_db(transaction=True)
def test_real_area_is_drawn_whole_and_small() -> None:
    if not REGISTER.exists():
        pytest.skip(f"needs the national register of schools in {REGISTER}, which is not there")
    call_command("import_schools", REGISTER / "gias_ems_area_all.csv", la="855,856,857,940", verbosity=0)

    area = area_of(Wish(YEAR), near="LE2 5TP")

    frame = Frame.around([(one.easting, one.northing) for one in area.schools if one.easting and one.northing])
    held = sum(frame.holds(one.easting, one.northing) for one in area.schools if one.easting and one.northing)
    assert (area.whole.of, area.whole.never) == (571, 571)
    assert held == 571 - area.unplaced
    assert sum(line.of for line in area.tables[2][1]) == 571


@pytest.mark.django_db
def test_area_has_the_schools_of_the_figures_and_says_how_many_a_list_adds(client: Client) -> None:
    client.force_login(create_hub_staff())
    create_school(on_register=False)
    listed = create_school()
    create_past(school=listed, year=YEAR)

    page = client.get(reverse("office_area"))

    assert [(one.pk, one.state) for one in page.context["area"].schools] == [(listed.pk, "now")]
    assert f"A list adds 1 school to {school_year_label(YEAR)} that its figures do not count." in page.content.decode()
