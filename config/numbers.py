"""Each request has a number: in its answer, in every line of the log that it caused, and on the page of an error."""

import logging
import re
import secrets
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.core.signals import request_finished
from django.http import HttpRequest, HttpResponse

from config.middleware import METHODS

log = logging.getLogger("hub.requests")

HEADER = "X-Request-ID"
# As it is said over a telephone: no I, L, O or U (Crockford's base 32).
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# What a proxy of ours may have called it already.
_GIVEN = re.compile(r"[A-Za-z0-9-]{8,64}")


class NumberMiddleware:
    """Give each request its number, and say in one line what became of it: by the page's name, never by its address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        number = _number(request)
        began = time.perf_counter()
        # Until the request is over, since Django logs what went wrong after the last middleware.
        structlog.contextvars.bind_contextvars(request=number)
        response = self.get_response(request)
        match = request.resolver_match
        extra = {
            "page": match.view_name if match else "",
            "method": request.method if request.method in METHODS else "other",
            "status": response.status_code,
            "ms": round((time.perf_counter() - began) * 1000),
        }
        log.info("answered", extra=extra)
        response[HEADER] = number
        return response


@request_finished.connect
def forget_the_number(**_signal: Any) -> None:
    """The thread answers other requests, and works for nobody in between."""
    structlog.contextvars.unbind_contextvars("request")


def of_this_request() -> str:
    """The number of the request that is being answered; empty where none is."""
    return str(structlog.contextvars.get_contextvars().get("request", ""))


def _number(request: HttpRequest) -> str:
    given = request.headers.get(HEADER, "") if settings.ALLAUTH_TRUSTED_PROXY_COUNT else ""
    if _GIVEN.fullmatch(given):
        return given
    letters = "".join(secrets.choice(LETTERS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"
