"""How the hub is doing, for hub staff."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.access import PersonRequest, hub_staff_required
from config import versions
from notifications import status
from notifications.models import Notice


@never_cache
@hub_staff_required
def office_status(request: PersonRequest) -> HttpResponse:
    """What runs by itself, what waits and what is kept safe; each red line says what to do."""
    now = timezone.now()
    queue = status.Queue.read(now)
    lines = status.lines(now, queue)
    context = {
        "lines": lines,
        "worst": lines[0].state,
        "checked_at": now,
        "counts": [(Notice.State(state).label, number) for state, number in queue.counts.items() if number],
        "versions": versions.everything(),
    }
    return render(request, "notifications/office_status.html", context)
