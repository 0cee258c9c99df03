"""Putting a mail into the outbox: one row, in the caller's transaction, holding the very bytes that will leave."""

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import lru_cache
from typing import Any, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from accounts.models import BouncedAddress, User
from booking.emails import About, Mail
from booking.prepared import Prepared
from notifications.models import Notice, Priority
from notifications.stopping import Stops

# Seven bits only: a relay that cannot pass eight would rewrite the mail, and break its signature.
_POLICY = policy.SMTP.clone(cte_type="7bit")
# A header that is folded before its first word reads as if it began with a space, so headers of plain words stay whole
# (RFC 5322, 2.1.1 allows 998); encoded words keep to 78 (RFC 2047, 2). Folded, a long link in List-Unsubscribe would be
# made encoded words, in which no mail program looks for one.
_WHOLE = _POLICY.clone(max_line_length=900)
# Control characters, marks that turn the direction of the words around them, and halves of characters.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


# Nobody's holiday reply should answer a machine (RFC 3834, 5; Exchange knows only its own header). Read once: reading
# headers is most of what a mail costs.
_NO_REPLY = [
    _POLICY.header_factory("Auto-Submitted", "auto-generated"),
    _POLICY.header_factory("X-Auto-Response-Suppress", "OOF, AutoReply"),
]


class _EachHeader(policy.EmailPolicy):
    """Decides for each header by itself how it is folded."""

    def fold_binary(self, name: str, value: str) -> bytes:
        chosen = _WHOLE if str(value).isascii() else _POLICY
        return chosen.fold_binary(name, value)


_WRITTEN = _EachHeader(linesep="\r\n", cte_type="7bit")

STOPPED = "Not sent: mail to this address has come back before."

QUEUED, FAILED = Notice.State.QUEUED, Notice.State.FAILED


@dataclass(frozen=True)
class Envelope:
    """What the outbox knows about a mail beside its words."""

    kind: str
    to: str
    reason: str = ""
    person: User | None = None
    priority: Priority = Priority.SERVICE
    secret: bool = False
    once: bool = False
    order_key: str = ""
    dedupe_key: str | None = None
    sequence: int | None = None
    expires_at: datetime | None = None
    # Headers of a list (RFC 2369, 2919, 8058); whom an answer reaches; which other address of the hub's it comes from.
    headers: Mapping[str, str] = field(default_factory=dict)
    reply_to: str = ""
    sender: str = ""
    # It waits until then for second thoughts.
    not_before: datetime | None = None
    about: About = field(default_factory=About)
    # It leaves whatever was paused or chosen; and: whatever its reader chose.
    always: bool = False
    must_know: bool = False

    @classmethod
    def of(cls, mail: Mail, **more: Any) -> Self:
        """What a mail says of itself; `more`: what only whoever puts it knows, or knows better."""
        own = {
            "kind": mail.kind,
            "to": mail.to,
            "reason": mail.reason,
            "person": mail.person,
            "secret": mail.secret,
            "expires_at": mail.expires_at,
            "about": mail.about,
            "always": mail.always,
            "must_know": mail.must_know,
        }
        return cls(**(own | more))


def put_mail(mail: Mail, **more: Any) -> Notice | None:
    """Queue a mail as it is; `more` as in `Envelope.of`, the answer as of `put`."""
    return put(Envelope.of(mail, **more), subject=mail.subject, text=mail.text, html=mail.html)


def put(
    envelope: Envelope, *, subject: str, text: str, html: str = "", calendar: tuple[str, bytes] | None = None
) -> Notice | None:
    """Queue a mail. Returns its row, or None when a mail with the same dedupe key stands there already.

    An address that no mail can be sent to, or that mail has come back from, makes a row that has failed, for the office
    to see; never an error.

    `calendar` is (method, bytes of the .ics): iMIP as in RFC 6047, the calendar part last in multipart/alternative and
    the same bytes as an attachment, since Outlook looks in the first and others in the second.
    """
    if envelope.dedupe_key and Notice.objects.filter(dedupe_key=envelope.dedupe_key).exists():
        return None
    row = _row(envelope, subject, text, html, calendar, Stops.of([envelope]))
    if envelope.priority != Priority.SECURITY and BouncedAddress.objects.of(envelope.to).exists():
        _stop(row)
    if not envelope.dedupe_key:
        row.save(force_insert=True)
        return row
    # What is found by query may be found by ten ticks at the same moment: all but the first make nothing.
    Notice.objects.bulk_create([row], ignore_conflicts=True)
    made = _MADE.rows(key=row.key)
    if not made:
        return None
    row.pk = made[0][0]
    return row


_MADE = Prepared(lambda key: Notice.objects.filter(key=key).order_by().values_list("pk"), key=uuid.UUID(int=0))


