"""A list that is taken away holds the rows that its page shows, whatever the page is narrowed to."""

import csv
import io
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import School, User
from booking.actions import disclosures, places
from booking.models import PhaseDates
from booking.models.places import Reason
from notifications.kinds import KINDS
from notifications.models import Notice
from tests.factories import (
    create_booking,
    create_came,
    create_hub_staff,
    create_lead,
    create_school,
    create_session,
    create_teacher,
    create_user,
    create_venue,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)


def shown_and_taken(client: Client, page: str, address: dict[str, Any], link: int = 0) -> tuple[list[Any], list[str]]:
    """The rows of the office's page, and the first cells of the list that its link takes away."""
    shown = client.get(page, address)
    url = unescape(re.findall(r'class="downloads"><a href="([^"]*)"', shown.text)[link])
    response = client.get(f"{url}&as=csv")
    if not response.streaming:
        response = client.post(url, {"to": "NCETM", "why": "funder", "as": "csv"})
    body = b"".join(response.streaming_content).decode("utf-8-sig")
    taken = list(csv.reader(io.StringIO(body)))
    return list((shown.context.get("listing") or shown.context["page"]).rows), [row[0] for row in taken[1:]]


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ({}, ["Ann", "Clo", "Hub", "Lea", "Tom"]),
        ({"q": "oakfield"}, ["Ann", "Clo"]),
        ({"q": "tom"}, ["Tom"]),
        ({"part": "books"}, ["Ann"]),
        ({"part": "takes_part"}, ["Clo", "Tom"]),
        ({"part": "leads"}, ["Lea"]),
        ({"part": "hub"}, ["Hub"]),
    ],
)
def test_people_who_leave_are_those_shown(
    log_in: Callable[[User], Client], address: dict[str, str], names: list[str]
) -> None:
    oakfield = create_school(name="Oakfield")
    create_lead(school=oakfield, name="Ann")
    closed = create_teacher(school=oakfield, name="Clo")
    User.objects.filter(pk=closed.pk).update(is_active=False)
    create_teacher(school=create_school(name="Elm"), name="Tom")
    create_work_group(leads=[create_user(name="Lea")])

    shown, taken = shown_and_taken(log_in(create_hub_staff(name="Hub")), "/office/people/", address)

    assert (sorted(one.name for one in shown), taken) == (names, names)


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ({}, ["Ash", "Elm"]),
        ({"q": "oak"}, ["Oak"]),
        ({"phase": "secondary"}, ["Elm"]),
        ({"la": "856"}, ["Ash"]),
    ],
)
def test_schools_that_leave_are_those_shown(
    log_in: Callable[[User], Client], address: dict[str, str], names: list[str]
) -> None:
    create_school(name="Ash", la_code="856", phase="2")
    create_school(name="Elm", la_code="855", phase="4")
    create_school(name="Oak", la_code="855", phase="2", status="2")

    shown, taken = shown_and_taken(log_in(create_hub_staff()), "/office/schools/", address)

    named = School.objects.filter(urns__urn__in=taken).order_by("name").values_list("name", flat=True)
    assert (sorted(one.name for one in shown), list(named)) == (names, names)


@pytest.mark.parametrize(
    ("address", "titles"),
    [
        ({}, ["Bars", "Cubes"]),
        ({"year": "5"}, ["Bars", "Cubes"]),
        ({"year": "2020"}, ["Dice"]),
        ({"q": "bars"}, ["Bars"]),
        ({"status": "draft"}, ["Cubes"]),
        ({"project": "of Bars"}, ["Bars"]),
    ],
)
@pytest.mark.parametrize("link", [0, 1], ids=["groups", "their sessions"])
def test_groups_and_sessions_that_leave_are_those_shown(
    log_in: Callable[[User], Client], address: dict[str, str], titles: list[str], link: int
) -> None:
    bars = create_work_group(title="Bars", sessions=1)
    create_work_group(title="Cubes", sessions=1, status="draft")
    create_work_group(title="Dice", sessions=1, year=2020)
    if "project" in address:
        address = {"project": str(bars.project_id)}

    shown, taken = shown_and_taken(log_in(create_hub_staff()), "/office/work-groups/", address, link)

    assert (sorted(one.title for one in shown), sorted(taken)) == (titles, titles)


