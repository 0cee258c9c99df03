"""Delivering the outbox: rows are claimed one by one, so that two workers never send the same mail."""

import logging
import os
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from notifications.acts import tell_acts
from notifications.models import Notice
from notifications.owed import tell_entries
from notifications.smtp import Outcome, Result, SmtpTransport

log = logging.getLogger(__name__)

# A worker that died holds its claim no longer than this; longer than any SMTP time-out.
LEASE = timedelta(minutes=5)
BACK_OFF = [
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(hours=24),
]
# The whole queue waits this long for a server that does not answer; no mail's tries are used up by it.
AWAY = timedelta(seconds=20)

UNSENT = [Notice.State.QUEUED, Notice.State.RETRY, Notice.State.SENDING]


class Transport(Protocol):
    def send(self, sender: str, to: str, raw: bytes) -> Result: ...

    def close(self) -> None: ...


class FileTransport:
    """One .eml file a mail, in var/mail: what the demonstration sends."""

    def send(self, sender: str, to: str, raw: bytes) -> Result:
        settings.MAIL_DIR.mkdir(parents=True, exist_ok=True)
        stamp = timezone.localtime().strftime("%Y%m%d-%H%M%S-%f")
        path = settings.MAIL_DIR / f"{stamp}-{''.join(c if c.isalnum() or c in '.@' else '_' for c in to)[:60]}.eml"
        aside = path.with_suffix(f".{os.getpid()}.part")
        aside.write_bytes(raw)
        aside.rename(path)
        return Result(Outcome.SENT)

    def close(self) -> None:
        """Nothing is kept open."""


def drain(limit: int | None = None) -> int:
    """Make every notice that is due and deliver it, until nothing is due now. Returns how many mails left."""
    total = 0
    while True:
        made = tell_acts() + tell_entries(timezone.now())
        sent = deliver(None if limit is None else limit - total)
        total += sent
        if not (made or sent) or (limit is not None and total >= limit):
            return total


def deliver(limit: int | None = None) -> int:
    """Deliver what is due, over one connection. Returns how many mails left."""
    transport: Transport = SmtpTransport() if settings.EMAIL_URL else FileTransport()
    sent = 0
    try:
        while limit is None or sent < limit:
            notice = claim(timezone.now())
            if notice is None:
                break
            result = transport.send(settings.HUB_EMAIL, notice.to, bytes(notice.raw))
            settle(notice, result, timezone.now())
            sent += result.outcome is Outcome.SENT
            if result.outcome is Outcome.AWAY:
                break
    finally:
        transport.close()
    return sent


def claim(now: datetime) -> Notice | None:
    """Take the next mail that is due, most urgent first, for this worker alone.

    A mail waits while an older one with the same order key is still to go: the first invite never follows the update.
    """
    older = Notice.objects.filter(order_key=OuterRef("order_key"), state__in=UNSENT, pk__lt=OuterRef("pk")).exclude(
        order_key=""
    )
    with transaction.atomic():
        stale = Q(state=Notice.State.SENDING, claimed_until__lte=now)
        due = Notice.objects.filter(
            Q(state__in=[Notice.State.QUEUED, Notice.State.RETRY], next_try_at__lte=now) | stale
        )
        notice = (
            due.filter(~Exists(older))
            .order_by("priority", "pk")
            .select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked, of=("self",))
            .first()
        )
        if notice is None:
            return None
        if notice.state == Notice.State.SENDING and notice.once:
            # Its worker died in mid-work: it may have arrived, and at most once means not to try again.
            notice.state, notice.claimed_until = Notice.State.UNKNOWN, None
            notice.save(update_fields=["state", "claimed_until"])
            found = None
        else:
            notice.state, notice.claimed_until = Notice.State.SENDING, now + LEASE
            notice.attempts += 1
            notice.save(update_fields=["state", "claimed_until", "attempts"])
            found = notice
    return found or claim(now)


def settle(notice: Notice, result: Result, now: datetime) -> None:
    """Write down what became of a try."""
    notice.claimed_until, notice.error = None, result.words
    match result.outcome:
        case Outcome.SENT:
            notice.state, notice.sent_at, notice.error = Notice.State.SENT, now, ""
            if notice.secret:
                notice.raw, notice.text = b"", ""
        case Outcome.REFUSED:
            notice.state = Notice.State.FAILED
        case Outcome.UNKNOWN if notice.once:
            notice.state = Notice.State.UNKNOWN
        case Outcome.AWAY:
            notice.state, notice.next_try_at = Notice.State.RETRY, now + AWAY
            notice.attempts -= 1
        case Outcome.AGAIN | Outcome.UNKNOWN:
            if notice.attempts > len(BACK_OFF):
                notice.state = Notice.State.FAILED
            else:
                notice.state = Notice.State.RETRY
                notice.next_try_at = now + BACK_OFF[notice.attempts - 1]
    notice.save()
    if result.outcome is not Outcome.SENT:
        log.warning("mail %s: %s %s", notice.pk, result.outcome.value, result.words)
