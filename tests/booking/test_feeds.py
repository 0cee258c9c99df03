"""Calendar links: what each shows and to whom, how little is sent when nothing changed, and the page that makes them."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import icalendar
import pytest
import vobject
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from django.utils.http import http_date

from accounts.models import HistoryLine, Membership, School, User
from booking import feeds
from booking.actions import answers, places, programme
from booking.actions import feeds as actions
from booking.links import token_digest
from booking.models import Booking, CalendarEntry, CalendarFeed, Facilitation, Session, WorkGroup
from booking.models.places import Reason
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_session,
    create_teacher,
    create_user,
    create_work_group,
)

pytestmark = pytest.mark.django_db

Kind = CalendarFeed.Kind
LogIn = Callable[[User], Client]


def fetch(token: str, **headers: str) -> Any:
    return Client().get(f"/calendar/{token}.ics", headers={name.replace("_", "-"): it for name, it in headers.items()})


def events(response: HttpResponse) -> list[Any]:
    """The sessions of a file as icalendar reads them; vobject reads it too, and counts the same."""
    found = icalendar.Calendar.from_ical(response.content).walk("VEVENT")
    assert len(getattr(vobject.readOne(response.content.decode()), "vevent_list", [])) == len(found)
    return found


def summaries(response: HttpResponse) -> list[str]:
    return [str(event["SUMMARY"]) for event in events(response)]


def descriptions(response: HttpResponse) -> list[str]:
    return [str(event["DESCRIPTION"]) for event in events(response)]


def create_feed(owner: User, kind: str = Kind.MINE, **fields: Any) -> str:
    """A calendar link made through the action; its token."""
    return actions.make_feed(owner=owner, kind=kind, **fields)[1]


def oakfield(*, sessions: int = 2, **fields: Any) -> tuple[User, School, User, Booking]:
    """Lena books for Oakfield and has booked Kim on "Number facts"."""
    lena = create_lead(name="Lena Lead")
    school = lena.memberships.get().school
    School.objects.filter(pk=school.pk).update(name="Oakfield Primary")
    school.refresh_from_db()
    kim = create_teacher(school=school, name="Kim Brown")
    work_group = create_work_group(sessions=sessions, title="Number facts", slug="number-facts", **fields)
    Session.objects.filter(work_group=work_group).update(
        mode=Session.Mode.HYBRID, link="https://meet.example/secret", joining_notes="Passcode 3141"
    )
    return lena, school, kim, create_booking(work_group=work_group, people=[kim], by=lena)


def long_ago(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


# ── Reading a link ────────────────────────────────────────────────────────────────────────────────────────────────


def test_calendar_feed_answers_as_calendars_expect() -> None:
    _, _, kim, _ = oakfield()

    response = fetch(create_feed(kim))

    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'inline; filename="sessions.ics"'
    assert response["Cache-Control"] == "private, max-age=0, must-revalidate"
    assert response["X-Robots-Tag"] == "noindex"
    assert "Vary" not in response or "Cookie" not in response["Vary"]


def test_calendar_feed_says_its_name_colour_and_how_often_to_look() -> None:
    _, _, kim, _ = oakfield()

    text = fetch(create_feed(kim)).content.decode()

    head = text.partition("BEGIN:VTIMEZONE")[0].split("\r\n")
    assert sorted(line for line in head if line) == [
        "BEGIN:VCALENDAR",
        "COLOR:darkblue",
        "NAME:Maths Hub: my sessions",
        "PRODID:-//Maths Hub//Work groups//EN",
        "REFRESH-INTERVAL;VALUE=DURATION:PT4H",
        "VERSION:2.0",
        "X-PUBLISHED-TTL:PT4H",
        "X-WR-CALNAME:Maths Hub: my sessions",
    ]


def test_calendar_feed_has_no_method_no_addresses_and_says_when_each_session_changed() -> None:
    _, _, kim, _ = oakfield()

    response = fetch(create_feed(kim))

    assert re.findall(rb"METHOD|ORGANIZER|ATTENDEE|@school\.example", response.content) == []
    assert [("SEQUENCE" in event, "LAST-MODIFIED" in event) for event in events(response)] == [(True, True)] * 2


def test_calendar_feed_bytes_stay_the_same_while_nothing_changes() -> None:
    _, _, kim, _ = oakfield()
    token = create_feed(kim)

    assert fetch(token).content == fetch(token).content


@pytest.mark.parametrize("match", ["{etag}", "W/{etag}", '"other", {etag}', 'W/"other",W/{etag}', "*"])
def test_calendar_feed_unchanged_is_304_without_a_body(match: str) -> None:
    _, _, kim, _ = oakfield()
    token = create_feed(kim)
    etag = fetch(token)["ETag"]

    response = fetch(token, If_None_Match=match.format(etag=etag))

    assert (response.status_code, response.content, response["ETag"]) == (304, b"", etag)


def test_calendar_feed_304_costs_two_queries(django_assert_num_queries: Any) -> None:
    lena, school, kim, _ = oakfield(sessions=6)
    [mine, ours] = [create_feed(kim), create_feed(lena, Kind.SCHOOL, school=school)]
    etags = [fetch(token)["ETag"] for token in (mine, ours)]

    with django_assert_num_queries(2):
        fetch(mine, If_None_Match=etags[0])
    with django_assert_num_queries(3):
        fetch(ours, If_None_Match=etags[1])


def test_calendar_feed_if_none_match_wins_over_if_modified_since() -> None:
    _, _, kim, _ = oakfield()
    token = create_feed(kim)
    modified = fetch(token)["Last-Modified"]

    alone = fetch(token, If_Modified_Since=modified)
    both = fetch(token, If_Modified_Since=modified, If_None_Match='"another"')
    earlier = fetch(token, If_Modified_Since=http_date(long_ago(1).timestamp()))

    assert [alone.status_code, both.status_code, earlier.status_code] == [304, 200, 200]


def test_calendar_feed_head_has_the_headers_and_no_body() -> None:
    _, _, kim, _ = oakfield()
    token = create_feed(kim)

    response = Client().head(f"/calendar/{token}.ics")

    assert (response.status_code, response.content) == (200, b"")
    assert response["ETag"] == fetch(token)["ETag"]


def test_calendar_feed_is_compressed_for_who_asks() -> None:
    _, _, kim, _ = oakfield()

    response = fetch(create_feed(kim), Accept_Encoding="gzip")

    assert response["Content-Encoding"] == "gzip"
    assert response["ETag"].startswith("W/")


def changes() -> list[Any]:
    """Everything that changes what Kim, Oakfield or the group's lead would read."""

    def move(booking: Booking) -> None:
        session = booking.work_group.sessions.get(number=1)
        plan = {**vars(programme.SessionPlan.of(session)), "bring": "Cubes"}
        programme.change_session(session=session, plan=programme.SessionPlan(**plan), by=create_hub_staff())

    def call_off(booking: Booking) -> None:
        session = booking.work_group.sessions.get(number=2)
        programme.cancel_session(session=session, reason="Snow", by=create_hub_staff())

    def set_a_task(booking: Booking) -> None:
        session = booking.work_group.sessions.get(number=1)
        programme.write_task(session=session, title="Sort and explain", body="", by=create_hub_staff())

    def rename_group(booking: Booking) -> None:
        group = WorkGroup.objects.get(pk=booking.work_group_id)
        group.title = "Number facts to 20"
        leads = list(User.objects.filter(facilitations__work_group=group))
        programme.save_work_group(work_group=group, leads=leads, by=create_hub_staff())

    return [pytest.param(change, id=change.__name__) for change in (move, call_off, set_a_task, rename_group)]