@pytest.mark.parametrize(("address", "names"), [({}, ["Hall", "Library"]), ({"q": "hall"}, ["Hall"])])
def test_venues_that_leave_are_those_shown(
    log_in: Callable[[User], Client], address: dict[str, str], names: list[str]
) -> None:
    for name in ("Hall", "Library"):
        create_venue(name=name)

    shown, taken = shown_and_taken(log_in(create_hub_staff()), "/office/venues/", address)

    assert (sorted(one.name for one in shown), taken) == (names, names)


@pytest.mark.parametrize(
    ("address", "tos"),
    [
        ({}, ["a@x.example", "b@x.example"]),
        ({"q": "cancelled"}, ["a@x.example"]),
        ({"state": "held"}, ["a@x.example"]),
        ({"kind": "booked"}, ["a@x.example"]),
        ({"person": "its"}, ["a@x.example"]),
        ({"school": "its"}, ["a@x.example"]),
        ({"group": "its"}, ["a@x.example"]),
    ],
)
def test_mails_that_leave_are_those_shown(
    log_in: Callable[[User], Client], address: dict[str, str], tos: list[str]
) -> None:
    its = {"person": create_user(), "school": create_school(), "group": create_work_group()}
    about = {"person": its["person"], "school": its["school"], "work_group": its["group"]}
    Notice.objects.create(kind=next(iter(KINDS)), to="a@x.example", subject="Cancelled", state="held", **about)
    Notice.objects.create(kind="x", to="b@x.example", subject="Hello")
    if "kind" in address:
        address = {"kind": next(iter(KINDS))}
    address = {name: str(its[name].pk) if value == "its" else value for name, value in address.items()}

    client = log_in(create_hub_staff())
    profile = disclosures.save_profile(
        profile=None, list_code="mails", name="Return", columns=[("to", "", {})], by=create_hub_staff()
    )
    shown, taken = shown_and_taken(client, "/office/mail/", address | {"profile": str(profile.pk)})

    assert (sorted(one.to for one in shown), sorted(taken)) == (tos, tos)


@pytest.mark.parametrize(
    ("address", "titles"),
    [
        ({}, ["Bars", "Cubes"]),
        ({"year": "2020"}, ["Dice"]),
        ({"q": "cubes"}, ["Cubes"]),
        ({"state": "live"}, ["Bars"]),
        ({"state": "to_name"}, ["Bars"]),
        ({"state": "withdrawn"}, ["Cubes"]),
        ({"via": "telephone"}, ["Cubes"]),
    ],
)
def test_bookings_that_leave_are_those_shown(
    log_in: Callable[[User], Client], address: dict[str, str], titles: list[str]
) -> None:
    create_booking(work_group=create_work_group(title="Bars"), people=[None])
    gone = create_booking(work_group=create_work_group(title="Cubes"), people=1, via="telephone")
    places.withdraw(booking=gone, reason=Reason.COVER, by=gone.made_by)
    create_booking(work_group=create_work_group(title="Dice", year=2020), people=1)

    shown, taken = shown_and_taken(log_in(create_hub_staff()), "/office/bookings/", address)

    assert (sorted(one.work_group.title for one in shown), sorted(taken)) == (titles, titles)


@pytest.mark.parametrize(
    ("address", "titles"),
    [
        ({}, ["Bars", "Cubes"]),
        ({"state": ""}, ["Ago", "Bars", "Cubes"]),
        ({"state": "over"}, ["Ago"]),
        ({"state": "unsigned"}, ["Ago"]),
        ({"state": "undated"}, ["Undated"]),
        ({"state": "undated", "week": "2027-03-01"}, ["Undated"]),
        ({"state": "cancelled"}, ["Off"]),
        ({"week": "its"}, ["Bars"]),
        ({"week": "its", "year": "2020"}, ["Bars"]),
        ({"lead": "its"}, ["Bars"]),
        ({"venue": "its"}, ["Bars"]),
        ({"mode": "online"}, ["Cubes"]),
        ({"q": "library"}, ["Bars"]),
    ],
)
def test_sessions_that_leave_are_those_shown(
    log_in: Callable[[User], Client], address: dict[str, str], titles: list[str]
) -> None:
    lead, venue = create_user(), create_venue(name="Library")
    bars = create_session(work_group=create_work_group(sessions=0, title="Bars", leads=[lead]), days=3, venue=venue)
    create_session(work_group=create_work_group(sessions=0, title="Cubes"), days=30, mode="online")
    ago = create_session(work_group=create_work_group(sessions=0, title="Ago"), days=-3)
    create_came(session=ago, people=[lead])
    undated = create_work_group(sessions=0, title="Undated")
    create_session(work_group=undated, starts_at=None, ends_at=None, when_words="Spring")
    create_session(work_group=create_work_group(sessions=0, title="Off"), days=60, status="cancelled")
    its = {"week": f"{timezone.localdate(bars.starts_at)}", "lead": f"{lead.pk}", "venue": f"{venue.pk}"}
    address = {name: its[name] if value == "its" else value for name, value in address.items()}

    shown, taken = shown_and_taken(log_in(create_hub_staff()), "/office/sessions/", address)

    assert (sorted(one.work_group.title for one in shown), sorted(taken)) == (titles, titles)


