"""What of the mail needs a person: what may not have arrived, or could not be delivered, and what was written to us."""

from datetime import datetime

from django.urls import reverse

from booking.reports.todo import Found, ToDo, first_of
from booking.templatetags.words import clock, day
from notifications.models import Inbound, Notice


def undelivered(now: datetime, most: int) -> Found:
    """Mails that may not have arrived, and those that did not, though nothing is wrong with their address."""
    rows, total = first_of(Notice.objects.to_decide(now).defer("raw", "text").order_by("pk"), most)
    return Found(
        [
            ToDo(
                "Mail that may not have arrived" if notice.state == Notice.State.UNKNOWN else "Mail not delivered",
                f"{notice.subject}, to {notice.to}",
                reverse("office_notice", args=[notice.pk]),
                _tried(at := notice.sent_at or notice.next_try_at),
                at,
            )
            for notice in rows
        ],
        total,
    )


def came_in(now: datetime, most: int) -> Found:
    """Mails to the hub that wait for a person."""
    rows, total = first_of(Inbound.objects.waiting().defer("text").order_by("pk"), most)
    return Found(
        [
            ToDo(
                "Mail that came",
                f"{mail.sender}: {mail}" if mail.sender else str(mail),
                reverse("office_inbound", args=[mail.pk]),
                f"{day(mail.at)}, {clock(mail.at)}",
                mail.at,
            )
            for mail in rows
        ],
        total,
    )


FINDS = [("reach", undelivered), ("reach", came_in)]


def _tried(at: datetime) -> str:
    return f"tried {day(at)}, {clock(at)}"
