"""Sending what was made: one message at a time to each webhook, several webhooks side by side, and only by the worker.

At least once: a worker that is killed in mid-send leaves its claim, which runs out, and the same bytes go again under
the same `webhook-id`.
"""

import logging
import threading
import time
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, connections, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from accounts import history
from accounts.models import User
from notifications.delivery import stopping
from notifications.models import Webhook, WebhookDelivery
from notifications.webhooks import signing
from notifications.webhooks.making import make
from notifications.webhooks.trying import Answer, post

log = logging.getLogger(__name__)

# When a message is tried again, and when an address that takes nothing is (Standard Webhooks, "Retry schedule").
STEPS = [
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
]
GIVE_UP_AFTER = timedelta(days=5)
LONGEST_WAIT = timedelta(days=1)
# A try takes ten seconds at most, and a look-up five before it.
LEASE = timedelta(seconds=40)
# So many webhooks are served side by side, each by a thread: one that is slow holds up no other.
SIDE_BY_SIDE = 3
# A turn ends after so long; the clock begins the next.
SECONDS_OF_A_TURN = 45.0
GONE = 410

State = WebhookDelivery.State
# In one process at most one turn at a time, so that slow systems never take the threads that mail needs.
_turn = threading.Lock()


def take_a_turn() -> int:
    """Make what is owed and send what is due. Returns how many messages were taken; 0 where a turn is under way."""
    if not _turn.acquire(blocking=False):
        return 0
    try:
        now, ends = timezone.now(), time.monotonic() + SECONDS_OF_A_TURN
        make(now)
        taken: list[int] = []
        workers = [
            threading.Thread(target=_work, args=(ends, taken), name="webhooks", daemon=True)
            for _ in range(min(_due(now).count(), SIDE_BY_SIDE))
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            while worker.is_alive() and not stopping.is_set():  # told to end, nobody waits for a slow system
                worker.join(0.1)
        return len(taken)
    finally:
        _turn.release()


def claim(now: datetime) -> tuple[Webhook, WebhookDelivery] | None:
    """Take the webhook whose turn it is for this worker alone, and the message that goes next to it."""
    with transaction.atomic():
        skips = connection.features.has_select_for_update_skip_locked
        free = _due(now).order_by(F("tried_at").asc(nulls_first=True), "pk")
        webhook = free.select_for_update(skip_locked=skips, of=("self",)).first()
        if webhook is None:
            return None
        delivery = webhook.deliveries.filter(state=State.QUEUED, next_try_at__lte=now).order_by("next_try_at", "pk")
        found = delivery.first()
        if found is None:
            return None  # another worker has just sent it
        webhook.claimed_until, webhook.tried_at = now + LEASE, now
        webhook.save(update_fields=["claimed_until", "tried_at"])
        found.attempts, found.tried_at = found.attempts + 1, now
        found.save(update_fields=["attempts", "tried_at"])
    return webhook, found


def send(webhook: Webhook, delivery: WebhookDelivery) -> Answer:
    """One try."""
    now, key, body = timezone.now(), str(delivery.key), bytes(delivery.body)
    try:
        given = signing.secrets_of(webhook, now)
    except signing.LostSecretError:
        return Answer(words="The hub's own secret has changed, so this webhook needs a new one.")
    return post(webhook.url, signing.headers(given, key, now, body), body)


@transaction.atomic
def settle(webhook: Webhook, delivery: WebhookDelivery, answer: Answer, now: datetime) -> None:
    """Write down what became of a try, unless the claim ran out meanwhile and another worker has the webhook."""
    held = Webhook.objects.select_for_update(of=("self",)).filter(pk=webhook.pk, claimed_until=webhook.claimed_until)
    row = held.first()
    if row is None:
        log.warning("webhook %s: its claim had run out", webhook.pk)
        return
    fate = _fate(delivery, answer, now)
    if "next_try_at" in fate and not row.is_on:
        fate = {"state": State.FAILED}  # turned off while this was on its way
    told: dict[str, Any] = {"status": answer.status, "error": answer.words[:300], "took_ms": answer.took_ms}
    WebhookDelivery.objects.filter(pk=delivery.pk).update(**told, **fate)
    row.claimed_until = None
    if answer.is_taken:
        row.failures, row.failing_since_at, row.next_try_at, row.taken_at = 0, None, None, now
    else:
        row.failures += 1
        row.failing_since_at = row.failing_since_at or now
        row.next_try_at = now + _pause(row.failures, answer)
        log.warning("webhook %s: %s", row.pk, answer.status or answer.words)
    row.save(update_fields=["claimed_until", "failures", "failing_since_at", "next_try_at", "taken_at"])
    if row.is_on and answer.status == GONE:
        turn_off(row, "It answered 410: nobody listens there any more.", now)
    elif row.is_on and row.failing_since_at and now - row.failing_since_at >= GIVE_UP_AFTER:
        said = f" It said last: {answer.words}" if answer.words else ""
        turn_off(row, f"It took nothing for {GIVE_UP_AFTER.days} days.{said}"[:300], now)


def turn_off(webhook: Webhook, why: str, now: datetime, *, by: User | None = None) -> None:
    """Nothing is sent to a webhook, that the caller has locked, any more; what waited is not sent."""
    webhook.is_on, webhook.turned_off_at, webhook.turned_off_why = False, now, why
    webhook.save(update_fields=["is_on", "turned_off_at", "turned_off_why"])
    waiting = webhook.deliveries.filter(state=State.QUEUED)
    waiting.filter(error="").update(error="The webhook was turned off.")
    waiting.update(state=State.FAILED)
    history.write("webhook_turned_off", about=[webhook], by=by, at=now, reason=why, tells=False)


def _due(now: datetime) -> Any:
    waits = WebhookDelivery.objects.filter(webhook=OuterRef("pk"), state=State.QUEUED, next_try_at__lte=now)
    return Webhook.objects.filter(
        Q(next_try_at=None) | Q(next_try_at__lte=now),
        Q(claimed_until=None) | Q(claimed_until__lte=now),
        Exists(waits),
        is_on=True,
    )


def _work(ends: float, taken: list[int]) -> None:
    """Send until nothing is due or the turn ends, in a thread with a connection of its own; note each one taken."""
    try:
        while time.monotonic() < ends and not stopping.is_set():
            claimed = claim(timezone.now())
            if claimed is None:
                break
            try:
                answer = send(*claimed)
            except Exception:  # ours, not theirs; it counts as a try, so that no message goes for ever
                log.exception("webhook %s: a message could not be tried", claimed[0].pk)
                answer = Answer(words="The hub could not send it.")
            settle(*claimed, answer, timezone.now())
            if answer.is_taken:
                taken.append(claimed[1].pk)
    except Exception:  # whatever is wrong with one, the clock begins another turn
        log.exception("a turn of the webhooks ended early")
    finally:
        connections.close_all()


def _pause(times: int, answer: Answer) -> timedelta:
    """How long to wait after so many failures one after the other, or for longer where the other side asks for it."""
    asked = min(answer.retry_after or timedelta(), LONGEST_WAIT)
    return max(STEPS[min(times, len(STEPS)) - 1], asked)


def _fate(delivery: WebhookDelivery, answer: Answer, now: datetime) -> dict[str, Any]:
    if answer.is_taken:
        return {"state": State.SENT}
    if answer.status == GONE or delivery.attempts > len(STEPS):
        return {"state": State.FAILED}
    return {"next_try_at": now + _pause(delivery.attempts, answer)}
