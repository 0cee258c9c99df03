"""What the office's first page finds: at most seven kinds, oldest first, each with how many there are."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import BouncedAddress, Complaint, Membership, RegisterImport, User
from booking.models import Attendance, Booking, Session
from booking.models.places import Status
from booking.reports import today
from booking.reports.todo import sessions as todo
from tests.factories import (
    create_booking,
    create_came,
    create_hub_staff,
    create_lead,
    create_session,
    create_user,
    create_venue,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)


def whats(kind: str) -> list[str]:
    return [one.what for one in today.kind_of(kind).rows]


def test_today_of_a_quiet_hub_says_that_nothing_needs_anybody(log_in: Callable[[User], Client]) -> None:
    create_booking(work_group=create_work_group())

    page = log_in(create_hub_staff()).get("/office/").content.decode()

    assert (today.today().kinds, "Nothing needs you" in page) == ([], True)


def test_today_has_seven_kinds_at_most_whatever_the_hub_has() -> None:
    assert list(today.SORTS) == ["decide", "reach", "names", "registers", "slipping", "clashes", "rights"]


def test_today_shows_the_longest_wait_first_and_how_many_there_are_in_all(log_in: Callable[[User], Client]) -> None:
    now = timezone.now()
    for days in range(7):
        create_lead(name=f"Asks {days} days", state=Membership.State.REQUESTED)
        Membership.objects.filter(person__name=f"Asks {days} days").update(started_at=now - timedelta(days=days))
    BouncedAddress.objects.create(address="gone@school.example", code="5.1.1", at=now - timedelta(days=3, hours=1))
    client = log_in(create_hub_staff())

    kind = today.kind_of("reach", most=today.SHOWN)
    home, everything = client.get("/office/").content.decode(), client.get("/office/to-do/reach/").content.decode()

    assert [one.words.partition(",")[0] for one in kind.rows] == [
        "Asks 6 days",
        "Asks 5 days",
        "Asks 4 days",
        "gone@school.example",
        "Asks 3 days",
    ]
    assert (kind.total, kind.has_more, "All of them" in home) == (8, True, True)
    assert ("Asks 0 days" in home, "Asks 0 days" in everything) == (False, True)
    assert client.get("/office/to-do/tea/").status_code == 404


def test_today_solves_in_one_step_what_a_button_can(log_in: Callable[[User], Client]) -> None:
    group = create_work_group(fewest_schools=4, decide_by=timezone.localdate())
    client = log_in(create_hub_staff())

    (row,) = today.kind_of("decide").rows
    assert row.press is not None
    client.post(row.press.url)

    group.refresh_from_db()
    assert (row.what, group.runs_decided_at is not None, today.kind_of("decide").rows) == ("Run or not", True, [])


@pytest.mark.parametrize(("hours", "shown"), [(30, ["Offer lapses"]), (70, [])])
def test_today_names_an_offer_that_lapses_within_two_days(hours: int, shown: list[str]) -> None:
    booking = create_booking(work_group=create_work_group())
    now = timezone.now()
    Booking.objects.filter(pk=booking.pk).update(
        status=Status.OFFERED, offered_at=now, offer_ends_at=now + timedelta(hours=hours)
    )

    assert whats("decide") == shown


def test_today_names_who_may_not_finish_until_they_catch_up(log_in: Callable[[User], Client]) -> None:
    group = create_work_group(sessions=2, completion_rule="sessions", completion_number=3, capacity=None)
    booking = create_booking(work_group=group, people=1)
    person = booking.places.get().person
    assert person is not None
    long_ago, missed = create_session(work_group=group, days=-90), create_session(work_group=group, days=-3)
    create_came(session=long_ago, people=[person])
    before = whats("slipping")
    (row,) = create_came(session=missed, people=[person], what="absent")

    (slips,) = today.kind_of("slipping").rows
    page = log_in(create_hub_staff()).get(slips.url).content.decode()
    Session.objects.filter(pk=missed.pk).update(
        starts_at=timezone.now() - timedelta(days=20), ends_at=timezone.now() - timedelta(days=19)
    )

    assert (before, slips.what, slips.words) == ([], "May not finish", f"{person}, {booking.school}: {group}")
    assert slips.url == f"/places/{row.place_id}/missed/{missed.pk}/"
    assert str(person) in page
    assert whats("slipping") == []


def test_today_says_where_it_looked_at_some_only(monkeypatch: pytest.MonkeyPatch) -> None:
    group = create_work_group(sessions=1, completion_rule="sessions", completion_number=2, capacity=None, people_to=9)
    booking = create_booking(work_group=group, people=4)
    people = [place.person for place in booking.places.select_related("person") if place.person]
    create_came(session=create_session(work_group=group, days=-3), people=people, what="absent")
    monkeypatch.setattr(todo, "LOOKED_AT", 1)

    kind = today.kind_of("slipping", most=3)

    assert (kind.total, kind.count, kind.has_more) == (3, "3+", True)


@pytest.mark.parametrize(
    ("most", "count", "shown"), [(60, "1", ["Can’t finish"]), (2, "0+", [])], ids=["looks on", "says so"]
)
def test_today_is_not_quiet_where_the_first_who_missed_something_do_not_slip(
    monkeypatch: pytest.MonkeyPatch, most: int, count: str, shown: list[str]
) -> None:
    for to_come, days in ((3, -4), (3, -4), (1, -3)):
        group = create_work_group(sessions=to_come, completion_rule="sessions", completion_number=2, capacity=None)
        booking = create_booking(work_group=group, people=1)
        people = [place.person for place in booking.places.select_related("person") if place.person]
        create_came(session=create_session(work_group=group, days=days), people=people, what="absent")
    monkeypatch.setattr(todo, "LOOKED_AT", 1)
    monkeypatch.setattr(todo, "MOST_LOOKED_AT", most)
    monkeypatch.setattr(today, "SHOWN", 1)

    found = {kind.name: kind for kind in today.today().kinds}

    assert (found["slipping"].count, [one.what for one in found["slipping"].rows]) == (count, shown)


def test_today_names_registers_to_decide_and_to_sign_and_who_leads() -> None:
    lead = create_user(name="Fran Lovell")
    group = create_work_group(sessions=0, leads=[lead])
    unsigned, contested = create_session(work_group=group, days=-9, number=1), create_session(work_group=group, days=-2)
    Attendance.objects.create(session=unsigned, person=create_user())
    Attendance.objects.create(session=contested, person=create_user(), contested=True)
    Attendance.objects.update(sorted_at=timezone.now())

    found = todo.registers(timezone.now(), 5)

    assert [one.what for one in found.rows] == ["Two phones differ", "Register not signed"]
    assert found.rows[1].hint.endswith("Fran Lovell")


def test_today_names_clashes_and_what_has_a_clock_and_imports() -> None:
    hall = create_venue(name="Hall")
    for title in ("Bars", "Cubes"):
        create_session(work_group=create_work_group(title=title, sessions=0), venue=hall, days=10)
    now = timezone.now()
    Complaint.objects.create(name="Kim", email="kim@school.example", words="?", made_at=now - timedelta(days=32))
    RegisterImport.objects.create(state="ready", sent_at=now, read_at=now, file_name="register.csv")

    rights = today.kind_of("rights").rows

    assert whats("clashes") == ["Room taken twice"]
    assert [(one.what, one.hint.partition(";")[0]) for one in rights[:1]] == [("Complaint", "2 days late")]
    assert [one.words for one in rights[1:]] == ["register.csv"]


def test_today_is_for_hub_staff_only(log_in: Callable[[User], Client]) -> None:
    client = log_in(create_lead())

    assert [client.get(url).status_code for url in ("/office/", "/office/to-do/reach/")] == [404, 404]


def test_today_tells_the_sessions_of_seven_days_and_leads_to_both_weeks(
    log_in: Callable[[User], Client],
) -> None:
    now, group = timezone.now(), create_work_group(sessions=0)
    begins = [now + timedelta(hours=1), now + timedelta(days=6, hours=23), now + timedelta(days=7, hours=1)]
    sessions = [
        create_session(work_group=group, number=number, starts_at=starts, ends_at=starts + timedelta(hours=2))
        for number, starts in enumerate(begins, start=1)
    ]

    client = log_in(create_hub_staff())
    page = client.get("/office/").content.decode()
    weeks = re.findall(r'href="(/office/sessions/\?week=[^"]+)">', page)
    listed = {one for week in weeks for one, _ in client.get(week).context["sessions"]}

    assert today.today(now).week == sessions[:2]
    assert [week[-10:] for week in weeks] == [
        f"{timezone.localdate(now) + timedelta(days=days):%Y-%m-%d}" for days in (0, 7)
    ]
    assert listed == set(sessions)
