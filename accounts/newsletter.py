"""The newsletter's links: to say yes, and to stop, each signed so that nobody can do it for another."""

from django.conf import settings
from django.core import signing
from django.urls import reverse

from accounts.models import Subscription

WORDING = "Send me the hub's newsletter by e-mail, a few times a year. I can stop it with one click."
_SALT = "accounts.newsletter"


def confirm_url(subscription: Subscription) -> str:
    return f"{settings.HUB_URL}{reverse('newsletter_confirm', args=[_token(subscription)])}"


def unsubscribe_url(subscription: Subscription) -> str:
    """For the body of a newsletter and for its List-Unsubscribe header (RFC 8058)."""
    return f"{settings.HUB_URL}{reverse('newsletter_unsubscribe', args=[_token(subscription)])}"


def subscription_of(token: str) -> Subscription | None:
    """Whose link this is; None where it was altered. It never runs out: a newsletter of years ago must still stop."""
    try:
        pk = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    return Subscription.objects.filter(pk=pk).first()


def _token(subscription: Subscription) -> str:
    return signing.dumps(subscription.pk, salt=_SALT)
