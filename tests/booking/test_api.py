"""What other systems read: the programme for anybody, the rest by a key, and never more than the key reads."""

import json
import sqlite3
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, get_args

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from booking.api import access, programme
from booking.api.root import api
from booking.api.schemas import BookingStatus, GroupStatus, MarkOut, Phase
from booking.models import ApiKey, Booking, Disclosure, Mark, Session, WorkGroup
from booking.models.places import Status
from booking.models.programme import PHASES
from booking.personal.passed_on import passed_on_about
from tests.factories import (
    create_api_key,
    create_booking,
    create_came,
    create_ended_group,
    create_hub_staff,
    create_lead,
    create_session,
    create_teacher,
    create_user,
    create_venue,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)

KEYED = ("/api/v1/bookings", "/api/v1/bookings/1", "/api/v1/attendance")


def answer_to(address: str, token: str, query: dict[str, Any]) -> Any:
    return Client().get(address, query, headers={"Authorization": f"Bearer {token}"} if token else {})


def ask(address: str, token: str = "", **query: Any) -> Any:
    """What is answered, read as JSON; a refusal too."""
    return json.loads(answer_to(address, token, query).content)


def status(address: str, token: str = "", **query: Any) -> int:
    return int(answer_to(address, token, query).status_code)


def test_programme_is_read_without_a_key() -> None:
    group = create_work_group(sessions=0, title="Bar models", capacity=20)
    session = create_session(work_group=group, venue=create_venue(name="Kestrel Hill"), link="https://meet.example/1")

    page = ask("/api/v1/work-groups")
    whole = ask(f"/api/v1/work-groups/{group.slug}")

    assert ([one["slug"] for one in page["items"]], page["next"]) == ([group.slug], None)
    assert (whole["title"], whole["places_left"], whole["booking"]) == ("Bar models", 20, "open")
    assert [(one["id"], one["venue"]["name"]) for one in whole["sessions"]] == [(session.pk, "Kestrel Hill")]
    assert ask(f"/api/v1/sessions/{session.pk}") == whole["sessions"][0]
    assert "meet.example" not in json.dumps([page, whole, ask("/api/v1/sessions")])


def test_programme_leaves_out_drafts_and_their_sessions() -> None:
    draft = create_work_group(status=WorkGroup.Status.DRAFT, sessions=1)

    assert status(f"/api/v1/sessions/{draft.sessions.get().pk}") == 404
    assert ask("/api/v1/work-groups")["items"] == []
    assert ask("/api/v1/sessions")["items"] == []
    assert status(f"/api/v1/work-groups/{draft.slug}") == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"phase": "secondary"}, ["Proof"]),
        ({"phase": "primary"}, ["Bar models"]),
        ({"status": "cancelled"}, []),
        ({"year": 2001}, []),
    ],
)
def test_programme_is_narrowed(query: dict[str, Any], found: list[str]) -> None:
    create_work_group(title="Bar models", for_primary=True, for_secondary=False)
    create_work_group(title="Proof", for_primary=False, for_secondary=True)

    assert [one["title"] for one in ask("/api/v1/work-groups", **query)["items"]] == found


def test_sessions_that_changed_since_a_moment() -> None:
    group = create_work_group(sessions=0)
    old, new = create_session(work_group=group), create_session(work_group=group, number=2)
    moment = timezone.now() - timedelta(days=1)
    Session.objects.filter(pk=old.pk).update(changed_at=moment - timedelta(hours=1))

    page = ask("/api/v1/sessions", changed_since=moment.isoformat())

    assert [one["id"] for one in page["items"]] == [new.pk]


def test_pages_go_on_after_a_row_until_there_is_no_next() -> None:
    groups = [create_work_group() for _ in range(5)]
    seen, address = [], "/api/v1/work-groups?limit=2"

    while address:
        page = ask(address)
        seen += [one["slug"] for one in page["items"]]
        address = (page["next"] or "").removeprefix("http://localhost:8000")

    assert seen == [group.slug for group in groups]


def test_programme_may_be_read_by_another_site_and_kept_for_a_minute() -> None:
    answer = Client().get("/api/v1/work-groups")

    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cache-Control"] == "public, max-age=60"


