"""Who leads a work group, and from when to when. The group refers to this module, so it is named here by a string."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.models import User


class FacilitationQuerySet(models.QuerySet["Facilitation"]):
    def of_person(self, person: User) -> Self:
        return self.filter(person=person)

    def on(self, day: date) -> Self:
        return self.filter(Q(until__isnull=True) | Q(until__gte=day), since__lte=day)

    def to_the_end(self) -> Self:
        """Who led a group to its end and is still with us, not whoever covered for a while."""
        return self.filter(until__isnull=True, person__is_active=True).exclude(role=Facilitation.Role.COVER)


class Facilitation(models.Model):
    """A person's part in leading a work group, from one day to another."""

    class Role(models.TextChoices):
        LEAD = "lead", "Work group lead"
        CO_LEAD = "co-lead", "Co-lead"
        COVER = "cover", "Cover"

    work_group = models.ForeignKey("booking.WorkGroup", models.CASCADE, related_name="facilitations")
    person = models.ForeignKey(User, models.PROTECT, related_name="facilitations")
    role = models.CharField(max_length=7, choices=Role, default=Role.LEAD)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    objects = FacilitationQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["work_group", "person"],
                condition=Q(until__isnull=True),
                name="facilitation_is_one_per_person_and_group",
                violation_error_message="This person already leads the group.",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="facilitation_ends_after_it_begins",
                violation_error_message="The last day must not be before the first.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.get_role_display().lower()} of {self.work_group}"
