"""Is it alive, is it ready, how is it doing: for the machines that look after it."""

import hmac
from datetime import datetime

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from accounts import signs
from booking.models import Attendance, Booking
from config import start, versions
from notifications import status
from notifications.models import Webhook, WebhookDelivery


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
    now = timezone.now()
    queue = status.Queue.read(now)
    notices = Gauge("hub_notices", "Mails by state", ["state"], registry=registry)
    for state, number in queue.counts.items():
        notices.labels(state).set(number)
    waits = Gauge("hub_notice_waits_seconds", "How long the oldest mail that is due has waited", registry=registry)
    waits.set(queue.waits(now).total_seconds())
    Gauge("hub_notices_failing", "Mails that are tried again", registry=registry).set(queue.failing)
    _webhooks(registry, now)
    _signs(registry, now)
    Gauge("hub_bookings_live", "Live bookings", registry=registry).set(Booking.objects.live().count())
    Gauge("hub_attendances", "Attendance rows", registry=registry).set(Attendance.objects.count())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _webhooks(registry: CollectorRegistry, now: datetime) -> None:
    """Whether other systems take what they are told."""
    given_up, failing = status.not_taking(Webhook.objects.all(), now)
    words = "Webhooks that take nothing: still tried, or turned off because of it"
    Gauge("hub_webhooks_not_taking", words, registry=registry).set(len(given_up) + len(failing))
    waiting = WebhookDelivery.objects.filter(state=WebhookDelivery.State.QUEUED)
    Gauge("hub_webhook_messages_waiting", "Messages that wait to be taken", registry=registry).set(waiting.count())


def _signs(registry: CollectorRegistry, now: datetime) -> None:
    """What runs by itself, what is kept safe, and what stands here."""
    age = Gauge("hub_sign_age_seconds", "Since each last ran", ["name"], registry=registry)
    well = Gauge("hub_sign_well", "Whether it then went well", ["name"], registry=registry)
    left = signs.read()
    for name, sign in left.items():
        age.labels(name).set((now - sign.at).total_seconds())
        well.labels(name).set(sign.is_well)
    if backup := left.get(signs.Name.BACKUP):
        Gauge("hub_backup_bytes", "Size of the last backup", registry=registry).set(backup.details.get("size", 0))
    free = Gauge("hub_disk_free_bytes", "Room that is left, by what lies there", ["place"], registry=registry)
    for place, (bytes_free, _) in status.disks().items():
        free.labels(place.lower()).set(bytes_free)
    missing = Gauge("hub_migrations_missing", "Steps of this version that the database lacks", registry=registry)
    missing.set(start.missing_migrations())
    named = {name.lower(): version for name, version in versions.everything()}
    Gauge("hub_info", "Versions", [*named], registry=registry).labels(**named).set(1)
