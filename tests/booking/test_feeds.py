"""Calendar links: what each shows and to whom, and how little is sent when nothing has changed."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from django.utils.http import http_date, parse_http_date

from accounts.models import HistoryLine, School, User
from booking import feeds
from booking.actions import answers, places, programme
from booking.actions import feeds as actions
from booking.links import token_digest
from booking.models import Booking, CalendarEntry, CalendarFeed, Facilitation, Session, WorkGroup
from booking.models.places import Reason
from tests.calendars import events_of
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


def fetch(token: str, **headers: str) -> Any:
    return Client().get(f"/calendar/{token}.ics", headers={name.replace("_", "-"): it for name, it in headers.items()})


def events(response: HttpResponse) -> list[Any]:
    """The sessions of a file, after every reader has found the same in it."""
    return events_of(response.content)


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


def test_calendar_feed_statusesas_calendars_expect() -> None:
    _, _, kim, _ = oakfield()

    response = fetch(create_feed(kim))

    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'inline; filename="sessions.ics"'
    assert response["Cache-Control"] == "private, max-age=0, must-revalidate"
    assert response["X-Robots-Tag"] == "noindex"


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


def test_calendar_feed_that_returns_to_an_earlier_state_is_not_taken_for_unchanged() -> None:
    lena, school, kim, booking = oakfield()
    token = create_feed(lena, Kind.SCHOOL, school=school, shows_names=True)
    session = booking.work_group.sessions.earliest("number")
    feeds.first_seen.cache_clear()
    fetch(token)
    answers.answer(person=kim, session=session, answer=answers.CANNOT, by=kim)
    between = fetch(token)["Last-Modified"]
    answers.answer(person=kim, session=session, answer=answers.COMING, by=kim)
    later = http_date(parse_http_date(between) + 60)

    back = fetch(token, If_Modified_Since=later)

    assert back.status_code == 200


def test_calendar_feed_of_who_has_lost_the_place_holds_no_joining_link() -> None:
    _, _, kim, booking = oakfield()
    token = create_feed(kim)
    before = fetch(token).content
    places.withdraw(booking=booking, reason="other", by=booking.made_by)

    after = fetch(token).content.replace(b"\r\n ", b"")

    assert (b"meet.example/secret" in before.replace(b"\r\n ", b""), b"meet.example" in after) == (True, False)
    assert b"You are not expected at this session any more." in after
    assert b"3141" not in after


def test_calendar_feed_tells_the_next_session_of_a_new_task() -> None:
    _, _, kim, booking = oakfield(sessions=2)
    token = create_feed(kim)
    first, second = booking.work_group.sessions.order_by("number")
    Session.objects.update(changed_at=long_ago(1))  # a moment in a calendar has whole seconds
    CalendarEntry.objects.update(changed_at=long_ago(1))
    before = {str(event["UID"]): event for event in events(fetch(token))}

    programme.write_task(session=first, title="Sort and explain", body="", by=create_hub_staff())

    after = {str(event["UID"]): event for event in events(fetch(token))}
    changed = [uid for uid in after if after[uid]["LAST-MODIFIED"].dt > before[uid]["LAST-MODIFIED"].dt]
    assert [str(after[uid]["SUMMARY"]) for uid in changed] == [f"{booking.work_group}: session {second.number}"]
    assert "Sort and explain" in str(after[changed[0]]["DESCRIPTION"])


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
    _, _, kim, _ = oakfield()
    create_booking(work_group=create_work_group(sessions=1), people=1)

    response = fetch(create_feed(kim))

    mine = CalendarEntry.objects.filter(person=kim).order_by("session__starts_at")
    assert [str(event["UID"]) for event in events(response)] == [entry.uid for entry in mine]
    assert summaries(response) == ["Number facts: session 1", "Number facts: session 2"]
    assert "Join online: https://meet.example/secret" in descriptions(response)[0].splitlines()


def test_school_feed_counts_colleagues_and_shows_no_joining_link() -> None:
    lena, school, _, booking = oakfield()
    create_booking(work_group=booking.work_group, people=1)

    response = fetch(create_feed(lena, Kind.SCHOOL, school=school))

    assert descriptions(response) == ["Expected from Oakfield Primary: 1 colleague"] * 2
    assert [str(event["UID"]) for event in events(response)] == [
        session.uid for session in booking.work_group.sessions.all()
    ]


def test_school_feed_names_colleagues_where_the_school_says_so() -> None:
    lena, school, _, _ = oakfield()
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

    assert before == ["Number facts: session 1", "Number facts: session 2"]
    assert summaries(fetch(token)) == ["Number facts: session 1"]


@pytest.mark.parametrize("kind", [Kind.MINE, Kind.SCHOOL, Kind.LED])
def test_cancelled_session_says_so_for_thirty_days(kind: str) -> None:
    fran = create_user(name="Fran Lead")
    lena, school, kim, booking = oakfield(leads=[fran])
    owner = {Kind.MINE: kim, Kind.SCHOOL: lena, Kind.LED: fran}[Kind(kind)]
    token = create_feed(owner, kind, school=school if kind == Kind.SCHOOL else None)
    session = booking.work_group.sessions.get(number=2)
    programme.cancel_session(session=session, reason="Snow", by=create_hub_staff())

    seen = []
    for days in (29, 32):  # an hour either way, for the clocks may have changed in between
        Session.objects.filter(pk=session.pk).update(changed_at=long_ago(days))
        CalendarEntry.objects.filter(session=session).update(changed_at=long_ago(days))
        seen.append([(str(event["STATUS"]), str(event["SUMMARY"])) for event in events(fetch(token))])

    standing = ("CONFIRMED", "Number facts: session 1")
    assert seen == [[standing, ("CANCELLED", "Cancelled: Number facts: session 2")], [standing]]


def test_cancelled_session_gives_its_reason_and_nothing_else() -> None:
    _, _, kim, booking = oakfield(sessions=1)
    token = create_feed(kim)

    programme.cancel_session(session=booking.work_group.sessions.get(), reason="Snow", by=create_hub_staff())

    assert descriptions(fetch(token)) == ["Cancelled: Snow"]


def test_feed_reaches_back_to_the_beginning_of_the_school_year() -> None:
    _, _, kim, _ = oakfield(sessions=1)
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
        while WorkGroup.objects.count() < groups:
            create_booking(work_group=create_work_group(sessions=2, leads=[fran]), people=[kim], by=lena)
        with django_assert_max_num_queries(3):
            body = feeds.body(feed, now=now)
        assert body.count(b"BEGIN:VEVENT") == groups * 2


# ── A group's dates for anybody ───────────────────────────────────────────────────────────────────────────────────


def test_work_group_sessions_ics_is_for_anybody_and_names_nobody() -> None:
    oakfield()

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
    assert summaries(changed) == ["Number facts: session 1", "Cancelled: Number facts: session 2"]


def test_work_group_sessions_ics_of_a_draft_is_404() -> None:
    create_work_group(slug="draft", status=WorkGroup.Status.DRAFT)

    assert Client().get("/work-groups/draft/sessions.ics").status_code == 404


def test_work_group_sessions_ics_leaves_out_a_session_without_a_date() -> None:
    work_group = create_work_group(sessions=1, slug="number-facts")
    create_session(work_group=work_group, number=2, starts_at=None, ends_at=None, when_words="Some time in May")

    response = Client().get("/work-groups/number-facts/sessions.ics")

    assert len(events(response)) == 1