@pytest.mark.parametrize("change", changes())
@pytest.mark.parametrize("kind", [Kind.MINE, Kind.SCHOOL, Kind.LED])
def test_calendar_feed_etag_follows_what_is_shown(kind: str, change: Callable[[Booking], None]) -> None:
    fran = create_user(name="Fran Lead")
    lena, school, kim, booking = oakfield(leads=[fran])
    token = {
        Kind.MINE: lambda: create_feed(kim),
        Kind.SCHOOL: lambda: create_feed(lena, Kind.SCHOOL, school=school),
        Kind.LED: lambda: create_feed(fran, Kind.LED),
    }[Kind(kind)]()
    before = fetch(token)

    change(booking)
    after = fetch(token, If_None_Match=before["ETag"])

    assert after.status_code == 200
    assert after["ETag"] != before["ETag"]


def test_calendar_feed_etag_follows_a_place_given_up() -> None:
    lena, school, _, booking = oakfield()
    token = create_feed(lena, Kind.SCHOOL, school=school)
    before = fetch(token)

    places.withdraw(booking=booking, reason=Reason.OTHER, by=lena)
    after = fetch(token, If_None_Match=before["ETag"])

    assert (len(events(before)), len(events(after))) == (2, 0)


def test_calendar_feed_noted_at_most_hourly() -> None:
    _, _, kim, _ = oakfield()
    token = create_feed(kim)
    fetch(token, User_Agent="Google-Calendar-Importer\x07" + "x" * 200)
    feed = CalendarFeed.objects.get()
    first = feed.fetched_at

    fetch(token, User_Agent="Thunderbird")
    unchanged = CalendarFeed.objects.get()
    CalendarFeed.objects.update(fetched_at=timezone.now() - timedelta(minutes=61))
    fetch(token, User_Agent="Mozilla/5.0 Thunderbird/140.0")

    assert (unchanged.fetched_at, unchanged.fetched_by) == (first, ("Google-Calendar-Importer" + "x" * 200)[:120])
    assert CalendarFeed.objects.get().fetched_by == "Mozilla/5.0 Thunderbird/140.0"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Google-Calendar-Importer", "Google Calendar"),
        ("Microsoft.Exchange/15.20 (compatible)", "Outlook"),
        ("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)", "Outlook"),
        ("macOS/15.1 (24B83) dataaccessd/1.0", "Apple Calendar"),
        ("iOS/18.1 (22B83) accountsd/1.0", "Apple Calendar"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.0", "Thunderbird"),
        ("ICSx5/2.2 (ical4android)", "an Android calendar"),
        ("Mozilla/5.0 (Windows NT 10.0) Firefox/140.0", "a web browser"),
        ("", "another program"),
    ],
)
def test_client_name_is_what_people_call_it(user_agent: str, name: str) -> None:
    assert feeds.client_name(user_agent) == name


