"""What people say of a session and of a whole group, kept so that nobody can tell who said what.

Who has answered (`Answered`) stands apart from what was answered: that is counts (`Round`), and sentences without a
person or a moment (`Remark`). No key, no order and no time joins the two.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Max, Q

from accounts.models import User
from booking.models.programme import WorkGroup
from booking.models.projects import Project
from booking.models.sessions import Session

# Who has answered is needed while a certificate may wait for it, and so that nobody answers twice.
ANSWERED_KEPT_FOR = timedelta(days=365)
# Sentences are read when a project is run again, and when its years are compared.
REMARKS_KEPT_FOR = timedelta(days=3 * 365)


class EvaluationQuestion(models.Model):
    """One question of a project's own evaluation; a project without any asks our own set."""

    class Kind(models.TextChoices):
        SCALE = "scale", "How far they agree"
        CHOICE = "choice", "One of a list"
        WORDS = "words", "Their own words"

    project = models.ForeignKey(Project, models.CASCADE, related_name="evaluation_questions")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=6, choices=Kind)
    words = models.CharField("question", max_length=200)
    choices = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["number", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "words"],
                name="evaluation_question_is_asked_once_in_a_project",
                violation_error_message="The evaluation asks this already.",
            ),
            models.CheckConstraint(
                condition=~Q(kind="choice") | ~Q(choices=[]),
                name="evaluation_question_with_a_list_has_one",
                violation_error_message="Give the answers to choose from, one a line.",
            ),
        ]

    def __str__(self) -> str:
        return self.words


class Round(models.Model):
    """One asking of one group: the pulse of a session, its evaluation, or the question a term later.

    It begins with the first answer and keeps the questions as they were then asked, so that a change of them touches no
    group that has begun to answer. `counts` is {number of the question: {answer: how often}}. What has come since the
    last three is held back beside it, and let go three answers at a time, what is left of it when the round closes:
    whoever looks twice cannot tell whose is new.
    """

    class Kind(models.TextChoices):
        PULSE = "pulse", "Pulse after a session"
        EVALUATION = "evaluation", "Evaluation"
        IMPACT = "impact", "A term later"

    kind = models.CharField(max_length=10, choices=Kind)
    work_group = models.ForeignKey(WorkGroup, models.CASCADE, related_name="rounds")
    session = models.ForeignKey(Session, models.CASCADE, null=True, blank=True, related_name="rounds")
    questions = models.JSONField()
    answered = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    held = models.PositiveSmallIntegerField(default=0)
    held_counts = models.JSONField(default=dict)

    class Meta:
        ordering = ["work_group", "kind", "session__number", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["session"],
                condition=Q(session__isnull=False),
                name="round_is_one_per_session",
                violation_error_message="This session has a pulse already.",
            ),
            models.UniqueConstraint(
                fields=["work_group", "kind"],
                condition=Q(session__isnull=True),
                name="round_is_one_per_group_and_kind",
                violation_error_message="This group has been asked already.",
            ),
            models.CheckConstraint(
                condition=Q(kind="pulse", session__isnull=False) | Q(~Q(kind="pulse"), session__isnull=True),
                name="round_of_a_session_is_a_pulse",
                violation_error_message="A pulse is of a session; everything else is of the group.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.session or self.work_group}"


class RemarkQuerySet(models.QuerySet["Remark"]):
    def outlived(self, now: datetime) -> Self:
        """Of groups whose last session is more than three years ago."""
        return self.annotate(last=Max("round__work_group__sessions__ends_at")).filter(last__lt=now - REMARKS_KEPT_FOR)


class Remark(models.Model):
    """Somebody's own words to one question. All of a round are written anew whenever one comes, by their letters."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(Round, models.CASCADE, related_name="remarks")
    number = models.PositiveSmallIntegerField()
    words = models.TextField(max_length=1000)
    held = models.BooleanField(default=True)

    objects = RemarkQuerySet.as_manager()

    class Meta:
        ordering = ["round", "number", "words", "pk"]

    def __str__(self) -> str:
        return self.words


class AnsweredQuerySet(models.QuerySet["Answered"]):
    def outlived(self, now: datetime) -> Self:
        """Of groups whose last session is more than a year ago."""
        return self.annotate(last=Max("round__work_group__sessions__ends_at")).filter(last__lt=now - ANSWERED_KEPT_FOR)


class Answered(models.Model):
    """That somebody has answered; never what, and not even when."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(Round, models.CASCADE, related_name="answered_by")
    person = models.ForeignKey(User, models.CASCADE, related_name="rounds_answered")

    objects = AnsweredQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "answered"
        constraints = [
            models.UniqueConstraint(
                fields=["round", "person"],
                name="answered_is_once_per_person_and_round",
                violation_error_message="You have answered already. It cannot be changed: nobody knows which answer is "
                "yours.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.round}"


class GroupReport(models.Model):
    """What whoever leads a group says about it, in five boxes of their own words."""

    work_group = models.OneToOneField(WorkGroup, models.CASCADE, related_name="report")
    tried = models.TextField("what we tried", blank=True, max_length=3000)
    teachers = models.TextField("what changed for teachers", blank=True, max_length=3000)
    pupils = models.TextField("what changed for pupils", blank=True, max_length=3000)
    next = models.TextField("what comes next", blank=True, max_length=3000)
    quotation = models.TextField("a quotation", blank=True, max_length=1000)
    may_quote = models.BooleanField("whoever said it agrees to be quoted", default=False)
    # Counts what was kept, so that a window that shows an older state cannot overwrite a newer one.
    revision = models.PositiveIntegerField(default=0, editable=False)
    saved_at = models.DateTimeField(null=True, blank=True, editable=False)
    saved_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, editable=False, related_name="+")

    BOXES = ("tried", "teachers", "pupils", "next", "quotation")

    class Meta:
        ordering = ["work_group"]
        constraints = [
            models.CheckConstraint(
                condition=Q(may_quote=False) | ~Q(quotation=""),
                name="group_report_quotes_somebody",
                violation_error_message="Write the quotation, or take the tick out.",
            ),
        ]

    def __str__(self) -> str:
        return f"Report on {self.work_group}"

    @property
    def written(self) -> list[tuple[str, str]]:
        """The boxes that say something, each with what it is about; the quotation stands apart."""
        named: list[tuple[str, Any]] = [(name, self._meta.get_field(name)) for name in self.BOXES[:-1]]
        return [
            (str(field.verbose_name).capitalize(), getattr(self, name)) for name, field in named if getattr(self, name)
        ]
