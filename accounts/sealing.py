"""Secrets that must be had again, and lie in the database meanwhile: kept under a key made of the hub's own.

Who has only a copy of the database reads none of them (Fernet: AES-128 in CBC mode with HMAC-SHA256).
"""

import base64
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


def seal(secret: str, *, use: str) -> str:
    """The secret as it is kept. `use`: what it is for; sealed for one use it opens for no other."""
    return _keys(use).encrypt(secret.encode()).decode()


def unseal(sealed: str, *, use: str, seconds: int | None = None) -> str | None:
    """The secret; None where the hub's own has changed since, or where it was sealed longer ago than `seconds`."""
    try:
        return _keys(use).decrypt(sealed.encode(), ttl=seconds).decode()
    except InvalidToken:
        return None


def _keys(use: str) -> MultiFernet:
    """Of the hub's secret, and of those before it that still open what they sealed."""
    secrets = [str(one).encode() for one in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    digests = (hmac.digest(secret, use.encode(), "sha256") for secret in secrets)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
