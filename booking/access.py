"""Who may take a register: those who lead the group, and hub staff."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.access import PersonRequest, says_who
from booking.belonging import may_lead
from booking.models import Session, WorkGroup


def leads_groups(request: HttpRequest) -> bool:
    """Does who is logged in lead a work group, or has led one? Asked of the database once a request."""
    known: bool | None = getattr(request, "known_to_lead", None)
    if known is None:
        known = request.user.is_authenticated and request.user.facilitations.exists()
        request.known_to_lead = known  # type: ignore[attr-defined]  # ours, for the length of the request
    return known


def facilitator_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Somebody who leads a group, or hub staff."""

    @wraps(view)
    def checked(request: PersonRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_hub_staff and not leads_groups(request):
            raise Http404
        return view(request, *args, **kwargs)

    says_who(checked, "facilitator")
    return checked


def session_lead_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Somebody who leads the group of this session today, or hub staff; the view gets the session."""

    @wraps(view)
    def checked(request: PersonRequest, pk: int, *args: Any, **kwargs: Any) -> HttpResponse:
        sessions = Session.objects.select_related("work_group", "venue", "signed_by")
        session = get_object_or_404(sessions.taken_by(request.user, timezone.localdate()), pk=pk)
        return view(request, session, *args, **kwargs)

    says_who(checked, "facilitator of the session")
    return checked


def work_group_lead_required(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Somebody who leads this group today, or hub staff; the view gets the group."""

    @wraps(view)
    def checked(request: PersonRequest, pk: int, *args: Any, **kwargs: Any) -> HttpResponseBase:
        work_group = get_object_or_404(WorkGroup, pk=pk)
        if not may_lead(request.user, work_group):
            raise Http404
        return view(request, work_group, *args, **kwargs)

    says_who(checked, "facilitator of the group")
    return checked
