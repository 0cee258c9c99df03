"""What a mail is, from its bytes alone: a report of a bounce, a machine's reply, an answer to an invite, a letter."""

import hashlib
import html
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses

import nh3

from notifications.inbound.bounces import Bounce, bounce_of
from notifications.inbound.characters import clean
from notifications.inbound.replies import Reply, proved_sender, reply_of
from notifications.models import Inbound

MOST_TEXT = 20_000
_MAIL_SERVERS = ("mailer-daemon", "postmaster", "mail-daemon")
_SENT_TO = ("Delivered-To", "X-Original-To", "X-Envelope-To", "Envelope-To", "To", "Cc")


@dataclass(frozen=True)
class Sorted:
    """A mail as far as it is understood; `why` says what is not."""

    kind: Inbound.Kind
    digest: str
    why: str = ""
    sender: str = ""
    subject: str = ""
    text: str = ""
    bounce: Bounce | None = None
    reply: Reply | None = None
    # The sender's address where our own mail server has proved it, else nothing; and every address it came to.
    proved: str = ""
    sent_to: tuple[str, ...] = ()


def sort(raw: bytes, size: int) -> Sorted:
    """Sort a mail (RFC 5322 bytes, or the beginning of one of that `size`). Raises for nothing that stands in it."""
    try:
        return _sort(raw, size)
    except Exception as error:  # mail is written by anybody: what Python cannot read, a person may
        why = f"It could not be read ({type(error).__name__}). It lies in the mailbox, in the folder To read."
        return Sorted(Inbound.Kind.OTHER, hashlib.sha256(raw).hexdigest(), why)


def _sort(raw: bytes, size: int) -> Sorted:
    message = message_from_bytes(raw)
    senders = [address for _, address in getaddresses([_header(message, "From")])]
    known = Sorted(
        Inbound.Kind.OTHER,
        digest=hashlib.sha256(_header(message, "Message-ID").strip().encode() or raw).hexdigest(),
        sender=clean(", ".join(senders))[:254],
        subject=clean(_header(message, "Subject"))[:250],
        text=_text(message),
    )
    if size > len(raw):
        lies = "It lies in the mailbox, in the folder To read."
        return replace(known, why=f"It is too large to be read here ({size // 1024:,} kB). {lies}")
    # First of all, since the invite inside a report says REQUEST.
    if message.get_content_type() == "multipart/report":
        return _report(message, known)
    calendar = next((part for part in _parts(message) if part.get_content_type() == "text/calendar"), None)
    is_server = any(address.partition("@")[0].lower() in _MAIL_SERVERS for address in senders)
    if not is_server and _is_automatic(message, has_calendar=calendar is not None):
        return replace(known, kind=Inbound.Kind.MACHINE, why="Out of office, or another reply that no person wrote.")
    if calendar is None:
        why = "A mail server wrote it, in words for people only." if is_server else "Somebody wrote to the hub."
        return replace(known, why=why)
    reply = reply_of(calendar)
    if isinstance(reply, str):
        return replace(known, why=reply)
    sent_to = [address for name in _SENT_TO for _, address in getaddresses(map(str, message.get_all(name, [])))]
    proved = proved_sender(message, senders)
    return replace(known, kind=Inbound.Kind.REPLY, reply=reply, proved=proved, sent_to=tuple(sent_to))


def _report(message: Message, known: Sorted) -> Sorted:
    match str(message.get_param("report-type", "delivery-status")).lower():
        case "delivery-status":
            bounce = bounce_of(message)
            why = "" if bounce else "A mail came back, and its report cannot be read."
            return replace(known, kind=Inbound.Kind.BOUNCE, why=why, bounce=bounce)
        case "disposition-notification":
            return replace(known, kind=Inbound.Kind.MACHINE, why="Says only that a mail was opened, or deleted.")
    return replace(known, why="A report of a kind that the hub does not know.")


def _is_automatic(message: Message, *, has_calendar: bool) -> bool:
    """Written by no person (RFC 3834, 5). Google calls generated what somebody answered by a click in a calendar."""
    said = _header(message, "Auto-Submitted").partition(";")[0].strip().lower()
    if said and said != "no" and not (said == "auto-generated" and has_calendar):
        return True
    replied = _header(message, "Precedence").strip().lower() == "auto_reply" or "X-Autoreply" in message
    return replied or "X-Autorespond" in message


def _parts(message: Message) -> Iterator[Message]:
    """Every part of this mail that is not a container, but nothing of mails that it carries."""
    if message.is_multipart() and message.get_content_maintype() == "multipart":
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from _parts(part)
    elif message.get_content_maintype() != "message":
        yield message


def _text(message: Message) -> str:
    found = dict[str, Message]()
    for part in _parts(message):
        if part.get_content_disposition() != "attachment":
            found.setdefault(part.get_content_type(), part)
    if "text/plain" in found:
        return clean(_decoded(found["text/plain"]))[:MOST_TEXT]
    if "text/html" in found:
        words = html.unescape(nh3.clean(_decoded(found["text/html"]), tags=set()))
        return clean(words)[:MOST_TEXT]
    return ""


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    octets = payload if isinstance(payload, bytes) else b""
    try:
        return octets.decode(part.get_content_charset() or "utf-8", errors="replace")
    except LookupError:  # a character set that nobody knows
        return octets.decode("utf-8", errors="replace")


def _header(message: Message, name: str) -> str:
    """The one header of this name, decoded; nothing where there are several, since programs differ in which counts."""
    values = message.get_all(name, [])
    if len(values) != 1:
        return ""
    try:
        return str(make_header(decode_header(values[0])))
    except (LookupError, ValueError):
        return str(values[0])
