"""The page of whoever opens the door at a venue, by a signed link."""

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import by_link
from booking.links import host_of
from booking.reports.hosts import expected_at

# Names are no longer needed at the signing-in desk then.
SHOWN_AFTER = timedelta(days=2)


@by_link
def host_session(request: HttpRequest, token: str) -> HttpResponse:
    """Where, when and who comes, as it stands now. Opening it changes nothing: mail scanners open links."""
    session = host_of(token)
    if session is None or (session.ends_at is not None and session.ends_at + SHOWN_AFTER < timezone.now()):
        raise Http404
    is_on = session.is_planned and session.starts_at is not None
    context = {
        "session": session,
        "work_group": session.work_group,
        "expected": expected_at(session) if is_on else None,
        "telephone": settings.HUB_TELEPHONE,
    }
    return render(request, "booking/host_session.html", context)
