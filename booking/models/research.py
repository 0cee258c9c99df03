"""What is tried in class between two sessions, and what came of it."""

from django.db import models
from django.utils import timezone

from accounts.models import User
from booking.models.sessions import Session


class ResearchTask(models.Model):
    """The task that follows a session; due at the start of the next planned one, which is derived and never stored."""

    session = models.OneToOneField(Session, models.CASCADE, related_name="task")
    title = models.CharField(max_length=60)
    body = models.TextField(blank=True, help_text="Markdown")

    class Meta:
        ordering = ["session__work_group", "session__number"]

    def __str__(self) -> str:
        return self.title


class Reflection(models.Model):
    class Outcome(models.TextChoices):
        TRIED = "tried", "Tried it"
        NOT_YET = "not_yet", "Not yet"
        STUCK = "stuck", "Stuck"

    task = models.ForeignKey(ResearchTask, models.CASCADE, related_name="reflections")
    person = models.ForeignKey(User, models.PROTECT, related_name="reflections")
    outcome = models.CharField(max_length=7, choices=Outcome)
    words = models.TextField("in a few sentences", blank=True, max_length=2000)
    shared = models.BooleanField("share with the group", default=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "person"],
                name="reflection_is_one_per_person_and_task",
                violation_error_message="You have already written about this task; change what you wrote.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} on {self.task}"