# ── Who reads what ────────────────────────────────────────────────────────────────────────────────────────────────


def test_token_is_32_random_bytes_of_which_only_a_digest_is_kept() -> None:
    kim = create_user()

    feed, token = actions.make_feed(owner=kim, kind=Kind.MINE)

    assert len(token) == 43
    assert feed.digest == token_digest(token)
    assert token not in repr(list(CalendarFeed.objects.values())) + repr(list(HistoryLine.objects.values()))


def test_calendar_feed_unknown_revoked_or_of_a_closed_account_is_404() -> None:
    kim, sam = create_user(), create_user()
    revoked, closed = create_feed(kim), create_feed(sam)

    actions.revoke_feed(feed=kim.calendar_feeds.get(), by=kim)
    User.objects.filter(pk=sam.pk).update(is_active=False)

    assert [fetch(token).status_code for token in ("unknown", revoked, closed)] == [404, 404, 404]


def test_calendar_feed_made_anew_stops_the_old_address() -> None:
    kim = create_user()
    old = create_feed(kim)

    feed, new = actions.renew_feed(feed=kim.calendar_feeds.get(), by=kim)

    assert [fetch(old).status_code, fetch(new).status_code] == [404, 200]
    assert list(kim.calendar_feeds.filter(revoked_at__isnull=True)) == [feed]


def test_school_feed_is_lost_by_who_no_longer_books_for_the_school() -> None:
    lena, school, _, _ = oakfield()
    token = create_feed(lena, Kind.SCHOOL, school=school)
    before = fetch(token).status_code

    lena.memberships.get().end(timezone.now())

    assert [before, fetch(token).status_code] == [200, 404]


