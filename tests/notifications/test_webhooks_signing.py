"""What a message is signed with, and how the secret for it is kept."""

import base64
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from notifications.actions import webhooks
from notifications.models import Webhook
from notifications.webhooks import sending, signing
from tests.factories import create_delivery, create_hub_staff, create_webhook
from tests.hook_server import HookServer

pytestmark = pytest.mark.django_db(transaction=True)

# The example that the reference libraries of Standard Webhooks publish.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY, TIMESTAMP, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def right(secret: str, headers: dict[str, str], body: bytes) -> str:
    """The signature as somebody else works it out."""
    said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.split("_", 1)[1])
    return "v1," + base64.b64encode(hmac.digest(key, said, "sha256")).decode()


def test_signature_is_that_of_the_published_example() -> None:
    at = datetime.fromtimestamp(TIMESTAMP, UTC)

    headers = signing.headers([SECRET], KEY, at, BODY)

    assert headers == {"webhook-id": KEY, "webhook-timestamp": str(TIMESTAMP), "webhook-signature": SIGNATURE}


def test_secret_is_32_random_bytes_and_kept_under_the_hubs_own(settings: Settings) -> None:
    webhook, secret = webhooks.make(
        name="Dashboard", url="https://dashboard.example/", types=["booking.made"], by=create_hub_staff()
    )

    kept = Webhook.objects.get().secret
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    assert secret not in kept
    assert signing.secrets_of(webhook, timezone.now()) == [secret]
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 10, [settings.SECRET_KEY]
    assert signing.secrets_of(webhook, timezone.now()) == [secret]
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(signing.LostSecretError):
        signing.secrets_of(webhook, timezone.now())


def test_message_of_a_lost_secret_is_not_sent_and_says_why(hook: HookServer, settings: Settings) -> None:
    webhook, staff = create_webhook(url=hook.url), create_hub_staff()
    delivery = create_delivery(webhook=webhook)
    settings.SECRET_KEY = "another" * 10

    sending.take_a_turn()
    delivery.refresh_from_db()
    before = (hook.connections, delivery.state, delivery.error)
    fresh = webhooks.renew_secret(webhook=webhook, by=staff)
    webhooks.try_webhook(webhook=webhook, by=staff)
    sending.take_a_turn()

    assert before == (0, "queued", "The hub's own secret has changed, so this webhook needs a new one.")
    assert [post.headers["webhook-signature"] for post in hook.posts] == [
        right(fresh, post.headers, post.body) for post in hook.posts
    ]
    assert len(hook.posts) == 1


def test_message_arrives_with_its_headers_and_its_signature(hook: HookServer) -> None:
    secret = signing.fresh()
    delivery = create_delivery(webhook=create_webhook(url=hook.url, secret=signing.keep(secret)))
    before = int(timezone.now().timestamp())

    sending.take_a_turn()

    (post,) = hook.posts
    assert post.line == "POST /taken?by=us HTTP/1.1"
    assert post.body == bytes(delivery.body)
    assert post.headers["host"] == f"127.0.0.1:{hook.port}"
    assert post.headers["content-type"] == "application/json"
    assert post.headers["user-agent"] == "Maths-Hub-Work-Groups/0.1.0"
    assert post.headers["webhook-id"] == str(delivery.key)
    assert before <= int(post.headers["webhook-timestamp"]) <= before + 5
    assert post.headers["webhook-signature"] == right(secret, post.headers, post.body)
    assert "cookie" not in post.headers


def test_new_secret_signs_beside_the_former_one_for_a_day(hook: HookServer) -> None:
    staff, former = create_hub_staff(), signing.fresh()
    webhook = create_webhook(url=hook.url, secret=signing.keep(former))
    fresh = webhooks.renew_secret(webhook=webhook, by=staff)

    create_delivery(webhook=webhook)
    sending.take_a_turn()
    Webhook.objects.update(former_until=timezone.now() - timedelta(seconds=1))
    create_delivery(webhook=webhook)
    sending.take_a_turn()

    during, after = hook.posts
    both = [right(one, during.headers, during.body) for one in (fresh, former)]
    assert during.headers["webhook-signature"].split(" ") == both
    assert after.headers["webhook-signature"] == right(fresh, after.headers, after.body)
