"""The database cannot do what is asked just now: a calm page says why, and nothing is half done."""

import sqlite3
import sys
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from booking.api.problems import is_asked_by_a_program, problem

# As 503.html knows them: a lock did not come free in time, there is no room, or nobody answers.
BUSY, FULL, AWAY = "busy", "full", "away"
# SQLite: another connection, or another part of this process, writes; the disk; the file.
OF_SQLITE = {
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_CANTOPEN: AWAY,
}
# PostgreSQL: the lock was not free in time, or two waited for each other and one of them was sent away; the disk; it
# stops, was stopped, or starts. An error without a state is the driver's own: it reached no server, or lost it.
OF_POSTGRES = {"55P03": BUSY, "40P01": BUSY, "53100": FULL, "57P01": AWAY, "57P02": AWAY, "57P03": AWAY, None: AWAY}
SECONDS = 5


class BusyMiddleware:
    """Ask for another try where a page met it. What an act had begun is undone with its transaction."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return _try_again(request, why) if (why := why_not(error)) else None


def server_error(request: HttpRequest) -> HttpResponse:
    """What broke is in the log under the number that stands on the page; also what broke before a page was reached."""
    if why := why_not(sys.exc_info()[1]):
        return _try_again(request, why)
    if is_asked_by_a_program(request):
        return problem(500, "Something broke here. Tell the hub the number in X-Request-ID.")
    return HttpResponse(render_to_string("500.html", {"email": settings.HUB_EMAIL}), status=500)


def why_not(error: BaseException | None) -> str:
    """One of BUSY, FULL, AWAY where it was that and nothing else; else empty."""
    if not isinstance(error, OperationalError):
        return ""
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return OF_SQLITE.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF, "")
    return OF_POSTGRES.get(getattr(cause, "sqlstate", ""), "")


def _try_again(request: HttpRequest, why: str) -> HttpResponse:
    if is_asked_by_a_program(request):
        return problem(503, f"The hub cannot answer just now. Ask again in {SECONDS} seconds.", wait=SECONDS)
    # No request goes into the template: what every page knows takes queries. Nor does anything ask later who this is,
    # in order to know whether the answer may be kept: a database that is away would be waited for twice.
    page = render_to_string("503.html", {"why": why, "back": _where_from(request), "email": settings.HUB_EMAIL})
    return HttpResponse(page, status=503, headers={"Retry-After": str(SECONDS), "Cache-Control": "no-store"})


def _where_from(request: HttpRequest) -> str:
    """The page with the form that was sent, if the browser says which of ours it was; else the first page."""
    came = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(came, {request.get_host()}):
        page = urlsplit(came)
        return f"{page.path}?{page.query}" if page.query else page.path
    return reverse("home")
