"""Sending to systems that do well, badly, or nothing: each message arrives, none holds up another, or mail."""

import time
from datetime import timedelta
from email.utils import format_datetime

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import HistoryLine
from notifications import delivery as mail_delivery
from notifications import status
from notifications.models import Notice, Webhook, WebhookDelivery
from notifications.tasks import send_webhooks
from notifications.webhooks import sending, trying
from notifications.webhooks.sending import STEPS, claim, take_a_turn
from tests.factories import create_booking, create_delivery, create_webhook, create_work_group
from tests.hook_server import CLOSE, DRIP, DRIP_ON, HALF, HANG, HookServer, Post

pytestmark = pytest.mark.django_db(transaction=True)


def fresh(delivery: WebhookDelivery) -> WebhookDelivery:
    return WebhookDelivery.objects.select_related("webhook").get(pk=delivery.pk)


def waits(delivery: WebhookDelivery) -> tuple[timedelta, timedelta]:
    """For how long from its last try the message waits, and its webhook; to the second."""
    one = fresh(delivery)
    assert one.tried_at
    assert one.webhook.next_try_at
    moments = (one.next_try_at, one.webhook.next_try_at)
    first, second = (timedelta(seconds=int((moment - one.tried_at).total_seconds())) for moment in moments)
    return first, second


def let_time_pass(by: timedelta) -> None:
    """As if everything had been done so much earlier."""
    for row in WebhookDelivery.objects.filter(state="queued"):
        WebhookDelivery.objects.filter(pk=row.pk).update(next_try_at=row.next_try_at - by)
    for one in Webhook.objects.all():
        moments = {"next_try_at": one.next_try_at, "failing_since_at": one.failing_since_at}
        moments |= {"claimed_until": one.claimed_until}
        Webhook.objects.filter(pk=one.pk).update(**{name: at - by for name, at in moments.items() if at})


def test_task_tells_what_happened_and_notes_that_it_was_taken(hook: HookServer) -> None:
    webhook = create_webhook(url=hook.url, types=["booking.made"])
    create_booking(work_group=create_work_group())

    taken = [send_webhooks(), send_webhooks()]

    (delivery,) = WebhookDelivery.objects.all()
    webhook.refresh_from_db()
    assert taken == [1, 0]
    assert (delivery.state, delivery.status, delivery.attempts, delivery.error) == ("sent", 204, 1, "")
    assert (delivery.took_ms is not None, webhook.taken_at is not None) == (True, True)
    assert [post.body for post in hook.posts] == [bytes(delivery.body)]


@pytest.mark.parametrize(
    ("answer", "status_code", "words"),
    [
        ("500 Oh dear\n\n<h1>Something\nbroke</h1>", 500, "Something broke"),
        ("404 Not Found\n\n" + "no " * 5000, 404, ("no " * 67)[:200].strip()),
        ("302 Found\nLocation: http://127.0.0.1/", 302, trying.Answer().words),
        (CLOSE, None, "It ended the connection before it had answered."),
        (HALF, None, "It ended the connection before it had answered."),
        (HANG, None, "It did not answer within ten seconds."),
        (DRIP, None, "It did not answer within ten seconds."),
        (DRIP_ON, 500, ""),
        ("503 Later\nRetry-After: Mon, 01 Jan 99999999999 00:00:00 GMT", 503, ""),
    ],
    ids=["error", "long", "redirect", "closed", "half", "hanging", "dripping", "dripping on", "mad moment"],
)
def test_message_that_is_not_taken_is_tried_again(
    hook: HookServer, monkeypatch: pytest.MonkeyPatch, answer: str, status_code: int | None, words: str
) -> None:
    monkeypatch.setattr(trying, "SECONDS_IN_ALL", 0.5)
    hook.answers = [answer, "200 OK"]
    delivery = create_delivery(webhook=create_webhook(url=hook.url))

    begun = time.monotonic()
    take_a_turn()
    took = time.monotonic() - begun
    found = fresh(delivery)
    between = waits(delivery)
    let_time_pass(timedelta(seconds=6))
    take_a_turn()

    assert took < 3
    assert (found.state, found.status, found.attempts) == ("queued", status_code, 1)
    assert words in found.error
    assert between == (STEPS[0], STEPS[0])
    assert fresh(delivery).state == "sent"
    assert {post.headers["webhook-id"] for post in hook.posts} == {str(delivery.key)}
    assert Webhook.objects.get().failures == 0


