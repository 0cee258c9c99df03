"""The page of the hub's status: what is well, what is not, and what to do."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts import signs
from accounts.models import SignOfLife, User
from booking.proving import prove
from config.celery import app
from notifications import status
from notifications.models import Notice, Priority
from notifications.tasks import sweep
from tests.factories import create_delivery, create_hub_staff, create_webhook

pytestmark = pytest.mark.django_db(transaction=True)


def line(name: str, now: datetime | None = None) -> status.Line:
    now = now or timezone.now()
    return next(one for one in status.lines(now, status.Queue.read(now)) if one.name == name)


def create_mail(**fields: object) -> Notice:
    given = {
        "kind": "letter",
        "to": "x@school.example",
        "subject": "Plan",
        "raw": b"Plan",
        "priority": Priority.SERVICE,
    }
    return Notice.objects.create(**given | fields)


@pytest.mark.parametrize(("minutes", "state"), [(1, "good"), (5, "look"), (30, "bad")])
@pytest.mark.parametrize("name", ["Clock", "Worker"])
def test_what_runs_by_itself_is_red_when_it_no_longer_does(name: str, minutes: int, state: str) -> None:
    now = timezone.now()
    assert line(name).state == "bad"

    signs.leave(name.lower(), at=now - timedelta(minutes=minutes))

    found = line(name, now)
    assert (found.state, bool(found.then)) == (state, state != "good")


@pytest.mark.parametrize(("minutes", "state"), [(1, "good"), (10, "look"), (60, "bad")])
def test_queue_is_red_when_the_oldest_mail_waits_for_long(minutes: int, state: str) -> None:
    now = timezone.now()
    create_mail(next_try_at=now - timedelta(minutes=minutes))
    create_mail(next_try_at=now + timedelta(hours=1))
    create_mail(next_try_at=now - timedelta(days=1), priority=Priority.BULK)

    found = line("Queue", now)

    assert found.state == state
    assert found.words.startswith("3 mails wait")


def test_mail_is_red_when_it_is_tried_again_and_none_leaves() -> None:
    now = timezone.now()
    create_mail(state="retry", error="451 later", next_try_at=now)
    create_mail(state="sent", sent_at=now - timedelta(minutes=1))
    assert line("Mail leaves", now).state == "look"

    Notice.objects.filter(state="sent").update(sent_at=now - timedelta(hours=2))

    assert line("Mail leaves", now).state == "bad"
    assert line("Mail leaves", now).words == "A mail last left 2\xa0hours ago; 1 is tried again."


@pytest.mark.parametrize(("days", "state"), [(0, "good"), (2, "look"), (9, "bad")])
def test_backup_is_red_when_the_last_is_old(days: int, state: str) -> None:
    now = timezone.now()
    assert line("Backup").state == "bad"

    signs.leave(signs.Name.BACKUP, at=now - timedelta(days=days), size=2_000_000, rows=1000)

    assert line("Backup", now).state == state
    assert "1,000 rows, 2 MB" in line("Backup", now).words


def test_data_are_red_when_a_rule_is_broken() -> None:
    prove()
    assert line("Data").state == "good"

    signs.leave(signs.Name.INTEGRITY, at=timezone.now(), is_well=False, broken=2)

    assert line("Data").state == "bad"
    assert line("Data").words.startswith("2 rules were broken")


def test_mailbox_is_red_when_it_cannot_be_read(settings: Settings) -> None:
    assert line("Mailbox").state == "plain"
    settings.IMAP_URL = "imaps://hub:password@imap.example/INBOX"
    signs.leave(signs.Name.MAILBOX, at=timezone.now(), is_well=False)

    assert line("Mailbox").state == "bad"


def test_clock_and_worker_leave_their_signs_at_most_once_a_minute() -> None:
    for _ in range(2):
        app.signature("notifications.tasks.sweep").apply_async(expires=1)
        sweep.apply()

    found = signs.read()
    assert {"clock", "worker"} <= set(found)
    first = found["worker"].at
    sweep.apply()
    assert signs.read()["worker"].at == first


def test_clock_leaves_its_sign_again_after_its_connection_was_cut() -> None:
    connection.ensure_connection()
    connection.connection.close()

    for _ in range(2):
        app.signature("notifications.tasks.sweep").apply_async(expires=1)

    assert "clock" in signs.read()


def test_office_status_takes_the_same_queries_however_many_mails_there_are(log_in: Callable[[User], Client]) -> None:
    client = log_in(create_hub_staff())
    counts = []
    for number in (1, 3):
        for _ in range(number):
            create_mail(state="retry", error="451 later")
        with CaptureQueriesContext(connection) as queries:
            page = client.get("/office/status/")
        counts.append(len(queries))

    assert page.status_code == 200
    assert "Not well" in page.content.decode()
    assert counts[0] == counts[1]


def test_metrics_have_the_figures_of_the_status_page(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = "letmein"
    signs.leave(signs.Name.BACKUP, at=timezone.now() - timedelta(hours=1), size=5)
    create_mail(next_try_at=timezone.now() - timedelta(minutes=5))

    text = client.get("/metrics", headers={"Authorization": "Bearer letmein"}).content.decode()

    figures = dict(one.rsplit(" ", 1) for one in text.splitlines() if not one.startswith("#"))
    assert 3600 <= float(figures['hub_sign_age_seconds{name="backup"}']) < 3700
    assert figures["hub_backup_bytes"] == "5.0"
    assert float(figures["hub_notice_waits_seconds"]) >= 300
    assert figures["hub_migrations_missing"] == "0.0"
    assert float(figures['hub_disk_free_bytes{place="hub"}']) > 0
    assert (figures["hub_webhooks_not_taking"], figures["hub_webhook_messages_waiting"]) == ("0.0", "0.0")
    assert client.get("/metrics").status_code == 404
    assert SignOfLife.objects.count() == 1


def test_metrics_count_webhooks_that_take_nothing_and_messages_that_wait(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = "letmein"
    now = timezone.now()
    long_ago = now - timedelta(hours=2)
    failing = create_webhook(failures=4, failing_since_at=long_ago)
    create_webhook(failures=1, failing_since_at=now)
    create_webhook(failures=9, failing_since_at=long_ago, is_on=False, turned_off_at=now, turned_off_why="410")
    create_webhook(is_on=False, turned_off_at=now, turned_off_why="Not wanted")
    create_delivery(webhook=failing)
    create_delivery(webhook=failing, state="failed")

    text = client.get("/metrics", headers={"Authorization": "Bearer letmein"}).content.decode()

    figures = dict(one.rsplit(" ", 1) for one in text.splitlines() if not one.startswith("#"))
    assert (figures["hub_webhooks_not_taking"], figures["hub_webhook_messages_waiting"]) == ("2.0", "1.0")