@pytest.mark.parametrize("address", KEYED)
def test_without_a_key_that_is_in_force_there_is_no_answer(address: str) -> None:
    over, gone = create_api_key(attendance=True), create_api_key(attendance=True)
    ApiKey.objects.filter(pk=over[0].pk).update(ends_on=timezone.localdate() - timedelta(days=1))
    ApiKey.objects.filter(pk=gone[0].pk).update(ended_at=timezone.now())

    answers = [status(address, token) for token in ("", "hub_nonsense", over[1], gone[1])]
    refused = Client().get(address)

    assert answers == [401, 401, 401, 401]
    assert (refused["WWW-Authenticate"], refused["Content-Type"]) == ("Bearer", "application/problem+json")
    assert refused["Cache-Control"] == "no-store"
    assert "Authorization" in refused["Vary"].split(", ")


@pytest.mark.parametrize("address", KEYED)
def test_a_log_in_is_no_key(address: str) -> None:
    client = Client()
    client.force_login(create_hub_staff())

    assert client.get(address).status_code == 401


def test_a_key_opens_what_it_reads_and_nothing_else() -> None:
    _, bookings = create_api_key()
    _, attendance = create_api_key(bookings=False, attendance=True)

    assert (status("/api/v1/bookings", bookings), status("/api/v1/attendance", bookings)) == (200, 403)
    assert (status("/api/v1/bookings", attendance), status("/api/v1/attendance", attendance)) == (403, 200)


def test_bookings_without_names_are_numbers() -> None:
    lead = create_lead(name="Lena Marsh")
    kim = create_teacher(school=lead.memberships.get().school, name="Kim Patel")
    booking = create_booking(work_group=create_work_group(), by=lead, people=[kim, None])
    _, token = create_api_key()

    page = ask("/api/v1/bookings", token)
    one = ask(f"/api/v1/bookings/{booking.pk}", token)

    assert page["items"] == [one]
    assert (one["school"]["name"], one["status"]) == (booking.school.name, "confirmed")
    assert [place["person"] for place in one["places"]] == [{"id": kim.pk, "name": None, "email": None}, None]
    assert not any(word in json.dumps(page) for word in ("Kim", "Lena", "@"))
    assert Disclosure.objects.count() == 0


def test_names_that_a_key_reads_are_written_down_once_a_day() -> None:
    lead = create_lead()
    kim = create_teacher(school=lead.memberships.get().school, name="Kim Patel", email="kim@oak.example")
    booking = create_booking(work_group=create_work_group(title="Bar models"), by=lead, people=[kim])
    key, token = create_api_key(people=True)

    for _ in range(3):
        page = ask("/api/v1/bookings", token)
    ask("/api/v1/bookings", token, work_group=booking.work_group.slug)

    assert page["items"][0]["places"][0]["person"] == {"id": kim.pk, "name": "Kim Patel", "email": "kim@oak.example"}
    lines = Disclosure.objects.order_by("pk").values_list("title", "filters", "rows", "to", "key")
    assert list(lines) == [
        ("Bookings, read by a key", "", 3, "Oakfield Trust", key.pk),
        ("Bookings, read by a key", "Bar models", 1, "Oakfield Trust", key.pk),
    ]


def test_attendance_says_what_the_register_says_and_not_why() -> None:
    group, people = create_ended_group(people=2)
    session = group.sessions.get()
    row = session.attendances.get(person=people[0])
    row.standing_mark = Mark.objects.create(
        attendance=row, what="apologies", at=timezone.now(), reason="illness", note="Has a cold"
    )
    row.save()
    _, token = create_api_key(bookings=False, attendance=True)

    page = ask("/api/v1/attendance", token, session=session.pk)

    marks = {one["person"]["id"]: one["mark"] for one in page["items"]}
    assert marks[people[0].pk] == "apologies"
    assert not any(word in json.dumps(page) for word in ("illness", "cold"))


def test_attendance_of_what_has_not_begun_is_not_told() -> None:
    booking = create_booking(work_group=create_work_group())
    _, token = create_api_key(bookings=False, attendance=True)

    assert booking.places.exists()
    assert ask("/api/v1/attendance", token)["items"] == []


