"""Which numbers are one school, and what becomes of it when its number does."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from accounts.gias import Summary
from accounts.models import HistoryLine, Membership, School, SchoolURN
from tests.factories import create_lead
from tests.register_files import LINKS, REGISTER, everything, plan_of, school_of, take_in, urns_of

pytestmark = pytest.mark.django_db


def test_import_follows_a_school_through_two_conversions() -> None:
    take_in(REGISTER, links=LINKS)

    school = school_of("120002")
    assert school.name == "Thistledown Academy"
    assert urns_of(school) == [
        ("120002", None, date(2011, 8, 31)),
        ("136002", date(2011, 9, 1), date(2019, 12, 31)),
        ("147002", date(2020, 1, 1), None),
    ]


def test_import_keeps_merged_schools_closed_and_says_into_which() -> None:
    take_in(REGISTER, links=LINKS)

    merged = School.objects.filter(merged_into__isnull=False).order_by("name")
    assert [(one.name, one.merged_into.name, one.status) for one in merged.select_related("merged_into")] == [
        ("Beacon Junior School", "Beacon Primary School", "2"),
        ("Fernhill Infant School", "Fernhill Primary School", "2"),
        ("Fernhill Junior School", "Fernhill Primary School", "2"),
        ("Old Mill High School", "Ridgeway Academy", "2"),
    ]


@pytest.mark.parametrize("urn", ["120009", "120012", "120017"], ids=["split", "next one missing", "both open"])
def test_import_leaves_to_staff_what_the_graph_does_not_tell(urn: str) -> None:
    take_in(REGISTER, links=LINKS)

    school = school_of(urn)
    assert [one.urn for one in school.urns.all()] == [urn]
    assert school.merged_into is None


def test_import_without_links_tears_nothing_apart() -> None:
    take_in(REGISTER, links=LINKS)
    before = everything()

    summary = take_in(REGISTER)

    assert summary == Summary(rows=40, unchanged=36)
    assert everything() == before


def test_import_with_links_joins_what_came_without() -> None:
    take_in(REGISTER)
    old = school_of("120001")

    summary = take_in(REGISTER, links=LINKS)

    assert summary == Summary(rows=40, links=14, changed=0, converted=4, merged=4, unchanged=33)
    assert [one.urn for one in old.urns.order_by("urn")] == ["120001", "144001"]
    assert School.objects.count() == 36


def test_import_keeps_apart_two_schools_that_are_both_in_use() -> None:
    take_in(REGISTER)
    for urn in ("120001", "144001"):
        create_lead(school=school_of(urn))

    plan = plan_of(REGISTER, links=LINKS)

    assert plan.undecided == [
        "Larkrise Primary School (URN 120001, 144001) stands here as 2 schools that people or bookings belong to."
    ]
    assert school_of("120001") != school_of("144001")


def test_import_gives_a_converted_school_its_new_number_and_keeps_its_people(edited: Callable[..., Path]) -> None:
    take_in(REGISTER, links=LINKS)
    school = school_of("120013")
    lead = create_lead(school=school)
    converted = edited(
        {
            "120013": {"EstablishmentStatus (code)": "2", "CloseDate": "31-08-2026"},
            "150014": {"EstablishmentStatus (code)": "1", "OpenDate": "01-09-2026"},
        }
    )

    summary = take_in(converted, links=LINKS)

    assert (summary.converted, summary.closed, summary.new) == (1, 0, 0)
    assert urns_of(school) == [("120013", None, date(2026, 8, 31)), ("150014", date(2026, 9, 1), None)]
    assert Membership.objects.get(person=lead).school == school_of("150014")
    line = HistoryLine.objects.about(school).get()
    assert (line.verb, line.details) == ("school_converted", {"urns": ["150014"]})


def test_import_adds_a_number_that_the_register_had_not_given_out_before(edited: Callable[..., Path]) -> None:
    take_in(edited({"120001": {"EstablishmentStatus (code)": "1", "CloseDate": ""}}, without=["144001"]))
    school = school_of("120001")

    take_in(REGISTER, links=LINKS)

    assert urns_of(school) == [("120001", None, date(2017, 3, 31)), ("144001", date(2017, 4, 1), None)]
    school.refresh_from_db()
    assert (school.kind, school.status) == ("Academy converter", "1")


def test_import_of_some_authorities_takes_old_numbers_from_elsewhere() -> None:
    summary = take_in(REGISTER, links=LINKS, authorities=["940"])

    assert summary.new == 3
    assert [one.urn for one in school_of("146015").urns.order_by("urn")] == ["122015", "146015"]


def test_import_of_the_hubs_area_knows_its_conversions(area: Path) -> None:
    take_in(area / "gias_ems_area_all.csv", links=area / "links_ems_area.csv")

    assert school_of("120204") == school_of("144118")
    assert urns_of(school_of("120265"))[0] == ("120265", None, date(2013, 4, 30))
    assert SchoolURN.objects.count() == 1621
