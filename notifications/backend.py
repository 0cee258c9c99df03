"""Django's mail goes through the outbox: it stands or falls with the transaction, and SMTP being down is no error."""

import re
from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from accounts.letters import REASON
from accounts.models import User
from booking.emails import Mail
from notifications.models import Priority
from notifications.outbox import Envelope, put
from notifications.wake import wake

_ADDRESS = re.compile(r"<([^<>]+)>\s*$")
_CODE = re.compile(r"[A-Z0-9]{3,}(-[A-Z0-9]{3,})*")
_LINK = re.compile(r"(?P<label>[^:\n]+): (?P<url>https?://\S+)")


class OutboxBackend(BaseEmailBackend):
    """Account mail (codes, resets): one row a recipient, first in the queue, its text shown to nobody."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        sent = 0
        for message in email_messages:
            for recipient in message.recipients():
                found = _ADDRESS.search(recipient)
                address = (found.group(1) if found else recipient).strip().lower()
                person = User.objects.filter(email=address).first()
                reason = message.extra_headers.get(REASON, "It is about logging in, and went to this address only.")
                mail = _letter(str(message.subject), str(message.body), reason)
                envelope = Envelope(
                    kind=mail.kind,
                    to=address,
                    reason=mail.reason,
                    person=person,
                    priority=Priority.SECURITY,
                    secret=True,
                )
                put(envelope, subject=mail.subject, text=mail.text, html=mail.html)
                sent += 1
        if sent:
            # Somebody waits for this code now; other mail is made by the worker, which need not wake itself.
            transaction.on_commit(wake, robust=True)
        return sent


def _letter(subject: str, text: str, reason: str) -> Mail:
    """The same letter as every other mail, out of plain text: a code on its own line, and "Do this: link" a button."""
    paragraphs, code, button, after = list[str](), "", None, list[str]()
    for paragraph in filter(None, (part.strip() for part in text.split("\n\n"))):
        link = _LINK.fullmatch(paragraph)
        if link and button is None:
            button = (link["label"], link["url"])
        elif _CODE.fullmatch(paragraph) and not code:
            code = paragraph
        else:
            (after if code or button else paragraphs).append(paragraph)
    return Mail(
        kind="account",
        subject=subject,
        heading=subject,
        paragraphs=paragraphs,
        code=code,
        button=button,
        after=after,
        secret=True,
        reason=reason,
    )