def test_sessions_of_the_groups_shown_leave_whatever_their_venue_is_called(log_in: Callable[[User], Client]) -> None:
    create_session(work_group=create_work_group(sessions=0, title="Bars"))
    create_session(work_group=create_work_group(sessions=0, title="Cubes"), venue=create_venue(name="Bars and grill"))

    _, taken = shown_and_taken(log_in(create_hub_staff()), "/office/work-groups/", {"q": "bars"}, 1)

    assert taken == ["Bars"]


@pytest.mark.parametrize(
    ("address", "titles"),
    [
        ({}, ["Soon"]),
        ({"all": "1"}, ["Far", "Soon"]),
        ({"sort": "school"}, ["Soon"]),
    ],
)
def test_places_given_up_that_leave_are_those_shown(
    log_in: Callable[[User], Client], address: dict[str, str], titles: list[str]
) -> None:
    for title, days in (("Soon", 1), ("Far", 60)):
        group = create_work_group(title=title, sessions=0)
        create_session(work_group=group, days=days)
        gone = create_booking(work_group=group, people=1)
        places.withdraw(booking=gone, reason=Reason.ILLNESS, by=gone.made_by)

    shown, taken = shown_and_taken(log_in(create_hub_staff()), "/office/withdrawals/", address)

    assert (sorted(one.work_group.title for one in shown), sorted(taken)) == (titles, titles)


def test_places_given_up_for_one_reason_do_not_leave(log_in: Callable[[User], Client]) -> None:
    gone = create_booking(work_group=create_work_group(title="Bars", sessions=1), people=1)
    places.withdraw(booking=gone, reason=Reason.ILLNESS, by=gone.made_by)

    page = log_in(create_hub_staff()).get("/office/withdrawals/?all=1&reason=illness").text

    assert ("Bars" in page, "downloads" in page, "it stays on this page" in page) == (True, False, True)


def test_projects_and_dates_to_avoid_that_leave_are_those_shown(log_in: Callable[[User], Client]) -> None:
    project = create_work_group(title="Bars").project
    for name, first in (("Tests", "2027-05-10"), ("Long ago", "2020-05-10")):
        PhaseDates.objects.create(name=name, for_primary=True, first_on=first, last_on=first, source="Timetable")
    client = log_in(create_hub_staff())

    taken = []
    for page in ("/office/projects/", "/office/dates-to-avoid/?year=2026"):
        url = unescape(re.findall(r'class="downloads"><a href="([^"]*)"', client.get(page).text)[0])
        rows = b"".join(client.get(f"{url}&as=csv").streaming_content).decode("utf-8-sig")
        taken.append([row[0] for row in csv.reader(io.StringIO(rows))][1:])

    assert taken == [[project.title], ["Tests"]]


def test_passed_on_that_leaves_is_what_is_shown(log_in: Callable[[User], Client]) -> None:
    client = log_in(create_hub_staff())
    for why, to in (("funder", "NCETM"), ("school", "Oakfield")):
        client.post("/office/lists/people/", {"to": to, "why": why, "as": "csv"})

    shown = client.get("/office/passed-on/", {"status": "school"})
    url = unescape(re.findall(r'class="downloads"><a href="([^"]*)"', shown.text)[0])

    assert [one.to for one in shown.context["listing"].rows] == ["Oakfield"]
    assert client.get(url).context["count"] == 1
