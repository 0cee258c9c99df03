"""September's question to each school: are these still your people?"""

from datetime import date, datetime, timedelta
from typing import Self

from django.db import models

from accounts.models.people import User
from accounts.models.schools import School


class PeopleCheckQuerySet(models.QuerySet["PeopleCheck"]):
    def open(self) -> Self:
        return self.filter(answered_at__isnull=True)

    def asked_before(self, moment: datetime) -> Self:
        return self.filter(asked_at__lt=moment)


class PeopleCheck(models.Model):
    """Asked of a school once a school year, in the first full week of September; `year` is that September's."""

    school = models.ForeignKey(School, models.PROTECT, related_name="people_checks")
    year = models.PositiveSmallIntegerField()
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = PeopleCheckQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "school__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["school", "year"],
                name="people_check_is_one_per_school_and_year",
                violation_error_message="This school has been asked this year already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school}, September {self.year}"


def first_full_week(year: int) -> date:
    """The Monday of the first week of September that lies in September as a whole."""
    first = date(year, 9, 1)
    return first + timedelta(days=-first.weekday() % 7)
