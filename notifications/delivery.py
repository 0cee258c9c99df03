"""Delivering the outbox: rows are claimed one by one, so that two workers never send the same mail."""

import logging
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from django.conf import settings
from django.db import connection, transaction
from django.db.models import BooleanField, Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from booking.prepared import Prepared
from notifications import bounced
from notifications.acts import tell_acts
from notifications.lease import LEASE, Keeper
from notifications.models import IssueCopy, Notice
from notifications.outbox import mailbox
from notifications.owed import tell_entries
from notifications.smtp import Outcome, Result, SmtpTransport

log = logging.getLogger(__name__)

# What is wrong with the server says nothing of a mail: it waits this long, however often, and uses up no try. Nothing
# waits longer for a server that is away, so the queue drains by itself as soon as one is back.
AWAY = timedelta(seconds=20)
# So many refusals one after the other, to so many different hosts, are the server's: it is left alone for a while.
STORM, STORM_HOSTS = 10, 3
# What is refused for itself (4yz: a full mailbox, a greylist) is tried soon, for an hour every minute and a half, and
# then four times an hour for three days.
BACK_OFF = [timedelta(seconds=30), timedelta(minutes=1)] + [timedelta(seconds=90)] * 40
THEN = timedelta(minutes=15)
GIVE_UP_AFTER = timedelta(days=3)
# Where the answer was lost, the same bytes go again at once and then in these steps, for ten minutes; then a person
# decides, since each of those tries may have arrived.
DOUBT_FIRST, DOUBT_NEXT, DOUBT_LASTS = timedelta(seconds=5), timedelta(seconds=90), timedelta(minutes=10)
# After so many mails it is asked again what else there is to tell: a booking does not wait for a newsletter.
BATCH = 100

UNSENT = [Notice.State.QUEUED, Notice.State.RETRY, Notice.State.SENDING]
# Older mail that newer mail waits for: also what a pause holds. What is kept for a weekly mail is passed.
WAITS = Q(state__in=UNSENT) | Q(state=Notice.State.HELD, stop=Notice.Stop.PAUSE)
# Written out, and not by parameters, as the condition of the index: else SQLite does not see that it may be used, and
# reads a queue of 50,000 newsletters for every mail.
IN_QUEUE = RawSQL(  # a constant
    "notifications_notice.state IN ('queued', 'retry', 'sending')", [], output_field=BooleanField()
)

# Set when this process is told to end: the mail in hand is finished, and the rest is left to the next.
stopping = threading.Event()


class Transport(Protocol):
    def send(self, sender: str, to: str, raw: bytes, is_ours: Callable[[], bool]) -> Result: ...

    def close(self) -> None: ...


class FileTransport:
    """One .eml file a mail, in var/mail: what the demonstration sends."""

    def send(self, sender: str, to: str, raw: bytes, is_ours: Callable[[], bool]) -> Result:
        settings.MAIL_DIR.mkdir(parents=True, exist_ok=True)
        stamp = timezone.localtime().strftime("%Y%m%d-%H%M%S-%f")
        path = settings.MAIL_DIR / f"{stamp}-{''.join(c if c.isalnum() or c in '.@' else '_' for c in to)[:60]}.eml"
        aside = path.with_suffix(f".{os.getpid()}.part")
        aside.touch(mode=0o600)  # there are codes and personal links in some of them
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
        sent = deliver(BATCH if limit is None else min(BATCH, limit - total))
        total += sent
        if not (made or sent) or (limit is not None and total >= limit):
            return total


def deliver(limit: int | None = None) -> int:
    """Deliver what is due, over one connection. Returns how many mails left."""
    transport: Transport = SmtpTransport() if settings.EMAIL_URL else FileTransport()
    keeper, sent, refused = Keeper(), 0, list[Notice]()
    try:
        while (limit is None or sent < limit) and not stopping.is_set():
            notice = claim(timezone.now())
            if notice is None:
                break
            keeper.hold(notice)
            result = _send(transport, notice, keeper.is_ours)
            keeper.release()
            settle(notice, result, timezone.now())
            sent += result.outcome is Outcome.SENT
            if result.outcome is Outcome.AWAY:
                break
            refused = [*refused, notice] if result.outcome is Outcome.AGAIN else []
            if len(refused) >= STORM or len({one.to.rpartition("@")[2] for one in refused}) >= STORM_HOSTS:
                _blame_the_server(refused)
                break
    finally:
        keeper.end()
        transport.close()
    return sent


def _next_due(now: datetime) -> QuerySet[Notice]:
    """The mail that goes next, most urgent first, locked; none that another worker has in hand.

    A mail waits while an older one of the same order key is still to go to that address: the first invite never
    follows the update.
    """
    older = Notice.objects.filter(WAITS, order_key=OuterRef("order_key"), to=OuterRef("to"), pk__lt=OuterRef("pk"))
    may_go = Q(order_key="") | ~Exists(older)
    stale = Q(state=Notice.State.SENDING, claimed_until__lte=now)
    due = Notice.objects.filter(
        IN_QUEUE, Q(state__in=[Notice.State.QUEUED, Notice.State.RETRY], next_try_at__lte=now) | stale, may_go
    )
    skips = connection.features.has_select_for_update_skip_locked
    return due.order_by("priority", "pk").select_for_update(skip_locked=skips, of=("self",))[:1]


