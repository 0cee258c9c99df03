"""What templates ask about mail that comes in: what waits for the office, and whether an address takes mail."""

from django import template
from django.conf import settings

from accounts.models import BouncedAddress
from notifications.models import Inbound

register = template.Library()


@register.simple_tag
def mail_in() -> dict[str, int | bool]:
    """How many mails wait for a person, and whether there is a page to show: a mailbox is read, or was."""
    waiting = Inbound.objects.waiting().count()
    return {"waiting": waiting, "shown": bool(settings.IMAP_URL) or waiting > 0}


@register.simple_tag
def comes_back(address: str | None) -> BouncedAddress | None:
    """That mail to an address comes back, and why."""
    return BouncedAddress.objects.of(address).first() if address else None