def test_my_feed_holds_my_own_sessions_with_the_uid_of_my_invites() -> None:
    _, _, kim, booking = oakfield()
    create_booking(work_group=create_work_group(sessions=1), people=1)

    response = fetch(create_feed(kim))

    mine = CalendarEntry.objects.filter(person=kim).order_by("session__starts_at")
    assert [str(event["UID"]) for event in events(response)] == [entry.uid for entry in mine]
    assert summaries(response) == ["Number facts: session 1 of 2", "Number facts: session 2 of 2"]
    assert "Join online: https://meet.example/secret" in descriptions(response)[0].splitlines()


def test_school_feed_counts_colleagues_and_shows_no_joining_link() -> None:
    lena, school, kim, booking = oakfield()
    create_booking(work_group=booking.work_group, people=1)

    response = fetch(create_feed(lena, Kind.SCHOOL, school=school))

    assert descriptions(response) == ["Expected from Oakfield Primary: 1 colleague"] * 2
    assert [str(event["UID"]) for event in events(response)] == [
        session.uid for session in booking.work_group.sessions.all()
    ]


def test_school_feed_names_colleagues_where_the_school_says_so() -> None:
    lena, school, kim, booking = oakfield()
    token = create_feed(lena, Kind.SCHOOL, school=school)

    actions.choose_names(feed=lena.calendar_feeds.get(), shows_names=True, by=lena)

    assert descriptions(fetch(token)) == ["Expected from Oakfield Primary: Kim Brown"] * 2


def test_school_feed_no_longer_expects_who_cannot_come() -> None:
    lena, school, kim, booking = oakfield()
    token = create_feed(lena, Kind.SCHOOL, school=school, shows_names=True)

    answers.answer(person=kim, session=booking.work_group.sessions.get(number=1), answer=answers.CANNOT, by=kim)

    assert descriptions(fetch(token)) == [
        "Expected from Oakfield Primary: nobody at present",
        "Expected from Oakfield Primary: Kim Brown",
    ]


def test_led_feed_holds_the_sessions_of_my_part_alone() -> None:
    fran = create_user(name="Fran Lead")
    _, _, _, booking = oakfield(leads=[fran])
    create_work_group(sessions=1, title="Somebody else's")
    token = create_feed(fran, Kind.LED)
    before = summaries(fetch(token))

    first = booking.work_group.sessions.get(number=1)
    Facilitation.objects.update(until=timezone.localdate(first.starts_at))

    assert before == ["Number facts: session 1 of 2", "Number facts: session 2 of 2"]
    assert summaries(fetch(token)) == ["Number facts: session 1 of 2"]


@pytest.mark.parametrize("kind", [Kind.MINE, Kind.SCHOOL, Kind.LED])
def test_cancelled_session_says_so_for_thirty_days(kind: str) -> None:
    fran = create_user(name="Fran Lead")
    lena, school, kim, booking = oakfield(leads=[fran])
    owner = {Kind.MINE: kim, Kind.SCHOOL: lena, Kind.LED: fran}[Kind(kind)]
    token = create_feed(owner, kind, school=school if kind == Kind.SCHOOL else None)
    session = booking.work_group.sessions.get(number=2)
    programme.cancel_session(session=session, reason="Snow", by=create_hub_staff())

    seen = []
    for days in (30, 31):
        Session.objects.filter(pk=session.pk).update(changed_at=long_ago(days))
        CalendarEntry.objects.filter(session=session).update(changed_at=long_ago(days))
        seen.append([(str(event["STATUS"]), str(event["SUMMARY"])) for event in events(fetch(token))])

    standing = ("CONFIRMED", "Number facts: session 1 of 2")
    assert seen == [[standing, ("CANCELLED", "Cancelled: Number facts: session 2 of 2")], [standing]]


