"""A code mailed to the address the hub holds for a school: whoever reads that mail may say who books for it."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models

from accounts.models.people import Membership

# Read aloud over a telephone: no letters or digits that sound or look alike.
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
_LENGTH = 8
LASTS = timedelta(days=7)
MOST_TRIES = 5


class SchoolCode(models.Model):
    """One open code for one request; only its keyed hash is kept."""

    membership = models.OneToOneField(Membership, models.CASCADE, related_name="code")
    digest = models.CharField(max_length=64, editable=False)
    sent_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(tries__lte=MOST_TRIES),
                name="school_code_is_tried_a_few_times_only",
                violation_error_message="This code has been tried too often.",
            ),
        ]

    def __str__(self) -> str:
        return f"Code for {self.membership_id}"

    @classmethod
    def new(cls, membership: Membership, at: datetime) -> tuple[Self, str]:
        """A code that nobody has seen yet, and its letters, which are known here and never again."""
        letters = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
        return cls(membership=membership, digest=_digest(letters), sent_at=at), letters

    def is_open(self, now: datetime) -> bool:
        return self.tries < MOST_TRIES and now - self.sent_at < LASTS

    def matches(self, typed: str) -> bool:
        """Spaces, hyphens and small letters do not matter."""
        letters = "".join(character for character in typed.upper() if character.isalnum())
        return hmac.compare_digest(self.digest, _digest(letters))


def _digest(letters: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"school-code:{letters}".encode(), hashlib.sha256).hexdigest()
