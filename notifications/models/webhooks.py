"""Other systems that are told what happens, and each message to them: ids only, never a name."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import HistoryLine, User


class Type(models.TextChoices):
    """What a message can be about, by the name that other systems see."""

    BOOKING_MADE = "booking.made", "Somebody books, or asks to come"
    BOOKING_CHANGED = "booking.changed", "A booking or one of its places changes"
    BOOKING_WITHDRAWN = "booking.withdrawn", "A booking is given up or called off"
    SESSION_CHANGED = "session.changed", "A session is added, changed or cancelled"
    REGISTER_SIGNED = "register.signed", "A register is signed"
    REGISTER_AMENDED = "register.amended", "A register changes after it has locked"
    TEST = "webhook.test", "A test"


class Webhook(models.Model):
    """An address of another system, what it is told of, and how it has been taking it."""

    name = models.CharField("what it is for", max_length=100)
    url = models.CharField("address", max_length=500)
    # Of `Type`, at least one.
    types = models.JSONField("what it is told of", default=list)
    # Both are kept under a key of the hub's own secret (`notifications.webhooks.signing`).
    secret = models.CharField(max_length=300)
    former_secret = models.CharField(max_length=300, blank=True)
    former_until = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    is_on = models.BooleanField(default=True)
    turned_off_at = models.DateTimeField(null=True, blank=True)
    turned_off_why = models.CharField(max_length=300, blank=True)
    # Nothing that happened before is told: when it was made, or last turned on.
    tells_from_at = models.DateTimeField(default=timezone.now)
    # Every line of the history up to this one is settled; those after it are looked at again.
    settled_line = models.BigIntegerField(default=0)
    # Since when, and how often one after the other, it has taken nothing; and when it is tried next.
    failing_since_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    taken_at = models.DateTimeField("last taken", null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    # Whoever sends to it has it alone until then, so that it gets one message at a time, in their order.
    claimed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_on=True, turned_off_at__isnull=True, turned_off_why="")
                | (Q(is_on=False, turned_off_at__isnull=False) & ~Q(turned_off_why="")),
                name="webhook_turned_off_says_when_and_why",
                violation_error_message="A webhook that is off says since when and why.",
            ),
            models.CheckConstraint(
                condition=Q(former_secret="", former_until__isnull=True)
                | (~Q(former_secret="") & Q(former_until__isnull=False)),
                name="webhook_former_secret_ends",
                violation_error_message="A former secret needs the moment at which it ends.",
            ),
            models.CheckConstraint(
                condition=Q(failures=0, failing_since_at__isnull=True)
                | Q(failures__gt=0, failing_since_at__isnull=False),
                name="webhook_failing_since_a_moment",
                violation_error_message="A webhook that takes nothing says since when.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def type_words(self) -> list[str]:
        return [Type(one).label for one in self.types]


class WebhookDelivery(models.Model):
    """One message to one webhook: its very bytes, and what became of them."""

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting to go"
        SENT = "sent", "Taken"
        FAILED = "failed", "Not taken"

    # The `webhook-id`: the same at each try, so that whoever gets it twice knows it.
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries", db_index=False)
    # The act that is told; none for a test.
    line = models.ForeignKey(HistoryLine, models.CASCADE, null=True, blank=True, related_name="+")
    type = models.CharField(max_length=20, choices=Type)
    body = models.BinaryField()
    made_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=6, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    tried_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField("what it answered", null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)
    took_ms = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "webhook deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["webhook", "line"],
                name="webhook_tells_an_act_once",
                violation_error_message="This webhook is told of the act already.",
            ),
            models.CheckConstraint(
                condition=Q(line__isnull=False) | Q(type="webhook.test"),
                name="webhook_delivery_is_of_an_act_or_a_test",
                violation_error_message="Only a test tells of nothing.",
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(status__isnull=False, tried_at__isnull=False),
                name="webhook_delivery_taken_was_answered",
                violation_error_message="What was taken was answered, at a moment.",
            ),
        ]
        indexes = [
            # The worker's question: what goes next to this webhook?
            models.Index(
                fields=["webhook", "next_try_at"], condition=Q(state="queued"), name="webhook_delivery_to_send"
            ),
            # The log of a webhook, newest first.
            models.Index(fields=["webhook", "-id"], name="webhook_delivery_log"),
            # What has been kept for long enough.
            models.Index(fields=["made_at"], name="webhook_delivery_made"),
        ]

    def __str__(self) -> str:
        return f"{self.type} ({self.get_state_display()})"
