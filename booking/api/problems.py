"""What is answered where there is no answer: one sentence that says why, as RFC 9457 shapes it."""

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

TITLES = {
    401: "A key is needed",
    403: "This key does not open it",
    404: "Not found",
    422: "The question is not understood",
    429: "Too many questions",
}


def answer_in_sentences(api: NinjaAPI) -> None:
    """Let everything that is refused be answered by `problem`."""
    api.add_exception_handler(AuthenticationError, _no_key)
    api.add_exception_handler(Throttled, _too_many)
    api.add_exception_handler(HttpError, _refused)
    api.add_exception_handler(Http404, _nothing_there)
    api.add_exception_handler(ValidationError, _not_understood)


def problem(status: int, detail: str) -> HttpResponse:
    body = {"type": "about:blank", "title": TITLES.get(status, "No answer"), "status": status, "detail": detail}
    return HttpResponse(json.dumps(body), status=status, content_type="application/problem+json")


def _no_key(request: HttpRequest, error: Any) -> HttpResponse:
    detail = "Send a key that is in force: Authorization: Bearer hub_… A key that has run out opens nothing."
    answer = problem(401, detail)
    answer["WWW-Authenticate"] = "Bearer"  # RFC 6750, 3
    return answer


def _too_many(request: HttpRequest, error: Any) -> HttpResponse:
    seconds = max(1, round(error.wait or 60))
    answer = problem(429, f"Ask again in {seconds} seconds.")
    answer["Retry-After"] = str(seconds)
    return answer


def _refused(request: HttpRequest, error: Any) -> HttpResponse:
    return problem(error.status_code, error.message)


def _nothing_there(request: HttpRequest, error: Any) -> HttpResponse:
    return problem(404, "There is nothing at this address.")


def _not_understood(request: HttpRequest, error: Any) -> HttpResponse:
    wrong = [f"{one['loc'][-1]}: {one['msg']}" for one in error.errors]
    return problem(422, ". ".join(wrong)[:1000])
