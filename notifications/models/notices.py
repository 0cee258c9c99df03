"""Mail: what is to be sent, and what became of it."""

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import BouncedAddress, School, User
from booking.models import Session, WorkGroup


class Priority(models.IntegerChoices):
    """What overtakes what: a reset within seconds, however long the newsletter's queue."""

    SECURITY = 0, "Security"
    TODAY = 1, "Today's changes"
    SERVICE = 5, "Bookings and invites"
    REMINDER = 6, "Reminders"
    BULK = 9, "Newsletters"


# So long somebody is asked what to do about a mail that could not be delivered.
FAILURES_MATTER = timedelta(days=14)


class NoticeQuerySet(models.QuerySet["Notice"]):
    def due(self, now: object) -> Self:
        return self.filter(state__in=[Notice.State.QUEUED, Notice.State.RETRY], next_try_at__lte=now)

    def to_decide(self, now: datetime) -> Self:
        """It may not have arrived; or it could not be delivered in these last weeks, though its address takes mail.

        What its session or day has overtaken helps nobody any more. An address that takes none is a matter of its own.
        """
        known = BouncedAddress.objects.standing().filter(address=Lower(models.OuterRef("to")))
        lately = models.Q(state=Notice.State.FAILED, next_try_at__gte=now - FAILURES_MATTER) & ~models.Exists(known)
        return (
            self.filter(state__in=[Notice.State.UNKNOWN, Notice.State.FAILED], done_at__isnull=True)
            .filter(models.Q(state=Notice.State.UNKNOWN) | lately)
            .filter(models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=now))
            .exclude(to="")
        )

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

    class Stop(models.TextChoices):
        PAUSE = "pause", "The hub has paused mail about this group"
        DIGEST = "digest", "Kept for the weekly mail that the person asked for"
        CHOICE = "choice", "The person asked for none of these"

    # Also the Message-ID, so that a second delivery is recognised as the same mail.
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=40)
    reason = models.CharField("why it was sent", max_length=200, blank=True)
    person = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="notices", db_index=False)
    to = models.EmailField()
    subject = models.CharField(max_length=250)
    text = models.TextField(blank=True)
    # The whole message as bytes of RFC 5322; a retry sends exactly these. Wiped when sent if it holds a secret.
    raw = models.BinaryField(default=bytes)
    # What it is about, so that it is found by school, group and session; none: nothing, or several.
    school = models.ForeignKey(School, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    work_group = models.ForeignKey(WorkGroup, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    session = models.ForeignKey(Session, models.SET_NULL, null=True, blank=True, related_name="+")
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
    # What keeps, or kept, it back.
    stop = models.CharField("what stops it", max_length=6, choices=Stop, blank=True)
    # Leaves whatever was paused or chosen.
    always = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    claimed_until = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    # After this moment it helps nobody and does not leave: a reminder of a session that has begun.
    expires_at = models.DateTimeField(null=True, blank=True)
    # When it was handed over; also set where the answer was lost and the same bytes are to be sent again.
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)
    # It could not be delivered, and somebody has dealt with that.
    done_at = models.DateTimeField(null=True, blank=True)

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
            # The ledger, newest first: of a person, of a school, of a group.
            models.Index(fields=["person", "-id"], name="notice_of_person"),
            models.Index(fields=["school", "-id"], name="notice_of_school"),
            models.Index(fields=["work_group", "-id"], name="notice_of_group"),
            # What a person decides about: it may not have arrived, or could not be delivered.
            models.Index(
                fields=["id"],
                condition=models.Q(state__in=["unknown", "failed"], done_at__isnull=True),
                name="notice_to_decide",
            ),
            # What is held, for the Monday mail and for the end of a pause.
            models.Index(fields=["stop", "id"], condition=models.Q(state="held"), name="notice_held"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="sent", sent_at__isnull=False) | ~models.Q(state="sent"),
                name="notice_sent_has_its_moment",
                violation_error_message="A sent mail needs the moment it was sent.",
            ),
            models.CheckConstraint(
                condition=models.Q(done_at__isnull=True) | models.Q(state="failed"),
                name="notice_dealt_with_had_failed",
                violation_error_message="Only a mail that could not be delivered is dealt with.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} ({self.get_state_display()})"
