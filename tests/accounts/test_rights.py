"""What the law gives people: seen, corrected, forgotten, complained about, kept no longer than needed."""

import json
import sqlite3
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.conf import settings as django_settings
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client

from accounts.actions import members, rights
from accounts.colleagues import NewColleague
from accounts.models import (
    Complaint,
    Erasure,
    HistoryLine,
    Page,
    Subscription,
    Suppression,
    User,
)
from accounts.newsletter import confirm_url, unsubscribe_url
from accounts.personal import everything_about
from accounts.traces import Traces
from booking.actions import feeds, needs
from booking.integrity import violations
from booking.links import person_dates_url
from booking.models import Attendance, Need
from notifications import tasks
from notifications.delivery import drain
from notifications.models import Notice
from tests.factories import (
    PASSWORD,
    create_hub_staff,
    create_user,
)
from tests.known_person import ADDRESS, NAME, World
from tests.papers import read

pytestmark = pytest.mark.django_db(transaction=True)


def log_in_again(person: User) -> Client:
    """Logged in, and shown once more that it is them."""
    person.set_password(PASSWORD)
    person.save()
    client = Client()
    client.force_login(person)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def dump() -> str:
    """Every cell of every table as text; on SQLite also the file itself, as a backup would hold it."""
    cells = []
    for model in apps.get_models():
        if model._meta.label != "sessions.Session":  # signed and packed; ended separately
            for row in model._base_manager.values_list():
                cells += [
                    bytes(cell).decode("utf-8", "replace") if isinstance(cell, memoryview | bytes) else str(cell)
                    for cell in row
                ]
    if connection.vendor == "sqlite":
        raw = sqlite3.connect(str(connection.settings_dict["NAME"]))
        cells += list(raw.iterdump())
        raw.close()
    return "\n".join(cells).lower()


def test_erase_leaves_counts_and_no_name_or_address_anywhere() -> None:
    world = World()
    world.be_in_a_mail_that_waits()
    before = set(violations())  # the factories number sessions as they like
    assert ADDRESS in dump()

    rights.erase(person=world.person, by=world.staff)
    tasks.sweep()
    tasks.sweep()

    left = dump()
    traces = ["quillfeather", "featherstone", ADDRESS, "zeb@home.example", "holt@home.example", "ramp"]
    assert [line[:300] for trace in traces for line in left.splitlines() if trace in line] == []
    assert Attendance.objects.filter(session=world.past, school=world.school).count() == 1
    assert Erasure.objects.get().finished_at is not None
    assert set(violations()) - before == set()


def test_erase_takes_coming_sessions_out_of_the_calendar_before_the_address_goes() -> None:
    world = World()

    rights.erase(person=world.person, by=world.staff)
    sent = Notice.objects.filter(kind="invite_cancelled").count()
    made = drain()

    cancelled = Notice.objects.filter(kind="invite_cancelled")
    assert (sent, made, cancelled.count()) == (0, 3, 2)  # and one mail to who books for the school
    assert {notice.state for notice in cancelled} == {"sent"}


def test_erase_keeps_the_place_for_a_name_to_follow() -> None:
    world = World()

    rights.erase(person=world.person, by=world.staff)

    world.place.refresh_from_db()
    world.work_group.refresh_from_db()
    assert (world.place.person, world.place.live, world.work_group.taken) == (None, True, 2)


def test_erase_keeps_a_hash_that_only_the_hub_can_compare() -> None:
    world = World()

    rights.erase(person=world.person, by=world.staff)

    kept = set(Suppression.objects.values_list("digest", flat=True))
    had = [ADDRESS, "ZEB@home.example", "holt@home.example", "featherstone@oakfield.example"]
    assert kept == {Suppression.digest_of(address) for address in had}


def test_erased_address_is_not_named_again_by_a_kept_list_until_its_owner_comes_back(client: Client) -> None:
    world = World()
    rights.erase(person=world.person, by=world.staff)
    named = {"school": world.school, "colleagues": [NewColleague(NAME, ADDRESS)], "role": "teacher", "by": world.lead}

    with pytest.raises(ValidationError, match="cannot be used"):
        members.invite(**named)
    client.post("/accounts/signup/", {"name": "Zeb Quill", "email": ADDRESS, "password1": "a long enough password"})

    assert len(members.invite(**named)) == 1


def test_erase_closes_every_door(log_in: Callable[[User], Client]) -> None:
    world = World()
    client = log_in(world.person)
    link = person_dates_url(world.person)
    path = link[link.index("/my/") :]
    assert (client.get("/my/").status_code, Client().get(path).status_code) == (200, 200)

    rights.erase(person=world.person, by=world.staff)

    assert (client.get("/my/").status_code, Client().get(path).status_code) == (302, 404)


def test_erase_of_the_last_who_runs_the_hub_or_of_oneself_is_refused() -> None:
    staff, other = create_hub_staff(), create_user()

    with pytest.raises(ValidationError, match="Nobody else is hub staff"):
        rights.erase(person=staff, by=None)
    with pytest.raises(ValidationError, match="nobody erases themselves"):
        rights.erase(person=other, by=other)


