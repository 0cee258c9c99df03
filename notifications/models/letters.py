"""What people write themselves: letters to a group, and newsletters."""

from typing import Self

from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.models import School, Subscription, User
from booking.models import Session, WorkGroup
from notifications.models.notices import Notice


class Letter(models.Model):
    """What a work group lead or the hub wrote to people of a group: kept on its page, for its leads and hub staff."""

    class Audience(models.TextChoices):
        EVERYONE = "everyone", "Everyone in the group"
        CAME = "came", "Who came"
        MISSED = "missed", "Who did not come"
        LEADS = "leads", "Who books for the schools"
        SCHOOL = "school", "One school"

    work_group = models.ForeignKey(WorkGroup, models.CASCADE, related_name="letters")
    audience = models.CharField("to whom", max_length=8, choices=Audience)
    session = models.ForeignKey(Session, models.PROTECT, null=True, blank=True, related_name="letters")
    school = models.ForeignKey(School, models.PROTECT, null=True, blank=True, related_name="+")
    subject = models.CharField(max_length=150)
    body = models.TextField("what you write", max_length=10_000, help_text="Markdown")
    # A double click or two tabs carry the same key and write once.
    key = models.UUIDField(unique=True, editable=False)
    by = models.ForeignKey(User, models.PROTECT, related_name="letters")
    at = models.DateTimeField(default=timezone.now)
    people = models.PositiveIntegerField("people written to", default=0, editable=False)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(audience__in=["came", "missed"], session__isnull=False)
                | (~models.Q(audience__in=["came", "missed"]) & models.Q(session__isnull=True)),
                name="letter_about_who_came_names_the_session",
                violation_error_message="Say which session is meant.",
            ),
            models.CheckConstraint(
                condition=models.Q(audience="school", school__isnull=False)
                | (~models.Q(audience="school") & models.Q(school__isnull=True)),
                name="letter_to_one_school_names_the_school",
                violation_error_message="Say which school is meant.",
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def order_key(self) -> str:
        """What all mails of this letter share in the outbox."""
        return f"letter:{self.pk}"

    @property
    def to_words(self) -> str:
        if self.session is not None:
            return f"{self.get_audience_display()} to session {self.session.number}"
        return str(self.school) if self.school else str(self.get_audience_display())


class IssueQuerySet(models.QuerySet["Issue"]):
    def published(self) -> Self:
        """In the archive: on its way or gone, and not stopped."""
        return self.filter(begun_at__isnull=False, stopped_at__isnull=True)

    def to_send(self, now: object) -> Self:
        return self.filter(due_at__lte=now, stopped_at__isnull=True, done_at__isnull=True).order_by("due_at", "pk")


class Issue(models.Model):
    """One newsletter: written by hub staff, sent to each reader once, kept in the archive."""

    subject = models.CharField(max_length=150)
    body = models.TextField("what it says", max_length=40_000)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    # When it is to go; none: a draft.
    due_at = models.DateTimeField("goes at", null=True, blank=True)
    begun_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    # The groups it pulled in when it began, by placeholder, so that all readers and the archive have the same.
    groups = models.JSONField(default=dict, blank=True)
    readers = models.PositiveIntegerField("readers it went to", default=0, editable=False)

    objects = IssueQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(begun_at__isnull=True) | models.Q(due_at__isnull=False),
                name="issue_begun_was_due",
                violation_error_message="A newsletter begins at the moment it was to go.",
            ),
            models.CheckConstraint(
                condition=models.Q(stopped_at__isnull=True) | models.Q(begun_at__isnull=False, done_at__isnull=True),
                name="issue_stopped_was_on_its_way",
                violation_error_message="Only a newsletter on its way can be stopped.",
            ),
            models.CheckConstraint(
                condition=models.Q(done_at__isnull=True) | models.Q(begun_at__isnull=False),
                name="issue_done_had_begun",
                violation_error_message="A newsletter begins before it is done.",
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        return reverse("newsletter_issue", args=[self.pk])

    @property
    def state(self) -> str:
        """One of "draft", "scheduled", "going", "stopped", "done"."""
        if self.done_at:
            return "done"
        if self.stopped_at:
            return "stopped"
        if self.begun_at:
            return "going"
        return "scheduled" if self.due_at else "draft"

    @property
    def may_change(self) -> bool:
        """Its words, until it begins; and again while it is stopped, for those who have not got it yet."""
        return self.state in ("draft", "scheduled", "stopped")


class IssueCopy(models.Model):
    """One reader's copy of one issue, made once. Without a mail: an address that is not written to any more."""

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="copies")
    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="+")
    notice = models.OneToOneField(Notice, models.SET_NULL, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["issue", "subscription"],
                name="issue_copy_is_one_per_reader",
                violation_error_message="This reader has it already.",
            ),
        ]
        indexes = [
            # How many have been made in the last minute?
            models.Index(fields=["made_at"], name="issue_copy_by_moment"),
        ]

    def __str__(self) -> str:
        return f"{self.issue_id} to {self.subscription_id}"
