"""The office's pages of webhooks: connect, see the secret once, test, read the log, turn off and on, remove."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actions import rights
from accounts.models import HistoryLine, User
from accounts.personal import retention_rules
from booking.templatetags.words import clock, day_short
from notifications.models import Type, Webhook, WebhookDelivery
from notifications.webhooks import signing
from notifications.webhooks.making import make
from notifications.webhooks.sending import take_a_turn
from tests.factories import (
    create_booking,
    create_delivery,
    create_hub_staff,
    create_teacher,
    create_webhook,
    create_work_group,
)
from tests.hook_server import HookServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def office(log_in: Callable[[User], Client]) -> Client:
    return log_in(create_hub_staff(name="Olive Office"))


def page_of(webhook: Webhook) -> str:
    return reverse("office_webhook", args=[webhook.pk])


def verbs() -> list[str]:
    return list(HistoryLine.objects.order_by("pk").values_list("verb", flat=True))


def test_webhook_create_shows_its_secret_once(office: Client, hook: HookServer) -> None:
    given = {"name": "Trust dashboard", "url": hook.url, "types": ["register.signed", "booking.made"]}

    answer = office.post(reverse("office_webhook_create"), given, follow=True)
    again = office.get(page_of(Webhook.objects.get()))

    webhook = Webhook.objects.get()
    (secret,) = signing.secrets_of(webhook, timezone.now())
    assert (webhook.name, webhook.url, webhook.types) == (given["name"], hook.url, ["booking.made", "register.signed"])
    assert answer.redirect_chain == [(page_of(webhook), 302)]
    assert (secret in answer.content.decode(), secret in again.content.decode()) == (True, False)
    assert list(HistoryLine.objects.about(webhook).values_list("verb", flat=True)) == ["webhook_made"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"url": "https://127.0.0.1/"}, "That address lies inside a network of its own"),
        ({"url": "http://dashboard.example/"}, "Begin the address with https://, so that nobody reads"),
        ({"types": []}, "Choose at least one thing that it is told of."),
        ({"types": ["webhook.test"]}, "webhook.test"),
        ({"name": ""}, "What it is for"),
    ],
)
def test_webhook_create_refuses_in_words(office: Client, given: dict[str, object], words: str) -> None:
    whole = {"name": "Dashboard", "url": "https://8.8.8.8/", "types": ["booking.made"]} | given

    answer = office.post(reverse("office_webhook_create"), whole)

    assert (answer.status_code, Webhook.objects.count()) == (200, 0)
    assert words in answer.content.decode().replace("&#x27;", "'")


def test_webhook_edit_keeps_what_it_is_told_and_tries_a_new_address_at_once(office: Client, hook: HookServer) -> None:
    now = timezone.now()
    webhook = create_webhook(failures=3, failing_since_at=now, next_try_at=now + timedelta(hours=5))

    office.post(
        reverse("office_webhook_edit", args=[webhook.pk]),
        {"name": "Sheet", "url": hook.url, "types": ["session.changed"]},
    )

    webhook.refresh_from_db()
    assert (webhook.name, webhook.types, webhook.next_try_at) == ("Sheet", ["session.changed"], None)
    assert verbs() == ["webhook_changed"]


def test_webhook_test_is_sent_and_the_page_shows_what_became_of_it(office: Client, hook: HookServer) -> None:
    now = timezone.now()
    webhook = create_webhook(url=hook.url, failures=9, failing_since_at=now, next_try_at=now + timedelta(hours=5))
    url = page_of(webhook)

    office.post(url, {"act": "test"})
    waiting = office.get(url).content.decode()
    twice = office.post(url, {"act": "test"}, follow=True).content.decode()
    take_a_turn()
    taken = office.get(url, headers={"HX-Request": "true"}).content.decode()

    (delivery,) = WebhookDelivery.objects.all()
    assert bytes(delivery.body).startswith(b'{"type":"webhook.test","timestamp":"')
    assert bytes(delivery.body).endswith(b'"data":{}}')
    assert ('http-equiv="refresh"' in waiting, 'hx-trigger="every 2s"' in waiting) == (True, True)
    assert "A test is on its way already." in twice
    assert ("The test was taken" in taken, "hx-trigger" in taken) == (True, False)
    assert verbs() == ["webhook_tested"]


def test_webhook_page_says_how_it_stands_as_soon_as_a_test_was_taken(office: Client, hook: HookServer) -> None:
    webhook = create_webhook(url=hook.url, failures=9, failing_since_at=timezone.now())
    url = page_of(webhook)
    office.post(url, {"act": "test"})
    before = office.get(url).content.decode()
    waiting = office.get(url, headers={"HX-Request": "true"}).content.decode()

    take_a_turn()
    taken = office.get(url, headers={"HX-Request": "true"}).content.decode()

    assert [("Nothing yet" in one, "It has taken nothing since" in one) for one in (before, waiting, taken)] == [
        (True, True),
        (True, True),
        (False, False),
    ]
    assert [one.count('hx-swap-oob="true"') for one in (before, waiting, taken)] == [0, 2, 2]
    webhook.refresh_from_db()
    assert f"<dt>Last taken</dt><dd>{day_short(webhook.taken_at)}, {clock(webhook.taken_at)}</dd>" in taken


def test_webhook_page_shows_a_check_that_works(office: Client, hook: HookServer) -> None:
    secret = signing.fresh()
    webhook = create_webhook(url=hook.url, secret=signing.keep(secret))
    create_delivery(webhook=webhook)
    take_a_turn()
    page = office.get(page_of(webhook)).content.decode()
    sample = next(one for one in re.findall(r"<pre[^>]*>(.*?)</pre>", page, re.S) if one.startswith("import"))
    names: dict[str, Any] = {}

    exec(unescape(sample), names)

    (post,) = hook.posts
    checks = [names["is_from_the_hub"](secret, post.headers, body) for body in (post.body, post.body + b" ")]
    assert checks == [True, False]


def test_webhook_log_names_what_it_was_about_and_sends_again(office: Client, hook: HookServer) -> None:
    webhook = create_webhook(url=hook.url, types=["booking.made"])
    booking = create_booking(work_group=create_work_group())
    make(timezone.now())
    hook.answers = ["410 Gone"]
    take_a_turn()
    office.post(page_of(webhook), {"act": "on"})
    hook.answers = ["200 OK"]

    shown = office.get(page_of(webhook)).content.decode()
    delivery = WebhookDelivery.objects.get()
    office.post(page_of(webhook), {"act": "again", "delivery": delivery.pk})
    take_a_turn()

    delivery.refresh_from_db()
    assert f'<a href="{reverse("booking_detail", args=[booking.pk])}">Booking {booking.pk}</a>' in shown
    assert (delivery.state, delivery.status) == ("sent", 200)
    assert len({post.headers["webhook-id"] for post in hook.posts}) == 1
    assert verbs()[-3:] == ["webhook_turned_off", "webhook_turned_on", "webhook_sent_again"]


def test_webhook_is_turned_off_and_on_gets_a_new_secret_and_is_removed(office: Client) -> None:
    webhook = create_webhook()
    url, before = page_of(webhook), webhook.secret
    waiting = create_delivery(webhook=webhook)

    office.post(url, {"act": "off"})
    waiting.refresh_from_db()
    off = office.get(url).content.decode()
    office.post(url, {"act": "off"})
    office.post(url, {"act": "on"})
    shown = office.post(url, {"act": "secret"}, follow=True).content.decode()
    webhook.refresh_from_db()
    removed = office.post(url, {"act": "remove"}, follow=True).content.decode()

    assert (waiting.state, waiting.error, "By the hub." in off) == ("failed", "The webhook was turned off.", True)
    assert (webhook.is_on, webhook.former_secret) == (True, before)
    assert "whsec_" in shown
    assert (Webhook.objects.count(), "“Trust dashboard”" in removed) == (0, True)
    acts = ["webhook_turned_off", "webhook_turned_on", "webhook_secret_renewed", "webhook_removed"]
    assert verbs() == acts


@pytest.mark.parametrize("act", ["", "again", "nonsense"])
def test_webhook_act_that_is_none_changes_nothing(office: Client, act: str) -> None:
    webhook = create_webhook()

    answer = office.post(page_of(webhook), {"act": act, "delivery": "x"})

    assert answer.status_code in (302, 404)
    assert verbs() == []


def test_webhook_log_is_turned_page_by_page(office: Client) -> None:
    webhook = create_webhook()
    for _ in range(51):
        create_delivery(webhook=webhook, state="failed")

    first, second = (office.get(page_of(webhook), {"page": page}).content.decode() for page in (1, 2))

    assert (first.count('data-label="What"'), second.count('data-label="What"')) == (50, 1)


def test_deliveries_are_kept_for_90_days(office: Client) -> None:
    webhook, now = create_webhook(), timezone.now()
    create_delivery(webhook=webhook, made_at=now - timedelta(days=91))
    kept = create_delivery(webhook=webhook, made_at=now - timedelta(days=89))
    rule = next(rule for rule in retention_rules() if rule.what.startswith("What other systems were told"))

    gone = rights.apply_rule(rule=rule, now=now)

    assert gone == 1
    assert list(WebhookDelivery.objects.all()) == [kept]


def test_erase_takes_a_name_out_of_what_a_webhook_is_for() -> None:
    staff = create_hub_staff()
    person = create_teacher(school=create_booking(work_group=create_work_group()).school, name="Fran Hill")
    webhook = create_webhook(name="Fran Hill's sheet", types=[Type.BOOKING_MADE])

    rights.erase(person=person, by=staff)

    webhook.refresh_from_db()
    assert webhook.name == "…'s sheet"
