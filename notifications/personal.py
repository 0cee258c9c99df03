"""What the outbox holds about a person: the mails that went to them, and those in which they are named."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from accounts.models import User
from accounts.personal import Rule, Traces
from booking.models import CalendarEntry
from notifications.models import Notice

GONE = [Notice.State.SENT, Notice.State.FAILED, Notice.State.DROPPED, Notice.State.UNKNOWN]
WIPED: dict[str, Any] = {"to": "", "subject": "", "text": "", "raw": b"", "reason": "", "error": "", "dedupe_key": None}


def export(person: User) -> dict[str, Any]:
    return {
        "mails_to_me": [
            {
                "when": one.made_at,
                "subject": one.subject,
                "why": one.reason,
                "what_became_of_it": str(one.State(one.state).label),
            }
            for one in Notice.objects.filter(person=person).order_by("pk")
        ]
    }


def erase(traces: Traces, *, at: datetime) -> None:
    """Mails to the person lose every word; in mails to others the name goes, and with it the copy that was sent."""
    person = traces.person
    theirs = Q(person=person) | Q(to__in=traces.addresses)
    Notice.objects.filter(to__in=traces.addresses).update(person=person)
    Notice.objects.filter(theirs).exclude(state__in=GONE).exclude(kind__startswith="invite").update(
        state=Notice.State.DROPPED, claimed_until=None
    )
    # Which calendars a session stands in is known by the invites that went: they lose their address last.
    Notice.objects.filter(theirs, state__in=GONE).exclude(kind__startswith="invite").update(**WIPED)
    for notice in Notice.objects.filter(traces.within("text", "subject", "reason")).defer("raw"):
        notice.text, notice.subject = traces.out_of(notice.text), traces.out_of(notice.subject)
        notice.reason = traces.out_of(notice.reason)
        notice.save(update_fields=["text", "subject", "reason"])
        Notice.objects.filter(pk=notice.pk, state__in=GONE).update(raw=b"")


def finish(person: User) -> bool:
    """Mails that took sessions out of the old calendar lose their address once they have left."""
    if CalendarEntry.objects.filter(person=person).untold().exists():
        return False
    theirs = Notice.objects.filter(person=person)
    theirs.filter(state__in=GONE).update(**WIPED)
    return not theirs.exclude(state__in=GONE).exists()


def _old(now: datetime) -> Any:
    return Notice.objects.filter(made_at__lt=now - timedelta(days=365), state__in=GONE).exclude(text="", raw=b"")


RETENTION = [
    Rule(
        "The words of mails",
        "12 months; codes and personal links until they are sent",
        "To answer what you were told. That a mail went, and why, stays with the history.",
        _old,
        lambda due, now: due.update(text="", raw=b""),
    ),
]
