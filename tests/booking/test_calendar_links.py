"""The page of calendar links: making them, making them anew, stopping them, and how a person wants to be told."""

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import Membership, User
from booking.actions import feeds as actions
from booking.models import CalendarFeed
from tests.booking.test_feeds import create_feed, fetch, oakfield
from tests.factories import create_lead, create_user

pytestmark = pytest.mark.django_db

Kind = CalendarFeed.Kind
LogIn = Callable[[User], Client]


# ── Making links ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_make_feed_twice_is_refused_in_words() -> None:
    kim = create_user()
    create_feed(kim)

    with pytest.raises(ValidationError, match="You already have this calendar link"):
        create_feed(kim)


@pytest.mark.parametrize("state", [Membership.State.REQUESTED, Membership.State.INVITED])
def test_make_feed_of_a_school_is_for_confirmed_leads(state: str) -> None:
    lena = create_lead(state=state)

    with pytest.raises(ValidationError, match="for those who book for the school"):
        create_feed(lena, Kind.SCHOOL, school=lena.memberships.get().school)


def test_make_feed_of_led_groups_is_for_those_who_lead_one() -> None:
    with pytest.raises(ValidationError, match="for those who lead a work group"):
        create_feed(create_user(), Kind.LED)


def test_revoke_feed_of_somebody_else_is_refused() -> None:
    kim = create_user()
    create_feed(kim)

    with pytest.raises(ValidationError, match="stopped already"):
        actions.revoke_feed(feed=kim.calendar_feeds.get(), by=create_user())


def test_choose_invites_by_link_needs_the_link() -> None:
    kim = create_user()

    with pytest.raises(ValidationError, match="Make your calendar link first"):
        actions.choose_invites(person=kim, choice=User.Invites.FEED)


def test_revoke_feed_mails_invites_again_to_who_used_the_link() -> None:
    kim = create_user()
    create_feed(kim)
    actions.choose_invites(person=kim, choice=User.Invites.FEED)

    actions.revoke_feed(feed=kim.calendar_feeds.get(), by=kim)

    kim.refresh_from_db()
    assert kim.invites == User.Invites.MAIL


# ── The page ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_calendar_links_shows_a_fresh_link_exactly_once(log_in: LogIn) -> None:
    _, _, kim, _ = oakfield()
    browser = log_in(kim)

    made = browser.post("/calendar/", {"do": "make", "kind": "mine"})
    first, second = [browser.get("/calendar/").content.decode() for _ in range(2)]

    assert (made.status_code, made["Location"]) == (302, "/calendar/")
    [path] = set(re.findall(r"http://127\.0\.0\.1:8000(/calendar/[\w-]+\.ics)", first))
    webcal = f"webcal://127.0.0.1:8000{path}"
    assert f'href="{webcal}"' in first
    assert f'href="https://calendar.google.com/calendar/r?cid={quote(webcal, safe="")}"' in first
    assert browser.get(path).status_code == 200
    assert re.findall(r"/calendar/[\w-]+\.ics", second) == []


def test_calendar_links_offers_what_each_person_may_read(log_in: LogIn) -> None:
    fran = create_user(name="Fran Lead")
    lena, _, kim, _ = oakfield(leads=[fran])

    offered = [
        re.findall(r'<h2 id="link-\d">(.*?)</h2>', log_in(person).get("/calendar/").content.decode())
        for person in (kim, lena, fran)
    ]

    assert offered == [["My sessions"], ["My sessions", "Oakfield Primary"], ["My sessions", "Work groups I lead"]]


def test_calendar_links_says_when_and_by_what_a_link_was_read(log_in: LogIn) -> None:
    _, _, kim, _ = oakfield()
    fetch(create_feed(kim), User_Agent="Google-Calendar-Importer")

    page = log_in(kim).get("/calendar/").content.decode()

    assert "by Google Calendar" in page


def test_calendar_links_makes_anew_and_stops(log_in: LogIn) -> None:
    _, _, kim, _ = oakfield()
    old = create_feed(kim)
    browser = log_in(kim)

    browser.post("/calendar/", {"do": "renew", "feed": kim.calendar_feeds.get().pk})
    fresh = kim.calendar_feeds.get(revoked_at__isnull=True)
    browser.post("/calendar/", {"do": "revoke", "feed": fresh.pk})

    assert fetch(old).status_code == 404
    assert kim.calendar_feeds.filter(revoked_at__isnull=True).count() == 0


def test_calendar_links_of_another_person_are_404(log_in: LogIn) -> None:
    _, _, kim, _ = oakfield()
    create_feed(kim)
    feed = kim.calendar_feeds.get()

    statuses = [
        log_in(create_user()).post("/calendar/", {"do": do, "feed": feed.pk}).status_code
        for do in ("renew", "revoke", "names")
    ]

    assert statuses == [404, 404, 404]


def test_calendar_links_names_colleagues_by_choice(log_in: LogIn) -> None:
    lena, school, _, _ = oakfield()
    browser = log_in(lena)

    browser.post("/calendar/", {"do": "make", "kind": "school", "school": school.pk, "names": "on"})
    feed = lena.calendar_feeds.get()
    browser.post("/calendar/", {"do": "names", "feed": feed.pk})

    assert [feed.shows_names, lena.calendar_feeds.get().shows_names] == [True, False]


def test_calendar_links_refuses_in_words(log_in: LogIn) -> None:
    _, _, kim, _ = oakfield()

    response = log_in(kim).post("/calendar/", {"do": "invites", "invites": "feed"}, follow=True)

    assert "Make your calendar link first" in response.content.decode()


def test_calendar_links_keeps_how_i_want_to_be_told(log_in: LogIn) -> None:
    _, _, kim, _ = oakfield()

    log_in(kim).post("/calendar/", {"do": "invites", "invites": "neither"})

    kim.refresh_from_db()
    assert kim.invites == User.Invites.NEITHER


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"do": "make", "kind": "school", "school": "999999999999999999999"},
        {"do": "make", "kind": "sch\x00ool"},
        {"do": "renew", "feed": "9" * 40},
        {"do": "renew", "feed": "²"},
        {"do": "make", "kind": "x" * 70_000},
    ],
)
def test_calendar_links_meets_odd_input_without_a_crash(log_in: LogIn, sent: dict[str, str]) -> None:
    response = log_in(create_user()).post("/calendar/", sent)

    assert response.status_code in (302, 404)
    assert CalendarFeed.objects.count() == 0


def test_calendar_links_says_how_slowly_calendars_look(log_in: LogIn) -> None:
    page = log_in(create_user()).get("/calendar/").content.decode()

    assert "Google looks every 4 to 24 hours, Outlook every 3 to 24" in page
    assert "urgent also comes by e-mail" in page
