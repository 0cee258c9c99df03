"""The newsletter: what one can ask to read about; and its links, signed so that nobody presses them for another."""

from collections.abc import Iterable

from django.conf import settings
from django.core import signing
from django.urls import reverse

from accounts.models import Subscription

WORDING = "Send me the hub's newsletter by e-mail, a few times a year. I can stop it with one click."
# Phases by the codes of the catalogue's addresses; authorities are those of the hub.
PHASES = {
    "early-years": "Early years",
    "primary": "Primary",
    "secondary": "Secondary",
    "post-16": "Post-16",
    "special": "Special and alternative",
}
_SALT = "accounts.newsletter"


def confirm_url(subscription: Subscription) -> str:
    return f"{settings.HUB_URL}{reverse('newsletter_confirm', args=[_token(subscription)])}"


def unsubscribe_url(subscription: Subscription) -> str:
    """For the body of a newsletter and for its List-Unsubscribe header (RFC 8058)."""
    return f"{settings.HUB_URL}{reverse('newsletter_unsubscribe', args=[_token(subscription)])}"


def topics_url(subscription: Subscription) -> str:
    """Where a reader changes what they read about, without an account."""
    return f"{settings.HUB_URL}{reverse('newsletter_topics', args=[_token(subscription)])}"


def known_topics(phases: Iterable[str], authorities: Iterable[str]) -> tuple[list[str], list[str]]:
    """The codes among these that there are, in the order they are shown."""
    phases, authorities = set(phases), set(authorities)
    return [one for one in PHASES if one in phases], [one for one in settings.HUB_AUTHORITIES if one in authorities]


def topic_words(subscription: Subscription) -> str:
    """Primary, Secondary; Leicester: what a reader reads about, in a few words."""
    phases, authorities = known_topics(subscription.phases, subscription.authorities)
    named = [", ".join(PHASES[one] for one in phases), ", ".join(settings.HUB_AUTHORITIES[one] for one in authorities)]
    return "; ".join(filter(None, named)) or "Everything"


def subscription_of(token: str) -> Subscription | None:
    """Whose link this is; None where it was altered. It never runs out: a newsletter of years ago must still stop."""
    try:
        pk = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    return Subscription.objects.filter(pk=pk).first()


def _token(subscription: Subscription) -> str:
    return signing.dumps(subscription.pk, salt=_SALT)
