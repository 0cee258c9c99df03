"""The first and the last word about a request: what is refused unread, and what every answer carries."""

import codecs
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseNotAllowed

METHODS = ("GET", "HEAD", "POST", "OPTIONS")
# Text encodings a browser may send; utf-7 and its like would be decoded into something nobody checked.
CHARSETS = {"utf-8", "ascii", "iso8859-1", "cp1252"}


class PlainRequestsMiddleware:
    """Refuse odd methods and odd charsets with a 4xx; Django 5.2 answers some of them with a 500 or a 200."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        charset = (request.content_params or {}).get("charset")
        if charset and not _is_plain(charset):
            return HttpResponseBadRequest(
                "This charset is not understood; please use UTF-8.", content_type="text/plain"
            )
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return HttpResponseBadRequest("This address holds a character that no page has.", content_type="text/plain")
        return self.get_response(request)


def _is_plain(charset: str) -> bool:
    try:
        return codecs.lookup(charset).name in CHARSETS
    except (LookupError, ValueError):
        return False


class HeadersMiddleware:
    """Headers on every answer, errors too; what a logged-in person sees is kept by no cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), interest-cohort=()")
        if "Cache-Control" not in response:
            user = getattr(request, "user", None)
            private = (user is not None and user.is_authenticated) or request.path.startswith("/accounts/")
            response["Cache-Control"] = "no-store" if private else "no-cache"
        return response
