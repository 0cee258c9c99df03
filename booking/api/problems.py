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
    500: "Something broke",
    503: "Not now",
}


def answer_in_sentences(api: NinjaAPI) -> None:
    """Let everything that is refused be answered by `problem`."""
    api.add_exception_handler(AuthenticationError, _no_key)
    api.add_exception_handler(Throttled, _too_many)
    api.add_exception_handler(HttpError, _refused)
    api.add_exception_handler(Http404, _nothing_there)
    api.add_exception_handler(ValidationError, _not_understood)
    api.add_exception_handler(Exception, _broken)


def problem(status: int, detail: str, *, wait: int | None = None) -> HttpResponse:
    """Read by any site's page (CORS), and kept by nobody. `wait`: seconds after which it may be asked again."""
    body = {"type": "about:blank", "title": TITLES.get(status, "No answer"), "status": status, "detail": detail}
    answer = HttpResponse(json.dumps(body), status=status, content_type="application/problem+json")
    answer["Access-Control-Allow-Origin"], answer["Cache-Control"] = "*", "no-store"
    if wait is not None:
        answer["Retry-After"] = str(wait)
    return answer


def is_asked_by_a_program(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _no_key(request: HttpRequest, error: Any) -> HttpResponse:
    detail = "Send a key that is in force: Authorization: Bearer hub_… A key that has run out opens nothing."
    answer = problem(401, detail)
    answer["WWW-Authenticate"] = "Bearer"  # RFC 6750, 3
    return answer


def _too_many(request: HttpRequest, error: Any) -> HttpResponse:
    seconds = max(1, round(error.wait or 60))
    return problem(429, f"Ask again in {seconds} seconds.", wait=seconds)


def _refused(request: HttpRequest, error: Any) -> HttpResponse:
    return problem(error.status_code, error.message)


def _broken(request: HttpRequest, error: Any) -> HttpResponse:
    """As everywhere else: to be tried again, or a number under which it stands in the log; never a traceback."""
    raise error


def _nothing_there(request: HttpRequest, error: Any) -> HttpResponse:
    return problem(404, "There is nothing at this address.")


def _not_understood(request: HttpRequest, error: Any) -> HttpResponse:
    wrong = [f"{one['loc'][-1]}: {one['msg']}" for one in error.errors]
    return problem(422, ". ".join(wrong)[:1000])
