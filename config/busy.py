"""Too many at once: a row that stays locked for too long is answered with a calm page, and nothing is half done."""

import sqlite3
from collections.abc import Callable
from urllib.parse import urlsplit

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from config.numbers import number_of

# PostgreSQL: the lock was not free in time; or two waited for each other, and one of them was sent away.
LOCKED = {"55P03", "40P01"}
# SQLite: another connection, or another part of this process, writes.
BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
SECONDS = 5


class BusyMiddleware:
    """Ask for another try where the database was too busy. What an act had begun is undone with its transaction."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not (isinstance(error, OperationalError) and is_busy(error)):
            return None
        # No request goes into the template: what every page knows takes queries, and the database is busy.
        page = render_to_string("503.html", {"back": _where_from(request), "number": number_of(request)})
        return HttpResponse(page, status=503, headers={"Retry-After": str(SECONDS)})


def is_busy(error: OperationalError) -> bool:
    """Was it a lock that did not come free in time, and nothing else?"""
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in BUSY
    return getattr(cause, "sqlstate", None) in LOCKED


def _where_from(request: HttpRequest) -> str:
    """The page with the form that was sent, if the browser says which of ours it was; else the first page."""
    came = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(came, {request.get_host()}):
        page = urlsplit(came)
        return f"{page.path}?{page.query}" if page.query else page.path
    return reverse("home")
