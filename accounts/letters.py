"""Plain letters of the hub to an address, in the words of a template: the outbox makes them look like all others."""

from collections.abc import Mapping

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

# Why the mail was sent; read by the outbox, and never leaves.
REASON = "X-Hub-Reason"


def write(template: str, to: str, words: Mapping[str, object], *, reason: str) -> None:
    """Write `account/email/<template>` to an address, in the caller's transaction; nothing where there is none."""
    if not to:
        return
    words = {**words, "hub_name": settings.HUB_NAME, "hub_url": settings.HUB_URL, "hub_email": settings.HUB_EMAIL}
    subject = render_to_string(f"account/email/{template}_subject.txt", words).strip()
    text = render_to_string(f"account/email/{template}_message.txt", words)
    EmailMessage(subject, text, None, [to], headers={REASON: reason}).send()