def put_many(mails: Iterable[tuple[Envelope, str, str, str]]) -> int:
    """Queue many mails at once: (envelope, subject, text, html) of each. Returns how many were tried.

    One whose dedupe key stands there already is left out by the database, also if another worker puts it meanwhile.
    """
    mails = list(mails)
    stops = Stops.of([envelope for envelope, *_ in mails])
    rows = [_row(envelope, subject, text, html, None, stops) for envelope, subject, text, html in mails]
    stopped = BouncedAddress.objects.standing().filter(address__in={row.to.lower() for row in rows})
    bounced = set(stopped.values_list("address", flat=True))
    for row in rows:
        if row.to.lower() in bounced and row.priority != Priority.SECURITY:
            _stop(row)
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _stop(row: Notice) -> None:
    """Nothing but mail about logging in goes where mail comes back from. What nobody wanted stays as it is."""
    if row.state != Notice.State.DROPPED:
        row.raw, row.state, row.stop, row.error = b"", FAILED, "", STOPPED


def _row(
    envelope: Envelope, subject: str, text: str, html: str, calendar: tuple[str, bytes] | None, stops: Stops
) -> Notice:
    now, key = timezone.now(), uuid.uuid4()
    try:
        message = _message(envelope, key, now, subject, text, html, calendar)
        raw, state, error = message.as_bytes(policy=_WRITTEN), QUEUED, ""
    except (ValueError, IndexError, MessageError):
        raw, state, error = b"", FAILED, "Its address is not one that mail can be sent to."
    stop = stops.of_mail(envelope) if state == QUEUED else ""
    if stop:
        state = Notice.State.HELD if stop != Notice.Stop.CHOICE else Notice.State.DROPPED
        raw = raw if state == Notice.State.HELD else b""
    return Notice(
        key=key,
        kind=envelope.kind,
        reason=envelope.reason[:200],
        person=envelope.person,
        to=envelope.to,
        subject=one_line(subject)[:250],
        text="" if envelope.secret else text,
        raw=raw,
        state=state,
        stop=stop,
        error=error,
        school_id=envelope.about.school,
        work_group_id=envelope.about.work_group,
        session_id=envelope.about.session,
        always=envelope.always,
        secret=envelope.secret,
        once=envelope.once,
        priority=envelope.priority,
        order_key=envelope.order_key,
        dedupe_key=envelope.dedupe_key,
        sequence=envelope.sequence,
        expires_at=envelope.expires_at,
        next_try_at=envelope.not_before or now,
        made_at=now,
    )


def one_line(text: str) -> str:
    """Text that may stand in a header: no line breaks or control characters, and nothing that reads as encoded.

    Whoever is called "=?utf-8?q?Bcc=3A?=" would else be a header's syntax once it is decoded (RFC 2047, 6.1).
    """
    return _CONTROL.sub(" ", text).replace("=?", "= ?").strip()


def message_id(key: uuid.UUID) -> str:
    """The Message-ID of a row: the same for every try, on our own host (RFC 5322, 3.6.4)."""
    return f"<{key}@{urlsplit(settings.HUB_URL).hostname or 'localhost'}>"


def mailbox(address: str) -> str:
    """An address as SMTP writes it, in ASCII (RFC 5891 for the host). Raises ValueError where there is none."""
    name, _, host = address.rpartition("@")
    written = f"{name}@{host.encode('idna').decode()}"
    if not name or not written.isascii():
        raise ValueError("not an address")
    return written


@lru_cache
def _sender(name: str, address: str) -> Any:
    return _POLICY.header_factory("From", Address(one_line(name), addr_spec=address))


def _message(
    envelope: Envelope,
    key: uuid.UUID,
    now: datetime,
    subject: str,
    text: str,
    html: str,
    calendar: tuple[str, bytes] | None,
) -> EmailMessage:
    message = EmailMessage(policy=_POLICY)
    message["From"] = _sender(settings.HUB_NAME, envelope.sender or settings.HUB_EMAIL)
    name = one_line(envelope.person.name) if envelope.person and envelope.person.email == envelope.to else ""
    message["To"] = Address(name, addr_spec=mailbox(envelope.to))
    if envelope.reply_to:
        message["Reply-To"] = Address(addr_spec=mailbox(envelope.reply_to))
    message["Subject"] = one_line(subject)[:250]
    message["Date"] = format_datetime(timezone.localtime(now))
    message["Message-ID"] = message_id(key)
    for header in _NO_REPLY:
        message[header.name] = header
    for name, value in envelope.headers.items():
        message[name] = one_line(value)
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    if calendar is not None:
        method, ics = calendar
        # Base64 keeps the CRLF of RFC 5545 whatever a relay does to the lines of the mail.
        message.add_alternative(ics.decode(), subtype="calendar", params={"method": method}, cte="base64")
        message.add_attachment(ics, maintype="application", subtype="ics", filename="invite.ics")
    return message
