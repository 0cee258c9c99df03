"""Django's mail goes through the outbox: it stands or falls with the transaction, and SMTP being down is no error."""

import re
from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from accounts.models import User
from notifications.models import Priority
from notifications.outbox import Envelope, put

_ADDRESS = re.compile(r"<([^<>]+)>\s*$")


class OutboxBackend(BaseEmailBackend):
    """Account mail (codes, resets): one row a recipient, first in the queue, its text shown to nobody."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        sent = 0
        for message in email_messages:
            html = next((str(part[0]) for part in getattr(message, "alternatives", []) if part[1] == "text/html"), "")
            for recipient in message.recipients():
                found = _ADDRESS.search(recipient)
                address = (found.group(1) if found else recipient).strip().lower()
                envelope = Envelope(
                    kind="account",
                    to=address,
                    reason="Asked for on the log-in pages.",
                    person=User.objects.filter(email=address).first(),
                    priority=Priority.SECURITY,
                    secret=True,
                )
                put(envelope, subject=str(message.subject), text=str(message.body), html=html)
                sent += 1
        return sent