def test_traces_leave_other_words_alone() -> None:
    person = create_user(name="Al", email="al@school.example")

    assert Traces.of(person).out_of("Also al@school.example and Al.") == "Also … and Al."


def test_ask_erasure_waits_for_the_office_which_may_say_no_and_why() -> None:
    person, staff = create_user(email="kim@school.example"), create_hub_staff()
    erasure = rights.ask_erasure(person=person)
    with pytest.raises(ValidationError, match="asked already"):
        rights.ask_erasure(person=person)

    with pytest.raises(ValidationError, match="Say why"):
        rights.refuse_erasure(erasure=erasure, reason=" ", by=staff)
    rights.refuse_erasure(erasure=erasure, reason="A claim is open until May.", by=staff)

    erasure.refresh_from_db()
    assert erasure.refused_at is not None
    assert Notice.objects.get(to="kim@school.example").reason == "You asked the hub to forget you."


# ── What is held ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_everything_about_a_person_comes_from_every_app() -> None:
    world = World()

    held = everything_about(world.person)

    assert set(held["me"]["other_addresses"]) == {"zeb@home.example", "holt@home.example"}
    assert held["what_to_arrange"][0]["to_take_part"] == "Ramp"
    assert [row["register"] for row in held["sessions"] if row["session"] == 9] == ["Present"]
    assert len(held["mails_to_me"]) == Notice.objects.filter(person=world.person).count() > 0