def test_message_is_tried_as_the_standard_says_and_then_no_more(hook: HookServer) -> None:
    hook.answers = ["500 Oh dear"]
    delivery = create_delivery(webhook=create_webhook(url=hook.url))
    steps = []

    for step in STEPS:
        take_a_turn()
        steps.append(waits(delivery)[0])
        let_time_pass(step + timedelta(seconds=1))
        Webhook.objects.update(failing_since_at=timezone.now())  # something else got through
    take_a_turn()

    assert [step.total_seconds() for step in steps] == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert (fresh(delivery).state, fresh(delivery).attempts, len(hook.posts)) == ("failed", 10, 10)


@pytest.mark.parametrize(
    ("said", "seconds"), [("120", 120), ("1", 5), ("999999999", 86400), ("soon", 5), ("-5", 5), ("", 5)]
)
@pytest.mark.parametrize("code", [429, 503])
def test_answer_that_asks_to_wait_is_heeded_for_a_day_at_most(
    hook: HookServer, code: int, said: str, seconds: int
) -> None:
    hook.answers = [f"{code} Too much\nRetry-After: {said}"]
    delivery = create_delivery(webhook=create_webhook(url=hook.url))

    take_a_turn()

    assert waits(delivery) == (timedelta(seconds=seconds), timedelta(seconds=seconds))


def test_answer_may_ask_to_wait_until_a_moment(hook: HookServer) -> None:
    until = (timezone.now() + timedelta(minutes=30)).replace(microsecond=0)
    hook.answers = [f"503 Too much\nRetry-After: {format_datetime(until)}"]
    delivery = create_delivery(webhook=create_webhook(url=hook.url))

    take_a_turn()

    assert abs(fresh(delivery).next_try_at - until) < timedelta(seconds=5)


def test_answer_410_turns_the_webhook_off(hook: HookServer) -> None:
    hook.answers = ["410 Gone"]
    webhook = create_webhook(url=hook.url)
    first, second = create_delivery(webhook=webhook), create_delivery(webhook=webhook)

    take_a_turn()

    webhook.refresh_from_db()
    assert (webhook.is_on, webhook.turned_off_why) == (False, "It answered 410: nobody listens there any more.")
    assert [(one.state, one.error) for one in map(fresh, (first, second))] == [
        ("failed", ""),
        ("failed", "The webhook was turned off."),
    ]
    assert len(hook.posts) == 1
    assert list(HistoryLine.objects.about(webhook).values_list("verb", "by")) == [("webhook_turned_off", None)]
    line = next(
        one for one in status.lines(timezone.now(), status.Queue.read(timezone.now())) if one.name == "Webhooks"
    )
    assert (line.state, line.words) == (
        "bad",
        "“Trust dashboard” was turned off by itself. It answered 410: nobody listens there any more.",
    )


def test_webhook_that_takes_nothing_for_five_days_is_turned_off_and_says_why(hook: HookServer) -> None:
    hook.answers = ["500 Oh dear\n\nNo room"]
    webhook = create_webhook(url=hook.url)
    create_delivery(webhook=webhook)
    take_a_turn()
    let_time_pass(timedelta(days=4, hours=23))
    take_a_turn()
    assert Webhook.objects.get().is_on

    let_time_pass(timedelta(hours=2))
    take_a_turn()

    webhook.refresh_from_db()
    assert (webhook.is_on, webhook.turned_off_why) == (False, "It took nothing for 5 days. It said last: No room")


def test_messages_wait_for_one_probe_while_their_webhook_takes_nothing(hook: HookServer) -> None:
    hook.answers = ["500 Oh dear"]
    webhook = create_webhook(url=hook.url)
    for _ in range(20):
        create_delivery(webhook=webhook)

    for _ in range(3):
        take_a_turn()
    probes = len(hook.posts)
    hook.answers = ["200 OK"]
    let_time_pass(timedelta(seconds=6))
    take_a_turn()

    assert probes == 1
    assert WebhookDelivery.objects.filter(state="sent").count() == 20
    assert len({post.headers["webhook-id"] for post in hook.posts}) == 20


