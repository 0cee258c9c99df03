"""What the hub contributes to schools' cover, on what condition, and what was passed to finance. No payments."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from accounts.models import School, User
from booking.models.programme import WorkGroup


class Contribution(models.Model):
    """The rule of one group: how much, for what, and what has to be met."""

    class Per(models.TextChoices):
        SCHOOL = "school", "a school"
        PERSON = "person", "each person"

    class Condition(models.TextChoices):
        COMPLETED = "completed", "completed the group, by its own rule"
        SESSIONS = "sessions", "came to so many sessions"
        AGREEMENT = "agreement", "the head teacher agreed"

    work_group = models.OneToOneField(WorkGroup, models.CASCADE, related_name="contribution")
    amount = models.DecimalField(
        "pounds",
        max_digits=7,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(20000)],
    )
    per = models.CharField("for", max_length=6, choices=Per, default=Per.SCHOOL)
    condition = models.CharField("once", max_length=9, choices=Condition, default=Condition.COMPLETED)
    sessions = models.PositiveSmallIntegerField("how many sessions", null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="contribution_is_an_amount",
                violation_error_message="Give an amount above nothing.",
            ),
            models.CheckConstraint(
                condition=Q(condition="sessions", sessions__isnull=False, sessions__gte=1)
                | (~Q(condition="sessions") & Q(sessions__isnull=True)),
                name="contribution_by_sessions_says_how_many",
                violation_error_message="Say how many sessions somebody has to come to, or leave it empty.",
            ),
        ]

    def __str__(self) -> str:
        amount = f"{self.amount:,.2f}".removesuffix(".00")
        return f"£{amount} for {self.get_per_display()}, once {self.condition_words}"

    @property
    def condition_words(self) -> str:
        if self.condition == self.Condition.SESSIONS:
            return f"they came to {self.sessions} session{'' if self.sessions == 1 else 's'}"
        who = "they have " if self.condition == self.Condition.COMPLETED else ""
        return who + str(self.get_condition_display())


class PassedOn(models.Model):
    """What was passed to finance for one school of one group, on one day. More can follow when more is met."""

    work_group = models.ForeignKey(WorkGroup, models.PROTECT, related_name="passed_on")
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    amount = models.DecimalField(max_digits=8, decimal_places=2)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="passed_on_is_an_amount",
                violation_error_message="Only an amount above nothing is passed on.",
            ),
        ]

    def __str__(self) -> str:
        return f"£{self.amount:,.2f} for {self.school}, {self.work_group}"