_NEXT_DUE = Prepared(_next_due, now=datetime(1970, 1, 1, tzinfo=UTC))


def claim(now: datetime) -> Notice | None:
    """Take the next mail that is due for this worker alone."""
    while True:
        with transaction.atomic():
            notice = next(_NEXT_DUE.ask(now=now), None)
            if notice is None:
                return None
            if notice.state == Notice.State.SENDING:
                # Its worker died in mid-work: the mail may have arrived, and nobody wrote it down.
                notice.sent_at = notice.sent_at or now
            is_late = notice.expires_at is not None and notice.expires_at <= now
            in_doubt = notice.state == Notice.State.SENDING and notice.once
            is_unwanted = not in_doubt and _was_stopped(notice)
            may_try = not (in_doubt or is_late or is_unwanted)
            refused = Notice.State.UNKNOWN if in_doubt else Notice.State.DROPPED
            notice.state = Notice.State.SENDING if may_try else refused
            notice.claimed_until = now + LEASE if may_try else None
            notice.attempts += may_try
            notice.stop = Notice.Stop.CHOICE if is_unwanted else notice.stop
            changed = ("state", "claimed_until", "attempts", "sent_at", "stop")
            Notice.objects.filter(pk=notice.pk).update(**{field: getattr(notice, field) for field in changed})
        if may_try:
            return notice


def _was_stopped(notice: Notice) -> bool:
    """A copy of the newsletter whose reader has stopped it since it was made."""
    copies = IssueCopy.objects.filter(notice=notice, subscription__ended_at__isnull=False)
    return notice.kind == "newsletter" and copies.exists()


def settle(notice: Notice, result: Result, now: datetime) -> None:
    """Write down what became of a try, unless the claim ran out meanwhile and another worker has the mail."""
    claimed = Notice.objects.filter(pk=notice.pk, state=Notice.State.SENDING, claimed_until=notice.claimed_until)
    if result.outcome is Outcome.LOST or not claimed.update(
        claimed_until=None, error=result.words, **_fate(notice, result, now)
    ):
        log.warning("mail %s: %s, but its claim had run out", notice.pk, result.outcome.value)
    elif result.outcome is not Outcome.SENT:
        log.warning("mail %s: %s %s", notice.pk, result.outcome.value, result.words)
        if result.no_mailbox:
            key = f"refused:{notice.pk}:{int(now.timestamp())}"  # sent again by hand, it may be refused again
            with transaction.atomic():
                bounced.mark(notice.to, code=result.no_mailbox, words=result.words, key=key, now=now)


def _send(transport: Transport, notice: Notice, is_ours: Callable[[], bool]) -> Result:
    try:
        return transport.send(settings.HUB_EMAIL, mailbox(notice.to), bytes(notice.raw), is_ours)
    except Exception as error:  # whatever is wrong with one mail, the others still go
        log.exception("mail %s could not be handed over", notice.pk)
        return Result(Outcome.AGAIN, type(error).__name__)


def _fate(notice: Notice, result: Result, now: datetime) -> dict[str, Any]:
    """The fields that say what happens next to a mail after this try."""
    match result.outcome:
        case Outcome.SENT if notice.secret:
            return {"state": Notice.State.SENT, "sent_at": now, "raw": b"", "text": ""}
        case Outcome.SENT:
            return {"state": Notice.State.SENT, "sent_at": now}
        case Outcome.REFUSED:
            return {"state": Notice.State.FAILED}
        case Outcome.AWAY:
            return {"state": Notice.State.RETRY, "next_try_at": now + AWAY, "attempts": notice.attempts - 1}
        case Outcome.UNKNOWN:
            since = notice.sent_at or now
            if notice.once or now - since > DOUBT_LASTS:
                return {"state": Notice.State.UNKNOWN, "sent_at": since}
            pause = DOUBT_NEXT if notice.sent_at else DOUBT_FIRST
            fate = {"state": Notice.State.RETRY, "next_try_at": now + pause, "sent_at": since}
        case _:
            pause = BACK_OFF[notice.attempts - 1] if notice.attempts <= len(BACK_OFF) else THEN
            fate = {"state": Notice.State.RETRY, "next_try_at": now + pause}
            if notice.attempts > len(BACK_OFF) and now - notice.made_at > GIVE_UP_AFTER:
                fate = {"state": Notice.State.FAILED}
    return fate | ({"state": Notice.State.DROPPED} if _is_overtaken(notice) else {})


def _blame_the_server(refused: list[Notice]) -> None:
    """Mails that were refused one after the other wait for the server, not for their own back-off."""
    waiting = Notice.objects.filter(pk__in=[one.pk for one in refused], state=Notice.State.RETRY, attempts__gt=0)
    waiting.update(next_try_at=timezone.now() + AWAY, attempts=F("attempts") - 1)
    log.warning("the mail server refuses one mail after the other; it is left alone for a while")


def _is_overtaken(notice: Notice) -> bool:
    """Whether a newer state of the same entry was told while this mail was on its way."""
    return (
        notice.sequence is not None
        and Notice.objects.filter(order_key=notice.order_key, sequence__gt=notice.sequence).exists()
    )