def test_message_that_is_refused_for_itself_does_not_keep_the_others(hook: HookServer) -> None:
    hook.answers = ["400 What", "200 OK"]
    webhook = create_webhook(url=hook.url)
    refused, other = create_delivery(webhook=webhook), create_delivery(webhook=webhook)
    take_a_turn()
    let_time_pass(timedelta(seconds=6))
    WebhookDelivery.objects.filter(pk=refused.pk).update(next_try_at=timezone.now() + timedelta(hours=1))

    take_a_turn()

    assert (fresh(refused).state, fresh(other).state) == ("queued", "sent")


def test_slow_webhook_delays_neither_another_nor_mail(
    hook: HookServer, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(trying, "SECONDS_IN_ALL", 1.5)
    hook.answers = [HANG]
    slow = create_delivery(webhook=create_webhook(url=hook.url))
    with HookServer() as quick:
        moments: list[tuple[float, str]] = []
        quick.at = lambda _post: moments.append((time.monotonic(), fresh(slow).state))
        create_delivery(webhook=create_webhook(url=quick.url))

        def mail_goes(_post: Post) -> None:
            Notice.objects.create(kind="letter", to="x@school.example", subject="Plan", raw=b"Plan")
            mail_delivery.drain()

        hook.at = mail_goes
        begun = time.monotonic()
        take_a_turn()

    assert [(at - begun < 1, state) for at, state in moments] == [(True, "queued")]
    assert Notice.objects.get().state == "sent"
    assert fresh(slow).error == "It did not answer within ten seconds."


def test_turn_that_is_under_way_takes_no_second_thread(hook: HookServer) -> None:
    create_delivery(webhook=create_webhook(url=hook.url))
    second: list[int] = []
    hook.at = lambda _post: second.append(take_a_turn())

    first = take_a_turn()

    assert (first, second) == (1, [0])


def test_message_of_a_killed_worker_goes_again_under_the_same_id(hook: HookServer) -> None:
    delivery = create_delivery(webhook=create_webhook(url=hook.url))
    claimed = claim(timezone.now())
    assert claimed
    sending.send(*claimed)  # and here it is killed
    meanwhile = take_a_turn()
    let_time_pass(sending.LEASE)

    again = take_a_turn()

    assert (meanwhile, again) == (0, 1)
    assert [post.headers["webhook-id"] for post in hook.posts] == [str(delivery.key)] * 2
    assert [post.body for post in hook.posts] == [bytes(delivery.body)] * 2
    assert (fresh(delivery).state, fresh(delivery).attempts) == ("sent", 2)


def test_worker_whose_claim_has_run_out_writes_nothing(hook: HookServer) -> None:
    delivery = create_delivery(webhook=create_webhook(url=hook.url))
    claimed = claim(timezone.now())
    assert claimed
    let_time_pass(sending.LEASE)
    take_a_turn()

    sending.settle(*claimed, trying.Answer(status=500), timezone.now())

    assert (fresh(delivery).state, Webhook.objects.get().failures) == ("sent", 0)


def test_claims_of_two_workers_never_meet_at_one_webhook(hook: HookServer) -> None:
    webhook = create_webhook(url=hook.url)
    create_delivery(webhook=webhook)
    create_delivery(webhook=webhook)
    other = create_delivery(webhook=create_webhook(url=hook.url))

    claims = [claim(timezone.now()) for _ in range(3)]

    assert [one[1].webhook_id if one else None for one in claims] == [webhook.pk, other.webhook_id, None]


def test_message_taken_while_its_webhook_was_turned_off_counts_as_taken(hook: HookServer) -> None:
    delivery = create_delivery(webhook=create_webhook(url=hook.url))
    hook.at = lambda _post: sending.turn_off(Webhook.objects.get(), "By the hub.", timezone.now())

    take_a_turn()

    assert (fresh(delivery).state, Webhook.objects.get().is_on) == ("sent", False)


def test_webhook_that_is_off_gets_nothing(hook: HookServer) -> None:
    webhook = create_webhook(url=hook.url, is_on=False, turned_off_at=timezone.now(), turned_off_why="By the hub.")
    create_delivery(webhook=webhook)

    taken = take_a_turn()

    assert (taken, hook.connections) == (0, 0)
