"""Who may see what: every view says it with one of these decorators, and a test walks the URLs for views that do not.

A stranger to a page gets a 404, so that a guessed address tells nothing.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import get_authentication_records
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from accounts.models import Membership, School, User

# The key in a person's web session under which the school they act for is kept.
ACTING_FOR = "acting_for"


class PersonRequest(HttpRequest):
    """A request by somebody who is logged in."""

    user: User  # LoginRequiredMiddleware has let nobody else through


class SchoolRequest(PersonRequest):
    """A request by somebody who books for `school`."""

    school: School
    membership: Membership


def says_who(view: Callable[..., Any], who: str) -> None:
    """Write on the view who may see it; read by the convention and role tests."""
    view.seen_by = who  # type: ignore[attr-defined]


def person_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Anyone who is logged in; what they see is their own."""
    says_who(view, "person")
    return view


def hub_staff_required(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def checked(request: PersonRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_hub_staff:
            raise Http404
        return view(request, *args, **kwargs)

    says_who(checked, "hub staff")
    return checked


def reader_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Hub staff, and strategic partners who see figures and no people."""

    @wraps(view)
    def checked(request: PersonRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.reads_reports:
            raise Http404
        return view(request, *args, **kwargs)

    says_who(checked, "reader")
    return checked


def by_link(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Whoever holds a signed link, without a log-in. The link reaches no other site, no cache and no search engine.

    Not "no-referrer": a form on such a page would be sent with "Origin: null", and refused as forged.
    """

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except Http404:
            response = render(request, "accounts/link_ended.html", status=404)
        add_never_cache_headers(response)
        response["Referrer-Policy"], response["X-Robots-Tag"] = "strict-origin", "noindex"
        return response

    return login_not_required(opened)


def asks_again(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For what is sensitive: prove once more that it is you, even on a trusted phone, unless you just have."""
    return asks_who_has_no_proof(reauthentication_required(app="accounts")(view))


def asks_who_has_no_proof(view: Callable[..., HttpResponse], *, to_read: bool = True) -> Callable[..., HttpResponse]:
    """Who has neither password nor second step comes in again to prove it: allauth lets them pass unasked."""

    @wraps(view)
    def asked(request: PersonRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asks = request.user.is_authenticated and (to_read or request.method == "POST")
        if asks and not get_adapter().get_reauthentication_methods(request.user) and not _came_in_just_now(request):
            messages.info(request, "This is open to who has just logged in. Please log out, and in again.")
            again = f"{reverse('account_request_login_code')}?{urlencode({'next': request.get_full_path()})}"
            return redirect(f"{reverse('account_logout')}?{urlencode({'next': again})}")
        return view(request, *args, **kwargs)

    return asked


def _came_in_just_now(request: PersonRequest) -> bool:
    proofs = get_authentication_records(request, request.user)
    return bool(proofs) and time.time() - proofs[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT


def memberships_of(request: HttpRequest) -> list[Membership]:
    """The un-ended memberships of who is logged in, with their schools; asked of the database once a request."""
    known: list[Membership] | None = getattr(request, "known_memberships", None)
    if known is None:
        known = []
        if request.user.is_authenticated:
            known = list(request.user.memberships.current().select_related("school"))
        request.known_memberships = known  # type: ignore[attr-defined]  # ours, for the length of the request
    return known


def membership_in_use(request: HttpRequest) -> Membership | None:
    """The membership by which this person books: the school they chose to act for, else the first they lead."""
    leading = [
        one
        for one in memberships_of(request)
        if one.role == Membership.Role.LEAD and one.state != Membership.State.INVITED
    ]
    leading.sort(key=lambda one: (one.state != Membership.State.ACTIVE, one.pk))
    chosen = request.session.get(ACTING_FOR)
    return next((one for one in leading if one.school_id == chosen), leading[0] if leading else None)


def school_lead_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Somebody who books for a school, confirmed or not yet; who has no school yet is shown the way to it."""

    @wraps(view)
    def checked(request: SchoolRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        membership = membership_in_use(request)
        if membership is None:
            if memberships_of(request) or request.user.hub_role:
                raise Http404
            return redirect(f"{reverse('school_find')}?next={request.path}")
        request.membership, request.school = membership, membership.school
        return view(request, *args, **kwargs)

    says_who(checked, "school lead")
    return checked


def confirmed_lead_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A lead whom the hub has confirmed: until then nothing of the school is shown."""

    @wraps(view)
    def checked(request: SchoolRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        membership = membership_in_use(request)
        if membership is None or membership.state != Membership.State.ACTIVE:
            raise Http404
        request.membership, request.school = membership, membership.school
        return view(request, *args, **kwargs)

    says_who(checked, "confirmed lead")
    return checked
