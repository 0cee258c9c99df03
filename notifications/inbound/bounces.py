"""Reports of mail that came back (RFC 3464): which of our mails it was, and what the other side said."""

import re
from dataclasses import dataclass
from email import message_from_string
from email.message import Message
from uuid import UUID

from notifications.inbound.characters import clean
from notifications.statuses import is_of_the_address, statuses

_KEY = re.compile(r"<([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})@", re.IGNORECASE)
_ADDRESS = re.compile(r"\S+@\S+")


@dataclass(frozen=True)
class Bounce:
    """`key` is that of the notice (none: the report does not name it), `code` the status of RFC 3463."""

    key: UUID | None
    code: str
    words: str
    failed: bool

    @property
    def is_of_the_address(self) -> bool:
        """There is no use in writing to it again."""
        return self.failed and is_of_the_address(self.code)


def bounce_of(message: Message) -> Bounce | None:
    """What a multipart/report says; None where it says nothing that can be read."""
    reports, key = list[Message](), None
    parts = message.get_payload()
    for part in parts if isinstance(parts, list) else []:
        if not isinstance(part, Message):
            continue
        payload = part.get_payload()
        match part.get_content_type():
            case "message/delivery-status" | "message/global-delivery-status":
                reports += [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []
            case "message/rfc822" | "message/global" if isinstance(payload, list) and payload:
                key = key or _key(payload[0])
            case "text/rfc822-headers" | "message/global-headers":
                text = part.get_payload(decode=True)
                inner = payload[0] if isinstance(payload, list) and payload else None
                head = message_from_string(text.decode(errors="replace")) if isinstance(text, bytes) else inner
                key = key or _key(head)
    said = [one for one in reports if one["Status"] or one["Action"]]
    if not said:
        return None
    # One mail goes to one person, so there is one recipient; of several, who failed counts.
    one = next((report for report in said if _action(report) == "failed"), said[0])
    words = " ".join(str(one["Diagnostic-Code"] or "").partition(";")[2].split())
    # Some say 5.0.0 in the field that is for the status, and the true one in the words.
    codes = statuses(str(one["Status"] or "")) + statuses(words)
    code = next((code for code in codes if not code.endswith(".0.0")), codes[0] if codes else "")
    return Bounce(
        key, code, _ADDRESS.sub("the address", clean(words))[:250], _action(one) == "failed" and code[:1] == "5"
    )


def _action(report: Message) -> str:
    return str(report["Action"] or "").strip().lower()


def _key(message: object) -> UUID | None:
    found = _KEY.search(str(message["Message-ID"] or "")) if isinstance(message, Message) else None
    return UUID(found[1]) if found else None