def test_cancelled_session_gives_its_reason_and_nothing_else() -> None:
    _, _, kim, booking = oakfield(sessions=1)
    token = create_feed(kim)

    programme.cancel_session(session=booking.work_group.sessions.get(), reason="Snow", by=create_hub_staff())

    assert descriptions(fetch(token)) == ["Cancelled: Snow"]


def test_feed_reaches_back_to_the_beginning_of_the_school_year() -> None:
    _, _, kim, booking = oakfield(sessions=1)
    feed, _ = actions.make_feed(owner=kim, kind=Kind.MINE)
    zone = timezone.get_default_timezone()

    for day, expected in ((datetime(2026, 9, 1, 13, tzinfo=zone), 1), (datetime(2026, 8, 31, 13, tzinfo=zone), 0)):
        Session.objects.update(starts_at=day, ends_at=day + timedelta(hours=2))
        body = feeds.body(feed, now=datetime(2027, 7, 20, 9, tzinfo=zone))
        assert body.count(b"BEGIN:VEVENT") == expected


@pytest.mark.parametrize("kind", [Kind.MINE, Kind.SCHOOL, Kind.LED])
def test_feed_body_costs_the_same_for_one_group_as_for_three(kind: str, django_assert_max_num_queries: Any) -> None:
    fran = create_user(name="Fran Lead")
    lena, school, kim, _ = oakfield(leads=[fran])
    owner = {Kind.MINE: kim, Kind.SCHOOL: lena, Kind.LED: fran}[Kind(kind)]
    feed, _ = actions.make_feed(owner=owner, kind=kind, school=school if kind == Kind.SCHOOL else None)
    now = timezone.now()

    for groups in (1, 3):
        while owner.pk and Session.objects.count() < groups * 2:
            create_booking(work_group=create_work_group(sessions=2, leads=[fran]), people=[kim], by=lena)
        with django_assert_max_num_queries(3):
            body = feeds.body(CalendarFeed.objects.select_related("owner", "school").get(pk=feed.pk), now=now)
        assert body.count(b"BEGIN:VEVENT") == groups * 2


# ── A group's dates for anybody ───────────────────────────────────────────────────────────────────────────────────


def test_work_group_sessions_ics_is_for_anybody_and_names_nobody() -> None:
    _, _, _, booking = oakfield()

    response = Client().get("/work-groups/number-facts/sessions.ics")

    assert response["Content-Disposition"] == 'inline; filename="number-facts.ics"'
    assert len(events(response)) == 2
    assert re.findall(rb"meet\.example|3141|Kim|Lena|Oakfield", response.content) == []


def test_work_group_sessions_ics_unchanged_is_304_and_follows_a_change() -> None:
    _, _, _, booking = oakfield()
    address = "/work-groups/number-facts/sessions.ics"
    etag = Client().get(address)["ETag"]
    unchanged = Client().get(address, headers={"If-None-Match": etag})

    session = booking.work_group.sessions.get(number=2)
    programme.cancel_session(session=session, reason="Snow", by=create_hub_staff())
    changed = Client().get(address, headers={"If-None-Match": etag})

    assert [unchanged.status_code, changed.status_code] == [304, 200]
    assert summaries(changed) == ["Number facts: session 1 of 2", "Cancelled: Number facts: session 2 of 2"]


def test_work_group_sessions_ics_of_a_draft_is_404() -> None:
    create_work_group(slug="draft", status=WorkGroup.Status.DRAFT)

    assert Client().get("/work-groups/draft/sessions.ics").status_code == 404


def test_work_group_sessions_ics_leaves_out_a_session_without_a_date() -> None:
    work_group = create_work_group(sessions=1, slug="number-facts")
    create_session(work_group=work_group, number=2, starts_at=None, ends_at=None, when_words="Some time in May")

    response = Client().get("/work-groups/number-facts/sessions.ics")

    assert len(events(response)) == 1


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
    assert ".ics" not in second


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

    answers_ = [
        log_in(create_user()).post("/calendar/", {"do": do, "feed": feed.pk}).status_code
        for do in ("renew", "revoke", "names")
    ]

    assert answers_ == [404, 404, 404]


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
