"""A year's figures as they were on a day: what was reported stays what it was, whatever is corrected later."""

from typing import Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from accounts.models import User


class FrozenYearQuerySet(models.QuerySet["FrozenYear"]):
    def of_year(self, year: int) -> Self:
        return self.filter(year=year)

    def that_hold(self) -> dict[int, "FrozenYear"]:
        """Of each year the one that holds: the last correction. Without the rows school by school, which are many."""
        return {one.year: one for one in self.order_by("number").defer("engagements")}


class FrozenYear(models.Model):
    """One freezing of one year. A correction is another with the next number and a note; none is ever changed."""

    year = models.PositiveSmallIntegerField("school year", help_text="the year in which it begins")
    number = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    # Of `booking.reports.year.definitions`: what the figures meant when they were counted.
    definitions = models.PositiveSmallIntegerField("version of the definitions")
    # The figures of the whole year by their names, and the tables by project, phase and authority.
    figures = models.JSONField()
    # A line for each school in each project: [school, URN, project, stages, withdrew on, reason].
    engagements = models.JSONField(default=list)
    note = models.CharField("why the figures are corrected", max_length=300, blank=True)
    frozen_at = models.DateTimeField()
    frozen_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    objects = FrozenYearQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["year", "number"],
                name="frozen_year_is_corrected_one_by_one",
                violation_error_message="Somebody has frozen this year meanwhile. Look at their figures first.",
            ),
            models.CheckConstraint(
                condition=Q(number=1) | (Q(number__gt=1) & ~Q(note="")),
                name="frozen_year_that_corrects_says_why",
                violation_error_message="Say why the figures are corrected: whoever reads them is told.",
            ),
        ]

    def __str__(self) -> str:
        return f"Figures of {self.year}, number {self.number}"

    @property
    def is_correction(self) -> bool:
        return self.number > 1
