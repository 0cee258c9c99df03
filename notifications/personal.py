"""What the outbox holds about a person: the mails that went to them, and those in which they are named."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model, Q

from accounts.models import User
from accounts.personal import Rule
from accounts.traces import Traces
from booking.models import CalendarEntry
from notifications.models import Choice, Inbound, Issue, Letter, Notice, Pause, Webhook, WebhookDelivery, Wording

GONE = [Notice.State.SENT, Notice.State.FAILED, Notice.State.DROPPED, Notice.State.UNKNOWN]
PUBLISHED: dict[type[Model], list[str]] = {Issue: ["subject", "body"]}
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
        ],
        "how_i_want_my_mail": [
            {"what": one.get_family_display(), "how": one.get_how_display()}
            for one in person.mail_choices.order_by("family")
        ],
        "mails_from_me_or_about_me": [
            {
                "when": one.at,
                "from": one.sender,
                "subject": one.subject,
                "words": one.text,
                "what_became_of_it": f"{one.get_state_display()} {one.why}".strip(),
            }
            for one in Inbound.objects.filter(_inbound(Traces.of(person))).order_by("pk")
        ],
        "letters_i_wrote_to_a_group": [
            {
                "when": one.at,
                "group": str(one.work_group),
                "to": one.to_words,
                "subject": one.subject,
                "words": one.body,
            }
            for one in person.letters.select_related("work_group", "session", "school").order_by("pk")
        ],
    }


def erase(traces: Traces, *, at: datetime) -> None:
    """Mails to the person lose every word; in mails to others the name goes, and with it the copy that was sent."""
    person = traces.person
    theirs = Q(person=person) | traces.at("to")
    Notice.objects.filter(traces.at("to")).update(person=person)
    Notice.objects.filter(theirs).exclude(state__in=GONE).exclude(kind__startswith="invite").update(
        state=Notice.State.DROPPED, claimed_until=None
    )
    # Which calendars a session stands in is known by the invites that went: they lose their address last.
    Notice.objects.filter(theirs, state__in=GONE).exclude(kind__startswith="invite").update(**WIPED)
    named = [notice.pk for notice in traces.scrub(Notice.objects.all(), ["text", "subject", "reason"])]
    Notice.objects.filter(pk__in=named, state__in=GONE).update(raw=b"")
    # What names them and has not left yet still goes to others, and loses its words when it has.
    Notice.objects.filter(pk__in=named).exclude(state__in=GONE).update(secret=True, text="")
    traces.scrub(Letter.objects.all(), ["subject", "body"])
    traces.scrub(Pause.objects.all(), ["reason"])
    traces.scrub(Webhook.objects.all(), ["name", "turned_off_why"])
    traces.scrub(WebhookDelivery.objects.all(), ["error"])
    traces.scrub(Wording.objects.all(), ["subject", "paragraph"])
    Choice.objects.filter(person=person).delete()
    Inbound.objects.filter(_inbound(traces)).delete()
    traces.scrub(Inbound.objects.all(), ["subject", "text", "why", "sender"])
    for model, columns in PUBLISHED.items():
        traces.unmistakable.scrub(model._base_manager.all(), columns)


def _inbound(traces: Traces) -> Q:
    return Q(person=traces.person) | traces.at("sender")


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
        "To answer what you were told.",
        _old,
        lambda due, now: due.update(text="", raw=b""),
    ),
    Rule(
        "Codes and personal links in mails that could not be delivered",
        "30 days",
        "So that the office can send such a mail again.",
        lambda now: Notice.objects.filter(secret=True, state__in=GONE, made_at__lt=now - timedelta(days=30)).exclude(
            raw=b""
        ),
        lambda due, now: due.update(raw=b""),
    ),
    Rule(
        "Mails that came to the hub: answers to invites, mails that came back, letters",
        "90 days",
        "To see what was answered, and to answer it. The hub's mailbox itself is kept by the hub.",
        lambda now: Inbound.objects.filter(at__lt=now - timedelta(days=90)),
        lambda due, now: due.delete()[0],
    ),
    Rule(
        "Letters to a work group, on its page",
        "6 years, as the history",
        "So that who leads it next knows what people were told.",
        lambda now: Letter.objects.filter(at__lt=now - timedelta(days=6 * 365)),
        lambda due, now: due.delete()[0],
    ),
    Rule(
        "What other systems were told: numbers of bookings and sessions, no names",
        "90 days",
        "To see what became of a message, and to send it again.",
        lambda now: WebhookDelivery.objects.filter(made_at__lt=now - timedelta(days=90)),
        lambda due, now: due.delete()[0],
    ),
    Rule(
        "That a mail went, to which address, and why",
        "6 years, as the history",
        "To answer whether you were told.",
        lambda now: Notice.objects.filter(made_at__lt=now - timedelta(days=6 * 365), state__in=GONE),
        lambda due, now: due.delete()[0],
    ),
]
