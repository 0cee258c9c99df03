"""What is tried in class between two sessions, what came of it, and what others say to that."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from booking.models.sessions import Session


class ResearchTaskQuerySet(models.QuerySet["ResearchTask"]):
    def given(self, now: datetime) -> Self:
        """Out in the group: the session that they follow is over. Until then only who leads it reads them."""
        return self.filter(
            session__status=Session.Status.PLANNED, session__ends_at__lte=now, session__work_group__uses_tasks=True
        )


class ResearchTask(models.Model):
    """The task that follows a session; due at the start of the next planned one, which is derived and never stored.

    Given when the session it follows ends: derived too, so that it moves with it.
    """

    session = models.OneToOneField(Session, models.CASCADE, related_name="task")
    title = models.CharField(max_length=60)
    body = models.TextField(blank=True, help_text="Markdown")
    # Where the words and files came from: last year's group, or one of the same project.
    copied_from = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="copies")

    objects = ResearchTaskQuerySet.as_manager()

    class Meta:
        ordering = ["session__work_group", "session__number"]

    def __str__(self) -> str:
        return self.title

    def is_given(self, now: datetime) -> bool:
        ends = self.session.ends_at
        return self.session.is_planned and ends is not None and ends <= now


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
    # Starred by who leads the group: words worth talking about when everybody is in the room.
    to_discuss = models.BooleanField(default=False, editable=False)
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


class Comment(models.Model):
    """A few words to what somebody shared; taken out again by whoever wrote them, who leads the group, or the hub."""

    reflection = models.ForeignKey(Reflection, models.CASCADE, related_name="comments")
    by = models.ForeignKey(User, models.PROTECT, related_name="comments")
    words = models.CharField("your comment", max_length=600)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(words=""),
                name="comment_on_a_reflection_says_something",
                violation_error_message="Write a few words first.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.by} on {self.reflection}"
