"""What schools did with the hub before it kept its work groups here."""

from typing import Self

from django.db import models
from django.db.models import Q

from accounts.models import School, User
from booking.models.projects import Project


class PastEngagementQuerySet(models.QuerySet["PastEngagement"]):
    def engaged(self) -> Self:
        """Somebody came: a school that withdrew before it started did not engage."""
        return self.filter(started=True)


class PastEngagement(models.Model):
    """One school in one project of one year, from a list that the hub had elsewhere."""

    class Outcome(models.TextChoices):
        GOING = "", "Not known"
        COMPLETED = "completed", "Completed"
        WITHDREW = "withdrew", "Withdrew"

    school = models.ForeignKey(School, models.PROTECT, related_name="past_engagements")
    # As the list called it; the project of ours that it belongs to, where one does.
    title = models.CharField("project", max_length=120)
    project = models.ForeignKey(Project, models.SET_NULL, null=True, blank=True, related_name="past_engagements")
    year = models.PositiveSmallIntegerField("school year", help_text="the year in which it begins")
    started = models.BooleanField("somebody came at least once", default=True)
    outcome = models.CharField(max_length=9, choices=Outcome, blank=True, default=Outcome.GOING)
    source = models.CharField("where this is from", max_length=120)
    taken_in_at = models.DateTimeField()
    taken_in_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = PastEngagementQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "title", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["school", "title", "year"],
                name="past_engagement_is_held_once",
                violation_error_message="This school's part in that project and year is held already.",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="completed") | Q(started=True),
                name="past_engagement_that_completed_had_started",
                violation_error_message="Who completed had started.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school}, {self.title}, {self.year}"
