"""What keeps mail back: the hub's pause of a group, and how somebody wants their mails."""

from typing import Self

from django.db import models
from django.utils import timezone

from accounts.models import User
from booking.models import WorkGroup


class PauseQuerySet(models.QuerySet["Pause"]):
    def open(self) -> Self:
        return self.filter(ended_at__isnull=True)


class Pause(models.Model):
    """From one moment to another no mail about a group leaves, but what cannot wait. Hub staff say why."""

    work_group = models.ForeignKey(WorkGroup, models.CASCADE, related_name="mail_pauses")
    reason = models.CharField("why", max_length=200)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = PauseQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["work_group"],
                condition=models.Q(ended_at__isnull=True),
                name="pause_is_one_per_group_at_a_time",
                violation_error_message="Mail about this group is paused already.",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, ended_by__isnull=True)
                | models.Q(ended_at__isnull=False, ended_by__isnull=False),
                name="pause_ended_by_somebody",
                violation_error_message="Say who ended the pause.",
            ),
        ]

    def __str__(self) -> str:
        return self.reason


class Choice(models.Model):
    """How somebody wants mails of one family; no row: each by itself, as it comes."""

    class How(models.TextChoices):
        WEEKLY = "weekly", "Once a week, on Monday morning"
        NONE = "none", "Not at all"

    class Family(models.TextChoices):
        REMINDERS = "reminders", "Reminders before a session"
        CHANGES = "changes", "What happens to bookings, and changes more than a week ahead"
        LETTERS = "letters", "What a work group lead writes to a group"
        AFTER = "after", "After a session: what we did, what to try, and what you say"

    person = models.ForeignKey(User, models.CASCADE, related_name="mail_choices")
    family = models.CharField(max_length=9, choices=Family)
    how = models.CharField(max_length=6, choices=How)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "family"],
                name="choice_is_one_per_family",
                violation_error_message="There is a choice for these mails already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_family_display()}: {self.get_how_display()}"
