"""Is it alive, is it ready, how is it doing: for the machines that look after it."""

import hmac

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from booking.models import Attendance, Booking
from notifications.models import Notice


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers too; 503 when it does not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"database": "away"}, status=503)
    return JsonResponse({"database": "ok"})


@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus, for whoever holds METRICS_TOKEN; a 404 for everybody else."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        raise Http404
    registry = CollectorRegistry()
    notices = Gauge("hub_notices", "Mails by state", ["state"], registry=registry)
    for state in Notice.State.values:
        notices.labels(state).set(Notice.objects.filter(state=state).count())
    Gauge("hub_bookings_live", "Live bookings", registry=registry).set(Booking.objects.live().count())
    Gauge("hub_attendances", "Attendance rows", registry=registry).set(Attendance.objects.count())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
