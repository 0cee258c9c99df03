"""Reaching people on the day: a telephone number for one group only, and who has been told."""

from datetime import datetime, timedelta
from typing import Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Max

from accounts.models import User
from booking.models.programme import WorkGroup
from booking.models.sessions import Session

# After the last session of the group nobody needs to be rung any more.
KEPT_FOR = timedelta(days=30)


class MobileQuerySet(models.QuerySet["Mobile"]):
    def outlived(self, now: datetime) -> Self:
        """Those of groups whose last session is more than thirty days ago."""
        return self.annotate(last=Max("work_group__sessions__ends_at")).filter(last__lt=now - KEPT_FOR)


class Mobile(models.Model):
    """A number that somebody gave for one group, for the day on which a session is called off."""

    person = models.ForeignKey(User, models.CASCADE, related_name="mobiles")
    work_group = models.ForeignKey(WorkGroup, models.CASCADE, related_name="mobiles")
    number = models.CharField(
        "mobile telephone",
        max_length=20,
        validators=[RegexValidator(r"^\+?[0-9][0-9 ]{8,18}$", "Give a telephone number, such as 07700 900123.")],
    )
    given_at = models.DateTimeField()

    objects = MobileQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "work_group"],
                name="mobile_is_one_per_person_and_group",
                violation_error_message="You have given a number for this group already.",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Call(models.Model):
    """Somebody has been told of a change by telephone."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="calls")
    person = models.ForeignKey(User, models.CASCADE, related_name="calls")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="calls_made")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "person"],
                name="call_is_one_per_person_and_session",
                violation_error_message="This person has been told already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}, about {self.session}"
