"""The table of retention: what is due, what is done with it, and what stays."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session as WebSession
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts import personal as accounts_personal
from accounts.actions import rights
from accounts.models import (
    BouncedAddress,
    Complaint,
    HistoryLine,
    Membership,
    SchoolCode,
    Subscription,
    User,
)
from accounts.personal import ERASED_NAME, Rule, retention_rules
from booking.actions import feeds
from booking.actions.programme import save_venue
from booking.models import CalendarEntry, Need, Venue
from notifications import tasks
from notifications.models import Inbound, Notice
from tests.factories import (
    create_hub_staff,
    create_lead,
    create_school,
    create_session,
    create_user,
    create_venue,
    create_work_group,
)
from tests.known_person import ADDRESS, World

pytestmark = pytest.mark.django_db(transaction=True)


def rule(words: str) -> int:
    (found,) = [one for one in retention_rules() if words in one.what]
    return rights.apply_rule(rule=found, now=timezone.now())


def test_retention_deletes_needs_thirty_days_after_the_last_session() -> None:
    world = World()
    assert rule("arrange") == 0

    over = timezone.now() - timedelta(days=31)
    world.work_group.sessions.update(starts_at=over - timedelta(hours=3), ends_at=over)

    assert (rule("arrange"), Need.objects.count()) == (1, 0)


def test_retention_forgets_who_opened_the_door_a_year_after_the_last_session_there() -> None:
    group, staff = create_work_group(sessions=0), create_hub_staff()
    over, lately, coming, saved = (create_venue(host_name="Hal Ash", host_email="hal@host.example") for _ in range(4))
    for number, (venue, days) in enumerate(((over, -366), (lately, -364), (coming, -400), (coming, 3)), start=1):
        create_session(work_group=group, number=number, days=days, venue=venue)
    saved.room = "Hall"
    save_venue(venue=saved, by=staff)

    forgotten = rule("opens the door")

    assert forgotten == 1
    over.refresh_from_db()
    assert (over.host_name, over.host_email) == ("", "")
    assert Venue.objects.filter(host_email="hal@host.example").count() == 3


def test_retention_wipes_the_words_of_old_mails_and_keeps_that_they_went() -> None:
    World()
    count = Notice.objects.count()
    Notice.objects.update(made_at=timezone.now() - timedelta(days=366))

    wiped = rule("words of mails")

    assert wiped > 0
    assert (Notice.objects.count(), Notice.objects.exclude(text="").count()) == (count, 0)


def test_retention_deletes_what_came_by_mail_after_ninety_days() -> None:
    now = timezone.now()
    for days in (89, 91):
        Inbound.objects.create(digest=str(days), kind="other", state="waiting", at=now - timedelta(days=days))
        BouncedAddress.objects.create(address=f"{days}@school.example", code="5.1.1", at=now - timedelta(days=days * 8))

    deleted = rule("came to the hub"), rule("came back from")

    assert deleted == (1, 0)
    assert list(Inbound.objects.values_list("digest", flat=True)) == ["89"]


def test_retention_removes_sign_ups_that_nobody_proved() -> None:
    for email, days in (("old@school.example", 31), ("new@school.example", 1)):
        person = create_user(email=email)
        EmailAddress.objects.create(user=person, email=email, primary=True, verified=False)
        User.objects.filter(pk=person.pk).update(joined_at=timezone.now() - timedelta(days=days))

    rule("never proved")

    assert list(User.objects.values_list("email", flat=True)) == ["new@school.example"]


def test_retention_warns_who_has_not_been_here_for_two_years_and_forgets_them_a_month_later() -> None:
    gone = create_user(name="Gone Long", email="gone@school.example")
    there = create_lead(email="there@school.example")
    long_ago = timezone.now() - timedelta(days=800)
    User.objects.filter(pk__in=[gone.pk, there.pk]).update(joined_at=long_ago, last_login=long_ago)

    warned, early = rule("that nobody uses"), rule("did not answer")
    User.objects.filter(pk=gone.pk).update(dormant_warned_at=timezone.now() - timedelta(days=31))
    forgotten = rule("did not answer")

    gone.refresh_from_db()
    there.refresh_from_db()
    assert (warned, early, forgotten) == (1, 0, 1)
    assert (gone.email, gone.is_active, there.email) == (None, False, "there@school.example")


def long_gone(**fields: Any) -> User:
    person = create_user(**fields)
    long_ago = timezone.now() - timedelta(days=800)
    User.objects.filter(pk=person.pk).update(joined_at=long_ago, last_login=long_ago)
    return person


def test_retention_counts_the_two_years_from_when_somebody_left_their_school() -> None:
    person = long_gone()
    membership = Membership.objects.create(school=create_school(), person=person, state=Membership.State.ACTIVE)
    membership.end(timezone.now() - timedelta(days=700))
    early = rule("that nobody uses")

    membership.end(timezone.now() - timedelta(days=731))

    assert (early, rule("that nobody uses")) == (0, 1)


def test_retention_warns_again_who_came_back_after_the_first_warning() -> None:
    person = long_gone()
    User.objects.filter(pk=person.pk).update(dormant_warned_at=timezone.now() - timedelta(days=790))

    forgotten, warned = rule("did not answer"), rule("that nobody uses")

    assert (forgotten, warned) == (0, 1)


def test_retention_forgets_who_has_no_address_to_be_warned_at() -> None:
    person = long_gone(name="Kim Lee", email=None)

    forgotten, again = rule("did not answer"), rule("did not answer")

    person.refresh_from_db()
    assert (forgotten, again, person.name) == (1, 0, ERASED_NAME)
    assert HistoryLine.objects.about(person).get().verb == "person_erased"


def test_retention_forgets_from_where_somebody_was_logged_in(log_in: Callable[[User], Client]) -> None:
    person = create_user()
    client = log_in(person)
    UserSession.objects.create(user=person, ip="192.0.2.7", session_key=client.session.session_key)
    UserSession.objects.create(user=person, ip="192.0.2.8", session_key="long over")
    UserSession.objects.update(last_seen_at=timezone.now() - timedelta(days=3))

    gone = rule("Where you were logged in")

    assert (gone, UserSession.objects.get().ip) == (1, "192.0.2.7")


def test_retention_of_newsletters_takes_what_was_never_confirmed_or_stopped_long_ago() -> None:
    long_ago = timezone.now() - timedelta(days=731)
    for email, fields in {
        "never@home.example": {"asked_at": long_ago},
        "stopped@home.example": {"confirmed_at": long_ago, "ended_at": long_ago},
        "wants@home.example": {"asked_at": long_ago, "confirmed_at": long_ago},
        "new@home.example": {},
    }.items():
        Subscription.objects.create(email=email, wording="Yes", source="page", **fields)

    rule("never confirmed")
    rule("Newsletter: stopped")

    assert set(Subscription.objects.values_list("email", flat=True)) == {"wants@home.example", "new@home.example"}


def test_retention_of_codes_takes_those_that_open_nothing_any_more() -> None:
    for days in (8, 6):
        membership = Membership.objects.create(school=create_school(), person=create_user(), state="requested")
        code, _ = SchoolCode.new(membership, timezone.now() - timedelta(days=days))
        code.save()

    assert (rule("Codes sent to a school"), SchoolCode.objects.count()) == (1, 1)


def test_retention_of_complaints_counts_from_when_they_were_closed() -> None:
    old, fresh = (rights.complain(name="Kim", email="k@home.example", words="Twice") for _ in range(2))
    long_ago = timezone.now() - timedelta(days=731)
    Complaint.objects.filter(pk=old.pk).update(made_at=long_ago, closed_at=long_ago, outcome="Put right.")
    Complaint.objects.filter(pk=fresh.pk).update(made_at=long_ago)

    assert (rule("Complaints about"), Complaint.objects.get()) == (1, fresh)


def test_retention_of_the_history_is_six_years() -> None:
    for days in (6 * 365 + 1, 6 * 365 - 1):
        HistoryLine.objects.create(at=timezone.now() - timedelta(days=days), verb="noted")

    assert (rule("History"), HistoryLine.objects.count()) == (1, 1)


def test_retention_of_log_ins_takes_those_that_have_ended() -> None:
    for name, days in (("over", -1), ("here", 1)):
        WebSession.objects.create(session_key=name, session_data="", expire_date=timezone.now() + timedelta(days=days))

    assert (rule("Log-ins"), WebSession.objects.get().session_key) == (1, "here")


def test_retention_of_calendar_links_and_addresses_is_a_year() -> None:
    world = World()
    feeds.revoke_feed(feed=world.person.calendar_feeds.get(), by=world.person)
    CalendarEntry.objects.update(told_address=ADDRESS)
    world.person.calendar_feeds.update(revoked_at=timezone.now() - timedelta(days=366))
    coming = world.work_group.sessions.get(number=1)
    over = timezone.now() - timedelta(days=366)
    world.work_group.sessions.filter(pk=coming.pk).update(starts_at=over - timedelta(hours=2), ends_at=over)

    assert (rule("links that were stopped"), rule("that invites of a session")) == (1, coming.calendar_entries.count())
    assert set(coming.calendar_entries.values_list("told_address", flat=True)) == {""}


def test_retention_of_mails_wipes_codes_that_did_not_arrive_and_in_the_end_the_row() -> None:
    now = timezone.now()
    fields = {"to": "k@school.example", "subject": "A code", "raw": b"1234", "secret": True, "state": "failed"}
    Notice.objects.create(kind="account", made_at=now - timedelta(days=31), **fields)
    Notice.objects.create(kind="account", made_at=now - timedelta(days=29), **fields)
    Notice.objects.create(kind="account", made_at=now - timedelta(days=6 * 365 + 1), **fields | {"raw": b""})

    wiped, deleted = rule("could not be delivered"), rule("That a mail went")

    assert (wiped, deleted) == (1, 1)
    assert [bytes(raw) for raw in Notice.objects.order_by("made_at").values_list("raw", flat=True)] == [b"", b"1234"]


def test_retention_goes_on_with_the_other_rules_where_one_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(now: Any) -> Any:
        raise RuntimeError("no such table")

    WebSession.objects.create(session_key="over", session_data="", expire_date=timezone.now() - timedelta(days=1))
    broken = Rule("What fails", "never", "", fails, lambda due, now: 0)
    monkeypatch.setattr(accounts_personal, "RETENTION", [broken, *accounts_personal.RETENTION])

    assert (tasks.tidy(), WebSession.objects.count()) == (1, 0)


def test_retention_command_rehearses_without_a_trace(capsys: pytest.CaptureFixture[str]) -> None:
    World()
    Notice.objects.update(made_at=timezone.now() - timedelta(days=366))
    before = Notice.objects.exclude(text="").count()

    call_command("retention", "--dry-run")

    words = capsys.readouterr().out
    assert "The words of mails" in words
    assert words.endswith("This was a dry run: nothing was changed.\n")
    assert Notice.objects.exclude(text="").count() == before


def test_retention_page_shows_every_rule_the_machine_works_by(client: Client) -> None:
    page = client.get("/privacy/retention/").content.decode()

    assert [one.what for one in retention_rules() if one.what not in page] == []