def test_a_mark_that_was_cleared_is_no_mark() -> None:
    session = create_session(work_group=create_work_group(sessions=0), days=-7)
    create_came(session=session, people=[create_user()], what="cleared")
    _, token = create_api_key(bookings=False, attendance=True)

    assert [one["mark"] for one in ask("/api/v1/attendance", token)["items"]] == [None]


@pytest.mark.parametrize(
    ("address", "query"),
    [
        ("/api/v1/work-groups", {"year": "last"}),
        ("/api/v1/work-groups", {"year": 10**30}),
        ("/api/v1/work-groups", {"limit": 0}),
        ("/api/v1/work-groups", {"limit": 501}),
        ("/api/v1/work-groups", {"after": 2**63}),
        ("/api/v1/work-groups", {"after": -1}),
        ("/api/v1/work-groups", {"status": "draft"}),
        ("/api/v1/sessions", {"changed_since": "2026-11-25T10:00:00"}),
        ("/api/v1/sessions", {"changed_since": "yesterday"}),
        ("/api/v1/sessions", {"changed_since": "0001-01-01T00:00:00+14:00"}),
        ("/api/v1/sessions", {"changed_since": "9999-12-31T23:59:59-14:00"}),
        ("/api/v1/sessions", {"starts_from": "2101-01-01T00:00:00Z"}),
        ("/api/v1/sessions", {"work_group": "x" * 121}),
    ],
)
def test_a_question_that_is_not_understood_is_refused_in_a_sentence(address: str, query: dict[str, Any]) -> None:
    refused = ask(address, **query)

    assert (refused["status"], refused["title"]) == (422, "The question is not understood")
    assert refused["detail"].startswith(f"{next(iter(query))}: ")


@pytest.mark.parametrize(
    "address", ["/api/v1/nothing", "/api/v1/work-groups/none", "/api/v1/a/b/c", "/api/v1/sessions/99999999999999999999"]
)
def test_nothing_at_an_address_is_said_as_a_problem(address: str) -> None:
    answer = Client().get(address)

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_head_is_answered_as_get_without_a_body() -> None:
    create_work_group()

    answer = Client().head("/api/v1/work-groups")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json; charset=utf-8")
    assert answer.content == b""


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_is_changed_by_it(method: str) -> None:
    _, token = create_api_key()

    answers = {
        getattr(Client(), method)(address, headers={"Authorization": f"Bearer {token}"}).status_code
        for address in ("/api/v1/bookings", "/api/v1/work-groups")
    }

    assert answers == {405}


