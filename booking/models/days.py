"""Days that differ from an authority's calendar: a school's own, and those of tests and examinations."""

from django.db import models
from django.db.models import F, Q

from accounts.models import School
from booking.models.programme import phase_words


class OwnDays(models.Model):
    """Days on which one school is shut, or open, whatever its authority's calendar says; both days included."""

    school = models.ForeignKey(School, models.CASCADE, related_name="own_days")
    name = models.CharField("what it is", max_length=60)
    first_on = models.DateField("first day")
    last_on = models.DateField("last day")
    # Open in the authority's holiday; else shut while others are open.
    is_open = models.BooleanField("open", default=False)

    class Meta:
        ordering = ["first_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_on__gte=F("first_on")),
                name="own_days_end_after_they_begin",
                violation_error_message="The last day must not be before the first.",
            ),
            models.UniqueConstraint(
                fields=["school", "first_on"],
                name="own_days_are_entered_once",
                violation_error_message="Days of this school that begin on that day are entered already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.school})"


class PhaseDates(models.Model):
    """Days of tests or examinations, better avoided by groups of certain phases; from a published timetable."""

    name = models.CharField("what it is", max_length=80)
    for_early_years = models.BooleanField("early years", default=False)
    for_primary = models.BooleanField("primary", default=False)
    for_secondary = models.BooleanField("secondary", default=False)
    for_post_16 = models.BooleanField("post-16", default=False)
    for_special = models.BooleanField("special and alternative", default=False)
    first_on = models.DateField("first day")
    last_on = models.DateField("last day")
    source = models.CharField("where this is published", max_length=200)

    class Meta:
        ordering = ["first_on", "name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_on__gte=F("first_on")),
                name="phase_dates_end_after_they_begin",
                violation_error_message="The last day must not be before the first.",
            ),
            models.CheckConstraint(
                condition=Q(for_early_years=True)
                | Q(for_primary=True)
                | Q(for_secondary=True)
                | Q(for_post_16=True)
                | Q(for_special=True),
                name="phase_dates_concern_somebody",
                violation_error_message="Say whom these dates concern: at least one phase.",
            ),
            models.UniqueConstraint(
                fields=["name", "first_on"],
                name="phase_dates_are_entered_once",
                violation_error_message="Dates of this name that begin on that day are entered already.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def phase_words(self) -> str:
        return ", ".join(phase_words(self))
