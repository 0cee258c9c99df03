"""The outbox: every mail is a row with a reason, and stands or falls with the transaction that caused it.

And what people write themselves: letters to a group, newsletters, and what they answer by mail.
"""

import uuid
from typing import Self

from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.models import School, Subscription, User
from booking.models import CalendarEntry, Session, WorkGroup


class Priority(models.IntegerChoices):
    """What overtakes what: a reset within seconds, however long the newsletter's queue."""

    SECURITY = 0, "Security"
    TODAY = 1, "Today's changes"
    SERVICE = 5, "Bookings and invites"
    REMINDER = 6, "Reminders"
    BULK = 9, "Newsletters"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def due(self, now: object) -> Self:
        return self.filter(state__in=[Notice.State.QUEUED, Notice.State.RETRY], next_try_at__lte=now)

    def unsent(self) -> Self:
        """Made, and not on its way: it can still be dropped."""
        return self.filter(state__in=[Notice.State.QUEUED, Notice.State.RETRY, Notice.State.HELD])

    def may_have_arrived(self) -> Self:
        """Handed over, or being handed over; a lost answer counts, and later tries do not undo it."""
        arriving = [Notice.State.SENDING, Notice.State.SENT, Notice.State.UNKNOWN]
        return self.filter(models.Q(state__in=arriving) | models.Q(sent_at__isnull=False))


class Notice(models.Model):
    """One mail to one person: what it says, why it was sent, and what became of it."""

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting to go"
        HELD = "held", "Held back"
        SENDING = "sending", "On its way"
        SENT = "sent", "Sent"
        RETRY = "retry", "Will be tried again"
        FAILED = "failed", "Could not be delivered"
        UNKNOWN = "unknown", "May have arrived"
        DROPPED = "dropped", "Overtaken"

    # Also the Message-ID, so that a second delivery is recognised as the same mail.
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=40)
    reason = models.CharField("why it was sent", max_length=200, blank=True)
    person = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="notices")
    to = models.EmailField()
    subject = models.CharField(max_length=250)
    text = models.TextField(blank=True)
    # The whole message as bytes of RFC 5322; a retry sends exactly these. Wiped when sent if it holds a secret.
    raw = models.BinaryField(default=bytes)
    # Holds a code, a reset or a signed link: shown to nobody.
    secret = models.BooleanField(default=False)
    once = models.BooleanField("at most once", default=False)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.SERVICE)
    # Mails with the same order key leave one after the other, oldest first.
    order_key = models.CharField(max_length=60, blank=True)
    dedupe_key = models.CharField(max_length=120, null=True, blank=True, unique=True)
    # The SEQUENCE an invite tells; newer ones make unsent older ones void.
    sequence = models.PositiveIntegerField(null=True, blank=True)
    state = models.CharField(max_length=7, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    claimed_until = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    # After this moment it helps nobody and does not leave: a reminder of a session that has begun.
    expires_at = models.DateTimeField(null=True, blank=True)
    # When it was handed over; also set where the answer was lost and the same bytes are to be sent again.
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            # The worker's question: what goes next?
            models.Index(
                fields=["priority", "id"],
                condition=models.Q(state__in=["queued", "retry", "sending"]),
                name="notice_to_deliver",
            ),
            # Which reminders of coming sessions have been made?
            models.Index(
                fields=["expires_at"], condition=models.Q(expires_at__isnull=False), name="notice_that_expires"
            ),
            # Is an older mail of the same person and session still to go?
            models.Index(fields=["order_key", "id"], name="notice_in_order"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="sent", sent_at__isnull=False) | ~models.Q(state="sent"),
                name="notice_sent_has_its_moment",
                violation_error_message="A sent mail needs the moment it was sent.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} ({self.get_state_display()})"


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


class InboundQuerySet(models.QuerySet["Inbound"]):
    def waiting(self) -> Self:
        return self.filter(state=Inbound.State.WAITING)


class Inbound(models.Model):
    """One mail that came to the hub's mailbox: what it was taken for, and what became of it."""

    class Kind(models.TextChoices):
        REPLY = "reply", "Answer to an invite"
        BOUNCE = "bounce", "A mail that came back"
        MACHINE = "machine", "Written by a machine"
        OTHER = "other", "A letter"

    class State(models.TextChoices):
        WAITING = "waiting", "Waits for you"
        TAKEN = "taken", "Taken as it says"
        NOTED = "noted", "Noted"
        IGNORED = "ignored", "Nothing to do"
        DONE = "done", "Done"

    class Says(models.TextChoices):
        NOTHING = "", "Nothing"
        COMING = "coming", "Coming"
        CANNOT = "cannot", "Can't come"
        PERHAPS = "perhaps", "Perhaps"

    # The SHA-256 of its Message-ID (of the whole mail where it has none): a mail that is read twice is acted on once.
    digest = models.CharField(max_length=64, unique=True, editable=False)
    kind = models.CharField(max_length=7, choices=Kind)
    state = models.CharField(max_length=7, choices=State)
    # Why nothing was done by itself, or what the bounce said.
    why = models.CharField(max_length=300, blank=True)
    sender = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=250, blank=True)
    text = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)
    person = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    entry = models.ForeignKey(CalendarEntry, models.SET_NULL, null=True, blank=True, related_name="replies")
    says = models.CharField(max_length=7, choices=Says, blank=True, default=Says.NOTHING)
    # DTSTAMP: when the person's calendar made the reply. The newest that was taken stands.
    stamped_at = models.DateTimeField(null=True, blank=True)
    notice = models.ForeignKey(Notice, models.SET_NULL, null=True, blank=True, related_name="bounces")
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = InboundQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            # The office's question: what waits for a person?
            models.Index(fields=["id"], condition=models.Q(state="waiting"), name="inbound_waiting"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(kind="reply", state="taken") | ~models.Q(says=""),
                name="inbound_taken_says_something",
                violation_error_message="A reply that says nothing cannot be taken.",
            ),
            models.CheckConstraint(
                condition=models.Q(done_by__isnull=True) | models.Q(done_at__isnull=False),
                name="inbound_done_has_its_moment",
                violation_error_message="What somebody has dealt with needs the moment.",
            ),
        ]

    def __str__(self) -> str:
        return self.subject or "(no subject)"

    @property
    def can_be_taken(self) -> bool:
        """A reply that is understood, and waits only because nobody can be sure who wrote it."""
        return self.state == self.State.WAITING and bool(self.says) and self.entry_id is not None