@pytest.fixture
def one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a test takes, it is one minute to whoever counts."""
    monkeypatch.setattr(access, "time", SimpleNamespace(time=lambda: 30.0))


@pytest.mark.usefixtures("one_minute")
def test_too_many_questions_from_one_address_are_told_to_wait() -> None:
    for _ in range(120):
        Client().get("/api/v1/work-groups/none", REMOTE_ADDR="203.0.113.9")

    refused = Client().get("/api/v1/work-groups", REMOTE_ADDR="203.0.113.9")
    forged = Client().get("/api/v1/work-groups", REMOTE_ADDR="203.0.113.9", headers={"X-Forwarded-For": "198.51.100.1"})
    other = Client().get("/api/v1/work-groups", REMOTE_ADDR="203.0.113.10")

    assert (refused.status_code, forged.status_code, other.status_code) == (429, 429, 200)
    assert 1 <= int(refused["Retry-After"]) <= 60


@pytest.mark.usefixtures("one_minute")
def test_one_network_of_ipv6_is_one_place() -> None:
    for number in range(120):
        Client().get("/api/v1/work-groups/none", REMOTE_ADDR=f"2001:db8:1:2::{number:x}")

    again = Client().get("/api/v1/work-groups", REMOTE_ADDR="2001:db8:1:2:ffff::1")
    other = Client().get("/api/v1/work-groups", REMOTE_ADDR="2001:db8:1:3::1")

    assert (again.status_code, other.status_code) == (429, 200)


@pytest.mark.usefixtures("one_minute")
def test_wrong_keys_are_counted_by_their_address() -> None:
    headers = {"Authorization": "Bearer hub_wrong"}

    answers = {Client().get("/api/v1/bookings", headers=headers).status_code for _ in range(121)}

    assert answers == {401, 429}


def test_two_groups_of_one_title_are_two_lines_of_what_was_passed_on() -> None:
    bookings = [create_booking(work_group=create_work_group(title="Bars"), people=[None]) for _ in range(2)]
    _, token = create_api_key(people=True)

    for booking in bookings:
        ask(f"/api/v1/bookings/{booking.pk}", token)
        ask("/api/v1/bookings", token, work_group=booking.work_group.slug)

    found = [(line.rows, list(line.work_groups.all())) for line in Disclosure.objects.order_by("pk")]
    assert found == [(2, [booking.work_group]) for booking in bookings]


def test_whoever_joined_since_the_first_reading_of_the_day_reads_of_the_last() -> None:
    booking = create_booking(work_group=create_work_group(), people=[None])
    _, token = create_api_key(people=True)
    ask("/api/v1/bookings", token)
    Disclosure.objects.update(at=timezone.now() - timedelta(seconds=1))
    kim = create_user()
    place = booking.places.get()
    place.person = kim
    place.save()

    ask("/api/v1/bookings", token)

    assert list(passed_on_about(kim)) == [Disclosure.objects.get()]


def test_reading_waits_for_nobody_who_writes() -> None:
    _, token = create_api_key()
    ask("/api/v1/bookings", token)

    with CaptureQueriesContext(connection) as asked:
        ask("/api/v1/bookings", token)

    assert not any(one["sql"].startswith(("BEGIN", "UPDATE", "INSERT")) for one in asked)


def full_disk() -> Exception:
    error, cause = OperationalError(), sqlite3.OperationalError()
    cause.sqlite_errorcode = sqlite3.SQLITE_FULL
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "status_code", "title"), [(full_disk(), 503, "Not now"), (ValueError("secret"), 500, "Something broke")]
)
def test_what_breaks_is_said_as_a_problem_and_never_how(
    monkeypatch: pytest.MonkeyPatch, error: Exception, status_code: int, title: str
) -> None:
    def broken(*_: Any) -> None:
        raise error

    monkeypatch.setattr(programme, "group_out", broken)
    create_work_group()

    answer = Client(raise_request_exception=False).get("/api/v1/work-groups")

    assert (answer.status_code, answer["Content-Type"], answer.json()["title"]) == (
        status_code,
        "application/problem+json",
        title,
    )


def test_pages_ask_as_often_for_many_rows_as_for_one(django_assert_max_num_queries: Any) -> None:
    for _ in range(3):
        create_booking(work_group=create_work_group(), people=[None, None])
    _, token = create_api_key(attendance=True)

    with django_assert_max_num_queries(8):
        ask("/api/v1/bookings", token)
    with django_assert_max_num_queries(6):
        ask("/api/v1/attendance", token)
    with django_assert_max_num_queries(3):
        ask("/api/v1/work-groups")


def test_the_description_names_every_address_and_value() -> None:
    schema = ask("/api/v1/openapi.json")

    assert sorted(schema["paths"]) == [
        "/api/v1/attendance",
        "/api/v1/bookings",
        "/api/v1/bookings/{number}",
        "/api/v1/sessions",
        "/api/v1/sessions/{number}",
        "/api/v1/work-groups",
        "/api/v1/work-groups/{slug}",
    ]
    assert {path for path, one in schema["paths"].items() if "security" in one["get"]} == {
        "/api/v1/attendance",
        "/api/v1/bookings",
        "/api/v1/bookings/{number}",
    }
    assert set(get_args(BookingStatus)) == set(Status.values)
    assert set(get_args(GroupStatus)) == set(WorkGroup.Status.values) - {"draft"}
    assert set(get_args(MarkOut)) == set(Mark.What.values) - {"cleared"}
    assert set(get_args(Phase)) == set(PHASES)
    assert set(api.get_openapi_schema()["components"]["securitySchemes"]) == {"Reads"}
    assert set(Booking.Via.values) == set(schema["components"]["schemas"]["BookingOut"]["properties"]["via"]["enum"])


def test_developers_read_every_address_on_a_page() -> None:
    page = Client().get("/developers/").content.decode()

    assert all(f"GET {path}" in page for path in ask("/api/v1/openapi.json")["paths"])
