"""Whole pages from this process's memory, as long as what they show has not changed.

The key holds a version read from the database in a query or two, the filters, and the minute (booking opens and closes
by itself), so nothing stale can have the key of something new; what is no longer asked for is forgotten.
"""

import gzip
import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils import timezone

from accounts.access import ACTING_FOR, PersonRequest, memberships_of

# What of an address decides a page; anything else in it changes nothing and is not part of a kept page's key.
FILTERS = ("q", "phase", "kind", "la", "mode", "places", "near", "page", "year")
# A page is kept around its tokens: each answer carries a fresh one.
TOKEN = re.compile(rb'(?<=name="csrfmiddlewaretoken" value=")\w{64}(?=")')

Version = tuple[Any, ...]


def is_visitor(request: HttpRequest) -> bool:
    """Nobody is logged in here, and nobody was: no cookie of a web session came along."""
    return settings.SESSION_COOKIE_NAME not in request.COOKIES


def kept(request: HttpRequest, version: Version, make: Callable[[], HttpResponse]) -> HttpResponse:
    """A public page, for visitors."""
    zipped = "gzip" in request.headers.get("Accept-Encoding", "")
    key = _key(request, version)
    body: tuple[bytes, bytes] | None = _look_up(key)
    if body is None:
        response = make()
        if response.status_code != 200:
            return response
        body = (response.content, gzip.compress(response.content, 6))
        _keep(key, body)
    response = HttpResponse(body[1] if zipped else body[0])
    if zipped:
        response["Content-Encoding"] = "gzip"
    response["Vary"] = "Accept-Encoding, Cookie, HX-Request"
    return response


def kept_for_person(request: PersonRequest, version: Version, make: Callable[[], HttpResponse]) -> HttpResponse:
    """A page for somebody who is logged in, kept for them alone.

    `version` is of what the page shows, and changes with every act about the person (who may become a lead by it).
    """
    if len(get_messages(request)):
        return make()  # said once, so not a page to keep
    person = request.user
    frame = (
        person.pk,
        person.name,
        person.hub_role,
        request.session.get(ACTING_FOR),
        request.session.get("second_step"),
        *((one.pk, one.role, one.state, one.school.name) for one in memberships_of(request)),
    )
    key = _key(request, (frame, version))
    pieces: list[bytes] | None = _look_up(key)
    if pieces is None:
        response = make()
        if response.status_code == 200:
            _keep(key, TOKEN.split(response.content))
        return response
    return HttpResponse(get_token(request).encode().join(pieces) if len(pieces) > 1 else pieces[0])


def _key(request: HttpRequest, version: Version) -> str:
    minute = timezone.now().strftime("%Y%m%d%H%M")
    asked = {name: request.GET[name] for name in FILTERS if request.GET.get(name)}
    return repr((request.path, asked, bool(request.headers.get("HX-Request")), minute, version))


def _look_up(key: str) -> Any:
    found = caches["pages"].get(str(hash(key)))
    return found[1] if found and found[0] == key else None


def _keep(key: str, page: object) -> None:
    caches["pages"].set(str(hash(key)), (key, page), 120)
