"""The office's lists: filters and order stand in the address, and pages go on from a row."""

import base64
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import BouncedAddress, School, User
from booking.models import Booking, Session, Venue
from booking.models.places import Status
from booking.reports.keyset import Order, Spot, page_of
from booking.reports.lists import bookings, groups, people, schools, sessions, venues
from booking.reports.venues import coming_at
from tests.factories import (
    create_booking,
    create_facilitation,
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


@pytest.fixture
def office(log_in: Callable[[User], Client]) -> Client:
    return log_in(create_hub_staff(name="Olive Office"))


def walk(rows: list[str], start: dict[str, str]) -> tuple[list[list[str]], list[list[str]]]:
    """All pages of two of the venues, forwards and then back from the last."""
    forwards, backwards = [], []
    address = start
    for _ in range(len(rows) + 1):
        page = page_of(Venue.objects.all(), Spot.asked(address, venues.ORDERS), 2)
        forwards.append([one.name for one in page.rows])
        if not page.after:
            break
        address = start | {"after": page.after}
    while page.before:
        page = page_of(Venue.objects.all(), Spot.asked(start | {"before": page.before}, venues.ORDERS), 2)
        backwards.append([one.name for one in page.rows])
    return forwards, backwards


@pytest.mark.parametrize("way", ["up", "down"])
@pytest.mark.parametrize("sort", ["name", "town"])
def test_list_walked_forwards_and_back_shows_every_row_once_in_order(sort: str, way: str) -> None:
    names = ["Élan", 'A, "b"', "C'est", "C'est", "Z%", "É"]
    for number, name in enumerate(names):
        create_venue(name=name, town=f"T{number % 2}")
    whole = page_of(Venue.objects.all(), Spot.asked({"sort": sort, "way": way}, venues.ORDERS), 100)

    forwards, backwards = walk(names, {"sort": sort, "way": way})

    assert [name for page in forwards for name in page] == [one.name for one in whole.rows]
    assert backwards == forwards[-2::-1]
    assert sorted(one.name for one in whole.rows) == sorted(names)


def test_list_is_read_on_from_a_row_though_rows_are_added_or_have_gone() -> None:
    first, second, third = (create_venue(name=name) for name in ("B", "D", "F"))
    page = page_of(Venue.objects.all(), Spot.asked({}, venues.ORDERS), 2)
    create_venue(name="A")
    create_venue(name="E")
    second.delete()

    after = page_of(Venue.objects.all(), Spot.asked({"after": page.after}, venues.ORDERS), 2)

    assert [one.name for one in after.rows] == ["E", third.name]
    assert first.name == "B"


def packed(words: str) -> str:
    return base64.urlsafe_b64encode(words.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("words", "order"),
    [
        ("[" * 3000, bookings.SCHOOL),
        ('["\\ud800",1]', bookings.SCHOOL),
        ('["0001-01-01T00:00:00+14:00",1]', bookings.MADE),
    ],
    ids=["deep", "half a letter", "before all time"],
)
def test_list_with_a_token_that_no_row_has_begins_at_its_beginning(words: str, order: Order) -> None:
    booking = create_booking(work_group=create_work_group())

    page = page_of(Booking.objects.all(), Spot.asked({"after": packed(words), "sort": order.name}, bookings.ORDERS), 2)

    assert page.rows == [booking]


@pytest.mark.parametrize(
    "token", ["", "x", "bnVsbA", "W10", "WzEsMl0", "WyJhIiwiYiJd", "WyJhIiwxLDJd", "é", "A" * 5000]
)
def test_list_with_a_token_that_is_none_begins_at_its_beginning(token: str) -> None:
    create_venue(name="B")

    page = page_of(Venue.objects.all(), Spot.asked({"after": token}, venues.ORDERS), 2)

    assert [one.name for one in page.rows] == ["B"]


def test_list_of_moments_goes_on_where_it_ended() -> None:
    group = create_work_group(sessions=5)
    wanted = sessions.Wanted.asked({"year": str(group.year)})
    rows = sessions.rows(wanted)

    first = page_of(rows, Spot.asked({}, wanted.orders), 2)
    then = page_of(rows, Spot.asked({"after": first.after}, wanted.orders), 2)
    odd = Spot.asked({"after": "WyIyMDI2LTAxLTAxIiwxXQ"}, wanted.orders)  # a day is no moment

    numbers = [[one.starts_at for one in page.rows] for page in (first, then)]
    assert numbers[0][-1] is not None
    assert numbers[1][0] is not None
    assert numbers[0][-1] < numbers[1][0]
    assert odd.after == ()


def test_list_keeps_filters_when_sorted_and_paged(office: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(venues, "SIZE", 1)
    for name in ("Hall A", "Hall B", "Library"):
        create_venue(name=name)

    page = office.get("/office/venues/?q=hall&sort=name&way=up").content.decode()
    further = unescape(re.findall(r'href="\?([^"]*)" rel="next"', page)[0])
    second = office.get(f"/office/venues/?{further}").content.decode()

    assert re.findall(r'aria-sort="(\w+)"><a class="sorts" href="\?([^"]*)"', page) == [
        ("ascending", "q=hall&amp;sort=name&amp;way=down")
    ]
    assert further.startswith("q=hall&sort=name&way=up&after=")
    assert ["Hall A" in second, "Hall B" in second, 'rel="prev"' in second] == [False, True, True]


def test_bookings_are_filtered_by_state_words_and_year() -> None:
    lead = create_lead(school=create_school(name="Oakfield"))
    group = create_work_group(title="Bar models")
    first = create_booking(work_group=group, by=lead, people=[None])
    second = create_booking(work_group=create_work_group(title="Cubes"))
    Booking.objects.filter(pk=second.pk).update(status=Status.WITHDRAWN, ended_at=timezone.now())

    def found(**address: str) -> list[Booking]:
        return list(bookings.rows(bookings.Wanted.asked(address)).order_by("pk"))

    assert found() == [first, second]
    assert found(state="live") == [first]
    assert found(state="to_name") == [first]
    assert found(state="withdrawn") == [second]
    assert found(q="oakfield bar") == [first]
    assert found(q="oakfield cubes") == []
    assert found(year=str(group.year - 1)) == []
    assert found(via="telephone") == []


def test_bookings_page_counts_people_and_names_to_follow(office: Client) -> None:
    booking = create_booking(work_group=create_work_group(), people=1)
    create_booking(work_group=create_work_group(), people=[None, None])

    page = bookings.page(bookings.Wanted.asked({}), Spot.asked({"way": "up"}, bookings.ORDERS))
    shown = office.get("/office/bookings/").content.decode()

    assert [(one.people, one.to_name) for one in page.rows] == [(1, 0), (2, 2)]  # type: ignore[attr-defined]
    assert (shown.count('name="booking"'), "2 to name" in shown, booking.school.name in shown) == (2, True, True)


def test_sessions_are_filtered_by_week_lead_venue_mode_and_what_is_to_do() -> None:
    lead, hall = create_user(), create_venue()
    group, other = create_work_group(sessions=0, leads=[lead]), create_work_group(sessions=0)
    coming = create_session(work_group=group, days=8, venue=hall)
    online = create_session(work_group=other, days=20, mode="online")
    over = create_session(work_group=other, days=-8)
    undated = create_session(work_group=other, starts_at=None, ends_at=None, when_words="in spring")
    off = create_session(work_group=other, days=9, status="cancelled")
    over.attendances.create(person=create_user())

    def found(**address: str) -> list[Session]:
        wanted = sessions.Wanted.asked({"year": str(group.year), "state": ""} | address)
        return list(sessions.rows(wanted).order_by("pk"))

    assert found() == [coming, online, over]
    assert list(sessions.rows(sessions.Wanted.asked({})).order_by("pk")) == [coming, online]
    assert found(state="coming") == [coming, online]
    assert found(state="over") == found(state="unsigned") == [over]
    assert found(state="undated") == [undated]
    assert found(state="cancelled") == [off]
    assert found(lead=str(lead.pk)) == [coming]
    assert found(venue=str(hall.pk)) == [coming]
    assert found(mode="online") == [online]
    assert found(week=str(timezone.localdate() + timedelta(days=20))) == [online]
    assert found(week=str(timezone.localdate()), state="undated") == [undated]
    assert found(week="2026-06-31") == [coming, online, over]


def test_sessions_without_a_date_can_be_listed(office: Client) -> None:
    group = create_work_group(sessions=0, title="Some day")
    create_session(work_group=group, starts_at=None, ends_at=None, when_words="in spring")

    page = office.get("/office/sessions/", {"state": "undated", "sort": "when"}).content.decode()

    assert ("Some day" in page, "in spring" in page) == (True, True)


def test_groups_people_and_schools_are_filtered() -> None:
    lead = create_user(name="Fran Lovell")
    theirs = create_work_group()
    create_facilitation(work_group=create_work_group(), person=lead)
    booker = create_lead(school=create_school(name="Oakfield", la_code="856"))

    found = [list(people.rows(people.Wanted.asked({"part": part}))) for part in people.PARTS]

    assert list(groups.rows(groups.Wanted.asked({"project": str(theirs.project_id)}))) == [theirs]
    assert found == [[booker], [], [lead], []]
    assert [one.name for one in schools.rows(schools.Wanted.asked({"la": "856"}))] == ["Oakfield"]


def test_who_leads_until_a_day_to_come_leads_today() -> None:
    lead, group, today = create_user(name="Fran Lovell"), create_work_group(sessions=1), timezone.localdate()
    create_facilitation(work_group=group, person=lead, until=today + timedelta(days=1))
    create_facilitation(
        work_group=group, person=create_user(), since=today - timedelta(days=9), until=today - timedelta(days=1)
    )

    found = [people.rows(people.Wanted.asked({"part": "leads"})).get()]
    led = [one.work_group for one in sessions.rows(sessions.Wanted.asked({"lead": str(lead.pk)}))]

    assert (found, led) == ([lead], [group])


@pytest.mark.parametrize("words", ["st marys", "St. Mary’s", "ann saint mary's", "ANN@ST"])
def test_people_are_found_by_the_name_of_their_school_however_it_is_written(words: str) -> None:
    ann = create_lead(name="Ann", email="ann@st.example", school=create_school(name="St Mary's"))
    create_lead(name="Bob", email="bob@oak.example", school=create_school(name="Oak"))

    assert list(people.rows(people.Wanted.asked({"q": words}))) == [ann]


def test_venue_counts_what_is_to_come_there_as_its_page_does() -> None:
    hall, now = create_venue(), timezone.now()
    for status in ("draft", "published", "archived"):
        group = create_work_group(sessions=0, status=status)
        create_session(work_group=group, venue=hall, days=8)
        create_session(work_group=group, days=9, mode="online")

    counted = venues.rows(venues.Wanted()).get(pk=hall.pk).coming  # type: ignore[attr-defined]  # of the list

    assert (counted, len(coming_at(hall, now))) == (2, 2)


def test_schools_by_words_stand_best_first_on_every_page(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("Great Oak", "Oakfield", "Oak"):
        create_school(name=name)
    create_school(name="Oak Hall", status=School.Status.CLOSED)
    monkeypatch.setattr(schools, "SIZE", 2)
    wanted = schools.Wanted.asked({"q": "oak"})

    first = schools.page(wanted, Spot.asked({}, wanted.orders))
    second = schools.page(wanted, Spot.asked({"after": first.after}, wanted.orders))

    assert [one.name for one in (*first.rows, *second.rows)] == ["Oak", "Oakfield", "Great Oak", "Oak Hall"]


def test_chosen_people_are_written_to_once_and_who_cannot_be_is_said(office: Client) -> None:
    kim, closed = create_user(name="Kim", email="kim@oak.example"), create_user(is_active=False)
    none, bad = create_user(email=None), create_user(email="gone@oak.example")
    BouncedAddress.objects.create(address="gone@oak.example", code="5.1.1")
    booking = create_booking(work_group=create_work_group(), by=create_lead(email="lead@oak.example"))

    page = office.get(
        "/office/people/addresses/",
        {"person": [kim.pk, closed.pk, none.pk, bad.pk, "x"], "booking": [booking.pk]},
    ).content.decode()
    nobody = office.get("/office/people/addresses/").content.decode()

    assert "kim@oak.example,lead@oak.example" in page
    for why in ("is closed", "has no address", "mail to this address comes back"):
        assert why in page
    assert "Nobody is chosen" in nobody


def test_sessions_chosen_are_written_to_whoever_is_expected_there_once(office: Client) -> None:
    one = create_work_group(title="Bars", sessions=1)
    two = create_work_group(title="Cubes", sessions=1)
    lead = create_lead()
    ann, bea = (create_teacher(school=lead.memberships.get().school, name=name) for name in ("Ann", "Bea"))
    for group, who in ((one, [ann]), (two, [ann, bea])):
        create_booking(work_group=group, people=who, by=lead)
    create_booking(work_group=create_work_group(sessions=1), people=1)

    chosen = [str(group.sessions.get().pk) for group in (one, two)]
    page = office.get("/office/people/addresses/", {"session": chosen})

    assert [person.name for person in page.context["chosen"].reached] == ["Ann", "Bea"]


def test_schools_ticked_are_invited_to_a_group_and_closed_ones_cannot_be(office: Client) -> None:
    group = create_work_group(title="Bars", recruitment="invitation")
    ash, elm = create_school(name="Oak ash"), create_school(name="Oak elm")
    closed = create_school(name="Oak closed", status=School.Status.CLOSED)

    shut = office.post("/office/schools/?q=oak", {"group": group.pk, "schools": [closed.pk]})
    done = office.post("/office/schools/?q=oak", {"group": group.pk, "schools": [ash.pk, elm.pk]})

    assert "The list has changed. Choose again." in shut.text
    assert (done.status_code, done.url) == (302, "/office/schools/?q=oak")  # type: ignore[attr-defined]
    rules = group.school_rules.order_by("school__name").values_list("school", "kind", "reason")
    assert list(rules) == [(one.pk, "only", "Chosen in the list of schools") for one in (ash, elm)]


def test_schools_are_ticked_only_where_a_group_invites(office: Client) -> None:
    create_school(name="Ash")

    assert "Those ticked" not in office.get("/office/schools/").text
