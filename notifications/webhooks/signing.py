"""Secrets of webhooks, how they are kept, and what they sign (Standard Webhooks 1.0, "Verifying webhook authenticity").

A secret must be had to sign with it, so it cannot be kept as a digest. It is kept sealed (`accounts.sealing`): who has
only a backup of the database cannot speak for the hub.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

from accounts.sealing import seal, unseal
from notifications.models import Webhook

PREFIX = "whsec_"
LENGTH = 32
USE = "secrets of webhooks"


class LostSecretError(Exception):
    """The secret was kept under a key that the hub no longer has."""


def fresh() -> str:
    """A new secret, as it is shown and pasted."""
    return PREFIX + base64.b64encode(secrets.token_bytes(LENGTH)).decode()


def keep(secret: str) -> str:
    """The secret as it is kept in the database."""
    return seal(secret, use=USE)


def secrets_of(webhook: Webhook, now: datetime) -> list[str]:
    """Those that sign now: its own, and for a day after it was made anew the former too. Raises LostSecretError."""
    own = unseal(webhook.secret, use=USE)
    if own is None:
        raise LostSecretError
    former = None
    if webhook.former_until and webhook.former_until > now:
        former = unseal(webhook.former_secret, use=USE)  # none where it was lost, and made anew for that very reason
    return [own, former] if former else [own]


def sign(secret: str, key: str, timestamp: int, body: bytes) -> str:
    """One signature, of what it is, when it is sent, and what it says."""
    signed = b"%s.%d.%s" % (key.encode(), timestamp, body)
    digest = hmac.new(base64.b64decode(secret.removeprefix(PREFIX)), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def headers(given: list[str], key: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of one try."""
    timestamp = int(at.timestamp())
    return {
        "webhook-id": key,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(sign(secret, key, timestamp, body) for secret in given),
    }
