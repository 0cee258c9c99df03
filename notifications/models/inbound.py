"""What comes by mail, and what became of it."""

from typing import Self

from django.db import models
from django.utils import timezone

from accounts.models import User
from booking.models import CalendarEntry
from notifications.models.notices import Notice


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
