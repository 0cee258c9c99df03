"""What of the mail needs a person: what may not have arrived, and nobody but a person can send again."""

from datetime import datetime

from django.db.models import Q
from django.urls import reverse

from booking.reports.todo import Found, ToDo, first_of
from booking.templatetags.words import clock, day
from notifications.models import Notice


def doubtful(now: datetime, most: int) -> Found:
    """Mails that may not have arrived. A reminder of a session that has begun helps nobody any more."""
    lost = (
        Notice.objects.filter(state=Notice.State.UNKNOWN)
        .exclude(to="")
        .filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now))
    )
    rows, total = first_of(lost.defer("raw", "text").order_by("pk"), most)
    return Found(
        [
            ToDo(
                "Mail that may not have arrived",
                f"{notice.subject}, to {notice.to}",
                reverse("office_notice", args=[notice.pk]),
                _tried(notice.sent_at),
                notice.sent_at,
            )
            for notice in rows
        ],
        total,
    )


FINDS = [("reach", doubtful)]


def _tried(at: datetime | None) -> str:
    return f"tried {day(at)}, {clock(at)}" if at else ""
