"""Who may ask: anybody for the programme, a key for the rest; and how often."""

import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Literal

from allauth.core.internal import ratelimit
from django.core.cache import caches
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from ninja.errors import HttpError, Throttled
from ninja.security import HttpBearer
from ninja.throttling import BaseThrottle

from booking.actions import keys
from booking.links import token_digest
from booking.models import ApiKey

log = logging.getLogger(__name__)

MINUTE = 60
# Questions a minute: from one address, and with one key.
FROM_ONE_PLACE, WITH_ONE_KEY = 120, 600


class KeyedRequest(HttpRequest):
    auth: ApiKey


class Reads(HttpBearer):
    """A key in force that reads this (RFC 6750, 2.1). Who comes without one is counted by their address."""

    openapi_description = "A key that hub staff have made, sent as `Authorization: Bearer hub_…`."

    def __init__(self, what: Literal["bookings", "attendance"]) -> None:
        super().__init__()
        self.what = what

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        found = ApiKey.objects.in_force(timezone.localdate()).filter(digest=token_digest(token)).first()
        if found is None:
            _check(f"place:{ratelimit.get_ip(request)}", FROM_ONE_PLACE)
            return None
        _check(f"key:{found.pk}", WITH_ONE_KEY)
        if not getattr(found, f"reads_{self.what}"):
            raise HttpError(403, f"This key does not read {self.what}.")
        _note(found)
        return found


def for_the_asker_alone(operation: Callable[..., Any]) -> Callable[..., HttpResponse]:
    """What a key reads is kept by no cache on the way."""

    @wraps(operation)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = operation(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        patch_vary_headers(response, ["Authorization"])
        return response

    return answered


class ByPlace(BaseThrottle):
    """Without a key: so many a minute from one address, or one network of IPv6."""

    def allow_request(self, request: HttpRequest) -> bool:
        return _count(f"place:{ratelimit.get_ip(request)}") <= FROM_ONE_PLACE

    def wait(self) -> float:
        return MINUTE - time.time() % MINUTE


def _note(key: ApiKey) -> None:
    """When it was last used, as far as that can be written down just now: reading waits for no writer."""
    if key.used_at is not None and timezone.now() - key.used_at <= keys.NOTED_EVERY:
        return
    try:
        keys.note_use(key=key)
    except OperationalError:
        log.warning("the use of key %s could not be noted", key.pk)


def _check(whose: str, most: int) -> None:
    if _count(whose) > most:
        raise Throttled(wait=round(MINUTE - time.time() % MINUTE))


def _count(whose: str) -> int:
    """The how manieth question it is in this minute. One step, so that none of many at once is counted twice or not."""
    cache, key = caches["questions"], f"{whose}:{int(time.time()) // MINUTE}"
    cache.add(key, 0, 2 * MINUTE)
    try:
        return cache.incr(key)
    except ValueError:  # gone in between
        return 1
