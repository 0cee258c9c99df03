"""Keys by which other systems read what is not public."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from booking.models.disclosures import Why, why_words


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def in_force(self, today: date) -> Self:
        """Neither taken back nor run out."""
        return self.filter(ended_at__isnull=True, ends_on__gte=today)


class ApiKey(models.Model):
    """Another system's key: for one use, with its own scopes, until a day. Only the hash of its token is kept."""

    name = models.CharField("what it is for", max_length=80)
    to = models.CharField("whose system it is", max_length=120)
    why = models.CharField(max_length=10, choices=Why)
    words = models.CharField("why, in words", max_length=200, blank=True)
    reads_bookings = models.BooleanField("bookings", default=False)
    reads_attendance = models.BooleanField("attendance", default=False)
    reads_people = models.BooleanField("names and addresses", default=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    # The beginning of the token, by which staff tell which of their systems holds which key.
    begins = models.CharField(max_length=12, editable=False)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    ends_on = models.DateField("last day")
    used_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(reads_bookings=True) | Q(reads_attendance=True),
                name="api_key_reads_something",
                violation_error_message="Say what the key reads: bookings, attendance, or both.",
            ),
            models.CheckConstraint(
                condition=~Q(to=""),
                name="api_key_says_whose_it_is",
                violation_error_message="Say whose system it is.",
            ),
            models.CheckConstraint(
                condition=~Q(why="other") | ~Q(words=""),
                name="api_key_for_something_else_says_what",
                violation_error_message="Say in a few words what it is for.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{reverse('office_keys')}#key-{self.pk}"

    @property
    def reads(self) -> list[str]:
        """What it reads, in words."""
        scopes = [("bookings", self.reads_bookings), ("attendance", self.reads_attendance)]
        return [word for word, may in [*scopes, ("names and addresses", self.reads_people)] if may]

    @property
    def why_words(self) -> str:
        return why_words(self.why, self.words)

    def is_in_force(self, today: date) -> bool:
        return self.ended_at is None and self.ends_on >= today
