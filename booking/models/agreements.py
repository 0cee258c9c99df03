"""The head teacher's answer to what a booking asks of the school: by a link, without an account."""

from datetime import date, datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone

from accounts.models import User
from booking.models.places import TAKING, Booking, Status
from booking.models.programme import WorkGroup

# Who said yes is kept as long as a school may ask for it, and then only that somebody did.
KEPT_FOR = timedelta(days=365)
# Where the group names no day, or one that is too near. Never due at a weekend.
TO_ANSWER = timedelta(days=14)
AT_LEAST = timedelta(days=5)
FRIDAY = 4


class AgreementQuerySet(models.QuerySet["Agreement"]):
    def agreed(self) -> Self:
        return self.filter(answer=Agreement.Answer.AGREES)

    def open(self) -> Self:
        """Asked for, of bookings that take places or apply for them, and the head has not agreed."""
        waiting = Q(booking__status__in=TAKING) | Q(booking__status=Status.APPLIED)
        return self.filter(waiting, asked_at__isnull=False).exclude(answer=Agreement.Answer.AGREES)

    def outlived(self, now: datetime) -> Self:
        """With somebody's name or address on it, a year after the last session, or after the booking without any."""
        last = Max("booking__work_group__sessions__ends_at")
        over = Q(last__lt=now - KEPT_FOR) | Q(last__isnull=True, booking__made_at__lt=now - 2 * KEPT_FOR)
        named = ~Q(email="", name="", role="", words="")
        return self.annotate(last=last).filter(over & named)


class Agreement(models.Model):
    """What the head teacher of a school says to a booking; asked for where the group wants to know."""

    class Answer(models.TextChoices):
        AGREES = "agrees", "I agree"
        DISAGREES = "disagrees", "I don't agree"
        ASKS = "asks", "I have a question"

    booking = models.OneToOneField(Booking, models.CASCADE, related_name="agreement")
    email = models.EmailField("the head's e-mail", blank=True)
    # None while nothing is asked of the school yet: it waits, or has only said that it is interested.
    asked_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=9, choices=Answer, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    name = models.CharField("your name", max_length=100, blank=True)
    role = models.CharField("your role", max_length=80, blank=True)
    words = models.CharField(max_length=500, blank=True)
    entered_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = AgreementQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True) | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="agreement_answered_has_its_moment",
                violation_error_message="An answer needs the moment it was given.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_answer_display() or 'Not answered'}: {self.booking}"

    @property
    def is_needed(self) -> bool:
        """Are the places held until the head agrees?"""
        return self.booking.work_group.head_agreement == WorkGroup.HeadAgreement.NEEDED

    @property
    def has_agreed(self) -> bool:
        return self.answer == self.Answer.AGREES

    @property
    def due(self) -> date | None:
        """By when we hope to hear: the group's day, but never sooner than five days after asking."""
        if self.asked_at is None:
            return None
        asked, by = timezone.localdate(self.asked_at), self.booking.work_group.agreement_due_on
        day = max(by, asked + AT_LEAST) if by else asked + TO_ANSWER
        return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > FRIDAY else 0)

    def is_late(self, today: date) -> bool:
        return self.due is not None and self.due < today


def head_agreed() -> Exists:
    """Has the head agreed to the booking outside?"""
    return Exists(Agreement.objects.agreed().filter(booking=OuterRef("pk")))
