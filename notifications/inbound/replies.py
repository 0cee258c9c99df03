"""Answers to invites (RFC 5546, 3.2.3): what one says, and whether it is proved who wrote it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message

import icalendar
from django.conf import settings

from notifications.inbound.characters import clean

_SAYS = {"ACCEPTED": "coming", "DECLINED": "cannot", "TENTATIVE": "perhaps"}
_PROPERTY = re.compile(r"header\.from\s*=\s*([^\s;]+)", re.IGNORECASE)
_DMARC = re.compile(r"dmarc\s*=\s*(\w+)", re.IGNORECASE)


@dataclass(frozen=True)
class Reply:
    """`says` as in `Inbound.Says`; `attendee` in small letters; `stamp`: when it was made, if it says so."""

    uid: str
    attendee: str
    sequence: int
    stamp: datetime | None
    says: str


def reply_of(part: Message) -> Reply | str:
    """The answer in a text/calendar part, or why it is none, in words for the office.

    Exchange leaves the ORGANIZER out and writes the names of Windows for time zones: neither is looked at.
    """
    payload = part.get_payload(decode=True)
    octets = payload if isinstance(payload, bytes) else b""
    try:
        calendar = icalendar.Calendar.from_ical(octets.decode(part.get_content_charset() or "utf-8", errors="replace"))
        events = calendar.walk("VEVENT")
        said, method = str(part.get_param("method", "")).upper(), str(calendar.get("METHOD", "")).upper()
    except (LookupError, ValueError, IndexError, TypeError, AttributeError):
        return "It holds a calendar entry that cannot be read."
    if said != "REPLY" or method != "REPLY":
        kinds = " and ".join(sorted({said or "nothing", method or "nothing"}))
        return clean(f"It holds a calendar message ({kinds}), and the hub acts on answers only.")
    if len(events) != 1 or "RECURRENCE-ID" in events[0]:
        return "It answers for several dates at once."
    event = events[0]
    attendee = event.get("ATTENDEE")
    if isinstance(attendee, list) or attendee is None:
        return "It does not say for whom it answers."
    partstat = str(attendee.params.get("PARTSTAT", "")).upper()
    if partstat not in _SAYS:
        return clean(f"It says neither yes nor no ({partstat or 'nothing'}).")
    return Reply(
        uid=clean(str(event.get("UID", ""))),
        attendee=re.sub(r"^mailto:", "", clean(str(attendee)), flags=re.IGNORECASE).strip().lower(),
        sequence=_sequence(event),
        stamp=_stamp(event),
        says=_SAYS[partstat],
    )


def _sequence(event: icalendar.Component) -> int:
    """Without SEQUENCE it is 0 (RFC 5545, 3.8.7.4)."""
    found = str(event.get("SEQUENCE", "0"))
    return int(found) if found.isdecimal() and len(found) < 10 else 0


def _stamp(event: icalendar.Component) -> datetime | None:
    found = event.get("DTSTAMP")
    stamp = found.dt if isinstance(found, icalendar.vDDDTypes) else None
    if not isinstance(stamp, datetime):
        return None
    return stamp.astimezone(UTC) if stamp.tzinfo else stamp.replace(tzinfo=UTC)


def proved_sender(message: Message, senders: Sequence[str]) -> str:
    """The address in From, where our own mail server says that its domain stands behind it (RFC 8601, RFC 7489).

    Only the topmost Authentication-Results counts, and only by our server's name: whoever wrote the mail may have put
    others below it. From can stand there once, with one address, of the very domain that was proved.
    """
    found = message.get_all("Authentication-Results", [])
    if not settings.INBOUND_AUTHSERV_ID or not found or len(senders) != 1 or len(message.get_all("From", [])) != 1:
        return ""
    server, *results = _bare(str(found[0])).split(";")
    if server.split()[:1] != [settings.INBOUND_AUTHSERV_ID.lower()]:
        return ""
    dmarc = [(match[1], one) for one in results if (match := _DMARC.match(one.strip()))]
    if len(dmarc) != 1 or dmarc[0][0] != "pass":
        return ""
    proved = _PROPERTY.search(dmarc[0][1])
    domain = senders[0].rpartition("@")[2].lower()
    return senders[0].lower() if proved and domain and proved[1] == domain else ""


def _bare(header: str) -> str:
    """A header in small letters without its comments and quoted words, in which anybody's text may stand."""
    kept, depth, quoted, characters = list[str](), 0, False, iter(header)
    for character in characters:
        if character == "\\" and (depth or quoted):
            next(characters, "")
        elif character == '"' and not depth:
            quoted = not quoted
        elif character == "(" and not quoted:
            depth += 1
        elif character == ")" and depth and not quoted:
            depth -= 1
        elif not depth and not quoted:
            kept.append(character)
    return "".join(kept).lower()
