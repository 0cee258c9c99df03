"""What of the mail needs a person: what may not have arrived, and nobody but a person can send again."""

from datetime import datetime

from django.db.models import Q
from django.urls import reverse

from booking.reports.office import Waiting
from booking.templatetags.words import clock, day
from notifications.models import Notice


def waiting(now: datetime) -> Waiting | None:
    """Oldest first, at most ten. A reminder of a session that has begun helps nobody any more."""
    lost = (
        Notice.objects.filter(state=Notice.State.UNKNOWN)
        .exclude(to="")
        .filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now))
    )
    rows = [
        (f"{notice.subject}, to {notice.to}", reverse("office_notice", args=[notice.pk]), _tried(notice.sent_at))
        for notice in lost.defer("raw", "text").order_by("pk")[:10]
    ]
    page = f"{reverse('office_notice_list')}?state={Notice.State.UNKNOWN}"
    return Waiting("Mails that may not have arrived", page, rows) if rows else None


def _tried(at: datetime | None) -> str:
    return f"tried {day(at)}, {clock(at)}" if at else ""