def test_my_data_asks_again_and_then_downloads_as_json() -> None:
    world = World()
    Authenticator.objects.all().delete()
    world.person.set_password(PASSWORD)
    world.person.save()
    client = Client()
    client.force_login(world.person)

    asked = client.get("/my/data.json")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    file = client.get("/my/data.json")

    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert json.loads(file.content)["me"]["name"] == NAME
    assert file["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert NAME in client.get("/my/data/").content.decode()


def test_office_downloads_what_is_held_about_who_has_no_account_and_that_is_kept() -> None:
    world = World()

    file = log_in_again(world.staff).get(f"/office/people/{world.person.pk}/data.json")

    assert json.loads(file.content)["me"]["names_and_addresses_before"] == [
        "Zebedee Featherstone",
        "featherstone@oakfield.example",
    ]
    assert HistoryLine.objects.about(world.person).filter(verb="data_seen", by=world.staff).count() == 1


def test_office_reads_before_an_erasure_what_else_is_to_be_thought_of() -> None:
    world = World()
    complaint = rights.complain(name=NAME, email=ADDRESS, words="Again.")
    create_user(name=NAME)

    page = log_in_again(world.staff).get(f"/office/people/{world.person.pk}/erase/").content.decode()

    assert f"Somebody else here is called {NAME} too" in page
    assert f"/office/complaints/{complaint.pk}/" in page


def test_my_name_is_corrected_and_refused_where_it_is_a_link(log_in: Callable[[User], Client]) -> None:
    person = create_user(name="Kim Le")
    client = log_in(person)

    refused = client.post("/my/name/", {"name": "win at http://x.example", "job": ""})
    client.post("/my/name/", {"name": "Kim Lee", "job": "Maths lead"})

    person.refresh_from_db()
    assert ("cannot hold a link" in refused.content.decode(), person.name, person.job) == (
        True,
        "Kim Lee",
        "Maths lead",
    )


# ── Needs ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_need_without_consent_is_not_kept() -> None:
    world = World()
    Need.objects.all().delete()

    with pytest.raises(ValidationError, match="only keep this if you agree"):
        needs.say(place=world.place, access="Ramp", food="", contact_me=False, agreed=False, by=world.person)
    assert Need.objects.count() == 0


def test_need_is_said_by_the_signed_link_without_an_account(client: Client) -> None:
    world = World()
    link = person_dates_url(world.person)
    address = f"{link[link.index('/my/') :]}needs/{world.place.pk}/"

    client.post(address, {"access": "Large print", "food": "", "agreed": "on"})

    assert Need.objects.get().access == "Large print"


def test_need_of_another_persons_place_is_not_there(log_in: Callable[[User], Client]) -> None:
    world = World()

    assert log_in(world.lead).get(f"/my/needs/{world.place.pk}/").status_code == 404


def test_need_is_seen_by_who_runs_the_session_and_nobody_else(log_in: Callable[[User], Client]) -> None:
    world = World()
    coming = world.work_group.sessions.get(number=1)
    address = f"/sessions/{coming.pk}/needs/"

    page = log_in_again(world.fran).get(address).content.decode()

    assert "Ramp" in page
    assert log_in(world.lead).get(address).status_code == 404
    assert HistoryLine.objects.filter(verb="needs_seen", by=world.fran).count() == 1


def test_need_stands_in_no_mail_calendar_history_or_other_page(log_in: Callable[[User], Client]) -> None:
    world = World()
    coming = world.work_group.sessions.get(number=1)
    _, token = feeds.make_feed(owner=world.fran, kind="led")
    pages = [
        log_in(world.lead).get(world.booking.get_absolute_url()),
        log_in(world.lead).get("/bookings/"),
        log_in(world.fran).get(f"/sessions/{coming.pk}/register/"),
        log_in(world.fran).get(f"/sessions/{coming.pk}/sheet/"),
        Client().get(f"/calendar/{token}.ics"),
    ]

    papers = [page for page in pages if page["Content-Type"] == "application/pdf"]
    everywhere = [page.content.decode() for page in pages if page not in papers]
    everywhere += [read(page.content).words for page in papers]
    everywhere += [bytes(raw).decode() for raw in Notice.objects.values_list("raw", flat=True)]
    everywhere += [str(details) for details in HistoryLine.objects.values_list("details", flat=True)]

    assert [page.status_code for page in pages] == [200] * 5
    assert [text for text in everywhere if "Ramp" in text] == []


def test_need_is_deleted_at_once_when_taken_back() -> None:
    world = World()

    needs.take_back(place=world.place, by=world.person)

    assert Need.objects.count() == 0


# ── Complaints, pages, newsletter ──────────────────────────────────────────────────────────────────────────────────

WORDS = {"name": "Carla Moss", "email": "carla@home.example", "words": "You wrote to me twice.", "website": ""}


def test_complaint_is_acknowledged_at_once_with_its_number(client: Client) -> None:
    client.post("/privacy/complaint/", WORDS)

    complaint = Complaint.objects.get()
    notice = Notice.objects.get(to="carla@home.example")
    assert complaint.reference in notice.subject
    assert complaint.days_left == 30


def test_complaint_by_a_program_is_thanked_and_not_kept(client: Client) -> None:
    response = client.post("/privacy/complaint/", WORDS | {"website": "https://spam.example"})

    assert (response.status_code, Complaint.objects.count()) == (302, 0)


def test_complaint_floods_are_stopped(client: Client) -> None:
    statuses = [client.post("/privacy/complaint/", WORDS).status_code for _ in range(7)]

    assert (statuses[0], statuses[-1], Complaint.objects.count()) == (302, 429, 5)


def test_complaint_is_closed_only_with_an_outcome_which_is_mailed(log_in: Callable[[User], Client]) -> None:
    complaint = rights.complain(name="Carla", email="carla@home.example", words="Twice")
    client = log_in(create_hub_staff())
    address = f"/office/complaints/{complaint.pk}/"

    refused = client.post(address, {"notes": "Rang her", "outcome": "", "close": "1"})
    client.post(address, {"notes": "Rang her", "outcome": "We have merged your two accounts.", "close": "1"})

    complaint.refresh_from_db()
    assert "Say what came of it" in refused.content.decode()
    assert complaint.closed_at is not None
    assert Notice.objects.filter(to="carla@home.example").count() == 2


def test_page_changed_by_the_office_is_what_everybody_reads(client: Client, log_in: Callable[[User], Client]) -> None:
    office = log_in(create_hub_staff())
    text = "## Ours\n\n<script>alert(1)</script>Words of **our** own."

    preview = office.post("/office/pages/privacy/", {"text": text})
    before = client.get("/privacy/").content.decode()
    office.post("/office/pages/privacy/", {"text": text, "keep": "1"})
    after = client.get("/privacy/").content.decode()

    assert "<strong>our</strong>" in preview.content.decode()
    assert ("Who is responsible" in before, "<strong>our</strong>" in after, "<script>alert" in after) == (
        True,
        True,
        False,
    )
    assert HistoryLine.objects.about(Page.objects.get()).count() == 1


def test_newsletter_for_an_unproved_address_asks_back_and_a_look_changes_nothing(client: Client) -> None:
    client.post("/newsletter/", {"email": "Kim@home.example"})
    subscription = Subscription.objects.get(email="kim@home.example")
    path = confirm_url(subscription).removeprefix(django_settings.HUB_URL)

    client.get(path)
    looked = Subscription.objects.get().is_live
    client.post(path)

    assert (looked, Subscription.objects.get().is_live) == (False, True)


def test_newsletter_asked_for_again_and_again_fills_nobodys_mailbox() -> None:
    for _ in range(3):
        rights.subscribe(email="kim@home.example", source="newsletter page")

    assert Notice.objects.filter(to="kim@home.example").count() == 1


def test_newsletter_stops_with_one_click_without_cookie_or_token() -> None:
    person = create_user(email="kim@school.example")
    subscription = rights.subscribe(email="kim@school.example", source="my account", by=person)
    path = unsubscribe_url(subscription).removeprefix(django_settings.HUB_URL)
    strict = Client(enforce_csrf_checks=True)

    strict.get(path)
    looked = Subscription.objects.get().is_live
    answer = strict.post(path, {"List-Unsubscribe": "One-Click"})

    assert (looked, answer.status_code, Subscription.objects.get().is_live) == (True, 200, False)
