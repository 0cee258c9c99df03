"""The interface as a whole: its routes, its description, its answers where there is none."""

import json
from functools import lru_cache, wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Router

from booking.api import attendance, bookings, programme
from booking.api.problems import answer_in_sentences

# Rises only where an answer loses something, or says it otherwise; what is added needs no new number.
VERSION = "1"
DESCRIPTION = """
Read-only. The programme is for anybody; bookings and attendance need a key from the hub's office.

Lists come in pages, in the order in which things came to be: ask for `next` until it is null. To keep up, ask again
with the moment of your last question less five minutes (`changed_since`, `made_since`, `ended_since`, `signed_since`),
for what was being written then has come since; or let webhooks tell you.

What is refused is said in a sentence (RFC 9457). 120 questions a minute from one address, 600 with a key; then 429 with
Retry-After.
"""

api = NinjaAPI(
    title="Work groups, bookings and attendance",
    version=VERSION,
    description=DESCRIPTION.strip(),
    urls_namespace="api",
    docs_url=None,  # ours stands at /developers/: ninja's would load scripts from elsewhere
    openapi_url=None,  # the same: ours is made once
)
api.add_router("", programme.router)
api.add_router("", bookings.router)
api.add_router("", attendance.router)
answer_in_sentences(api)


elsewhere = Router()


@elsewhere.get("/openapi.json", include_in_schema=False, url_name="openapi-json")
def openapi(request: HttpRequest) -> HttpResponse:
    """The description (OpenAPI 3.1)."""
    answer = HttpResponse(_described(), content_type="application/json")
    answer["Access-Control-Allow-Origin"], answer["Cache-Control"] = "*", "public, max-age=3600"
    return answer


@lru_cache(maxsize=1)
def _described() -> bytes:
    return json.dumps(api.get_openapi_schema()).encode()


@elsewhere.get("/{path:anything}", include_in_schema=False, url_name="nothing")
def nothing(request: HttpRequest, anything: str) -> HttpResponse:
    """Any other address below: a sentence, and not a page for people."""
    raise Http404


def _answers_head(view: Any) -> Any:
    """HEAD as GET, of which the server sends no body (RFC 9110, section 9.3.2)."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        asked = request.method
        request.method = "GET" if asked == "HEAD" else asked
        try:
            return view(request, *args, **kwargs)
        finally:
            request.method = asked

    return answered


api.add_router("", elsewhere)

urls = api.urls
for pattern in urls[0]:
    # Each operation asks for a key where it needs one; people's log-in has no part in it.
    pattern.callback = login_not_required(_answers_head(pattern.callback))
