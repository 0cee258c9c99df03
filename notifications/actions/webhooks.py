"""Other systems are connected, tested, turned off and on, and taken out by hub staff."""

from collections.abc import Sequence
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import HistoryLine, User
from notifications import wake
from notifications.models import Type, Webhook, WebhookDelivery
from notifications.webhooks import sending, signing
from notifications.webhooks.making import body_of
from notifications.webhooks.reaching import take_apart

# For so long both secrets sign, so that the other side can take the new one up when it suits.
BOTH_SIGN = timedelta(hours=24)
State = WebhookDelivery.State


@transaction.atomic(durable=True)
def make(*, name: str, url: str, types: Sequence[str], by: User) -> tuple[Webhook, str]:
    """Connect another system. Returns it, and its secret, which can be shown this once."""
    now, secret = timezone.now(), signing.fresh()
    webhook = Webhook(
        name=name.strip(),
        url=_checked(url),
        types=_known(types),
        secret=signing.keep(secret),
        made_at=now,
        made_by=by,
        tells_from_at=now,
        settled_line=_last_line(),
    )
    webhook.full_clean()
    webhook.save()
    history.write("webhook_made", about=[webhook], by=by, at=now, tells=False)
    return webhook, secret


@transaction.atomic(durable=True)
def change(*, webhook: Webhook, name: str, url: str, types: Sequence[str], by: User) -> Webhook:
    """What it is for, where it is, what it is told of. Another address is tried at once."""
    webhook = _lock(webhook)
    if url != webhook.url:
        webhook.next_try_at, webhook.failing_since_at, webhook.failures = None, None, 0
    webhook.name, webhook.url, webhook.types = name.strip(), _checked(url), _known(types)
    webhook.full_clean()
    webhook.save()
    history.write("webhook_changed", about=[webhook], by=by, at=timezone.now(), tells=False)
    return webhook


@transaction.atomic(durable=True)
def turn_off(*, webhook: Webhook, by: User) -> None:
    """Tell it nothing any more; what waits is not sent."""
    webhook = _lock(webhook)
    if not webhook.is_on:
        raise ValidationError("It is off already.")
    sending.turn_off(webhook, "By the hub.", timezone.now(), by=by)


@transaction.atomic(durable=True)
def turn_on(*, webhook: Webhook, by: User) -> None:
    """Tell it what happens from now on."""
    webhook, now = _lock(webhook), timezone.now()
    if webhook.is_on:
        raise ValidationError("It is on already.")
    webhook.is_on, webhook.turned_off_at, webhook.turned_off_why = True, None, ""
    webhook.next_try_at, webhook.failing_since_at, webhook.failures = None, None, 0
    webhook.tells_from_at, webhook.settled_line = now, _last_line()
    webhook.full_clean()
    webhook.save()
    history.write("webhook_turned_on", about=[webhook], by=by, at=now, tells=False)


@transaction.atomic(durable=True)
def renew_secret(*, webhook: Webhook, by: User) -> str:
    """A new secret, returned to be shown once. For a day the former one signs beside it."""
    webhook, now, secret = _lock(webhook), timezone.now(), signing.fresh()
    webhook.former_secret, webhook.former_until = webhook.secret, now + BOTH_SIGN
    webhook.secret = signing.keep(secret)
    webhook.save(update_fields=["secret", "former_secret", "former_until"])
    history.write("webhook_secret_renewed", about=[webhook], by=by, at=now, tells=False)
    return secret


@transaction.atomic(durable=True)
def remove(*, webhook: Webhook, by: User) -> None:
    """Take it out, with all that was kept of its messages."""
    webhook = _lock(webhook)
    history.write("webhook_removed", about=[webhook], by=by, at=timezone.now(), reason=webhook.name, tells=False)
    webhook.delete()


@transaction.atomic(durable=True)
def try_webhook(*, webhook: Webhook, by: User) -> WebhookDelivery:
    """Queue a message about nothing, which is tried at once, whatever failed before."""
    webhook, now = _lock(webhook), timezone.now()
    _check_on(webhook)
    if webhook.deliveries.filter(type=Type.TEST, state=State.QUEUED, attempts=0).exists():
        raise ValidationError("A test is on its way already.")
    body = body_of(Type.TEST, now, {})
    delivery = WebhookDelivery.objects.create(webhook=webhook, type=Type.TEST, body=body, made_at=now, next_try_at=now)
    _try_at_once(webhook)
    history.write("webhook_tested", about=[webhook], by=by, at=now, tells=False)
    return delivery


@transaction.atomic(durable=True)
def send_again(*, delivery: WebhookDelivery, by: User) -> None:
    """Queue what was taken, or was not, once more: the same bytes under the same id."""
    webhook, now = _lock(delivery.webhook), timezone.now()
    _check_on(webhook)
    again = webhook.deliveries.filter(pk=delivery.pk).exclude(state=State.QUEUED)
    if not again.update(state=State.QUEUED, attempts=0, next_try_at=now, status=None, error="", took_ms=None):
        raise ValidationError("This message waits to go already.")
    _try_at_once(webhook)
    details = {"delivery": str(delivery.key)}
    history.write("webhook_sent_again", about=[webhook], by=by, at=now, details=details, tells=False)


def _lock(webhook: Webhook) -> Webhook:
    return Webhook.objects.select_for_update(of=("self",)).get(pk=webhook.pk)


def _checked(url: str) -> str:
    take_apart(url)
    return url


def _known(types: Sequence[str]) -> list[str]:
    """Types in the order of the page; at least one."""
    known = [str(one) for one in Type if one in types and one != Type.TEST]
    if not known:
        raise ValidationError({"types": "Choose at least one thing that it is told of."})
    return known


def _last_line() -> int:
    """The newest act: those before it are not told."""
    return HistoryLine.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _check_on(webhook: Webhook) -> None:
    if not webhook.is_on:
        raise ValidationError("Turn it on first.")


def _try_at_once(webhook: Webhook) -> None:
    Webhook.objects.filter(pk=webhook.pk).update(next_try_at=None)
    transaction.on_commit(lambda: wake.wake(wake.SEND_WEBHOOKS), robust=True)
