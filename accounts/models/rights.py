"""What the law gives people: to be forgotten, to complain, and not to be written to again."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models.people import User

# How long the hub has to acknowledge a complaint, and to answer somebody who asks to be forgotten.
DAYS_TO_ANSWER = 30


class ErasureQuerySet(models.QuerySet["Erasure"]):
    def to_answer(self) -> Self:
        return self.filter(done_at__isnull=True, refused_at__isnull=True)

    def to_finish(self) -> Self:
        """Done, but mails that take the sessions out of a calendar may still be on their way to the old address."""
        return self.filter(done_at__isnull=False, finished_at__isnull=True)


class Erasure(models.Model):
    """Somebody asks to be forgotten, or the hub forgets them: asked, done, and finished when the last mail has left."""

    person = models.OneToOneField(User, models.PROTECT, related_name="erasure")
    asked_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    refused_at = models.DateTimeField(null=True, blank=True)
    refusal = models.CharField("why not", max_length=300, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ErasureQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(refused_at__isnull=True),
                name="erasure_is_done_or_refused",
                violation_error_message="An erasure is either done or refused.",
            ),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(done_at__isnull=False),
                name="erasure_is_done_before_it_is_finished",
                violation_error_message="An erasure is done before it is finished.",
            ),
        ]

    def __str__(self) -> str:
        return f"Erasure of person {self.person_id}"


class ComplaintQuerySet(models.QuerySet["Complaint"]):
    def open(self) -> Self:
        return self.filter(closed_at__isnull=True)


def _reference() -> str:
    """Easy to say over a telephone: C and six digits."""
    return f"C{secrets.randbelow(900_000) + 100_000}"


class Complaint(models.Model):
    """A complaint about personal data (Data Protection Act 2018, section 164A): acknowledged at once, answered."""

    reference = models.CharField(max_length=7, unique=True, default=_reference, editable=False)
    name = models.CharField("your name", max_length=100)
    email = models.EmailField("your e-mail")
    words = models.TextField("what happened", max_length=4000)
    made_at = models.DateTimeField(default=timezone.now)
    notes = models.TextField("notes of the hub", max_length=4000, blank=True)
    outcome = models.TextField("outcome", max_length=4000, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = ComplaintQuerySet.as_manager()

    class Meta:
        ordering = ["made_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | ~Q(outcome=""),
                name="complaint_closed_says_the_outcome",
                violation_error_message="Say what came of it before you close a complaint.",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def answer_by(self) -> datetime:
        return self.made_at + timedelta(days=DAYS_TO_ANSWER)

    @property
    def days_left(self) -> int:
        """Whole days until an answer is due; negative when it is late."""
        return (timezone.localdate(self.answer_by) - timezone.localdate()).days


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    def of_address(self, email: str) -> Self:
        return self.filter(digest=Suppression.digest_of(email))


class Suppression(models.Model):
    """An address that was erased: only a keyed hash, so that nobody writes to it again by a list that was kept."""

    digest = models.CharField(max_length=64, unique=True, editable=False)
    since_on = models.DateField(default=timezone.localdate)

    objects = SuppressionQuerySet.as_manager()

    def __str__(self) -> str:
        return self.digest[:8]

    @staticmethod
    def digest_of(email: str) -> str:
        """HMAC-SHA-256 in hex: without the hub's secret nobody can try addresses against the list."""
        words = f"suppressed:{email.strip().lower()}"
        return hmac.new(settings.SECRET_KEY.encode(), words.encode(), hashlib.sha256).hexdigest()


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def live(self) -> Self:
        """Confirmed, and not stopped since."""
        return self.filter(confirmed_at__isnull=False, ended_at__isnull=True)


class Subscription(models.Model):
    """Consent to the newsletter: to which wording, when, and where it was given; kept as proof when it ends."""

    email = models.EmailField(unique=True)
    # What they want to read about, by the codes of `accounts.newsletter`; none: everything.
    phases = models.JSONField(default=list, blank=True)
    authorities = models.JSONField(default=list, blank=True)
    wording = models.CharField(max_length=300)
    source = models.CharField(max_length=40)
    asked_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = SubscriptionQuerySet.as_manager()

    def __str__(self) -> str:
        return self.email

    @property
    def is_live(self) -> bool:
        return self.confirmed_at is not None and self.ended_at is None


class Page(models.Model):
    """A page whose words are the hub's own: the privacy notice, the accessibility statement."""

    slug = models.SlugField(max_length=30, unique=True)
    text = models.TextField(max_length=40_000)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return self.slug
