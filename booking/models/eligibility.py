"""Whom a group is for: rules that warn or stand in the way, and lists of schools.

The group refers to this module, so it is named here by a string.
"""

from django.db import models
from django.db.models import Q

from accounts.models import School


class EligibilityRule(models.Model):
    """One rule of a group. `values` are what it speaks of: authority codes, words for roles, ids of projects.

    Phases are the group's own, and one booking per school is a constraint of the database.
    """

    class Kind(models.TextChoices):
        PHASE = "phase", "Its phases"
        STATE_FUNDED = "state_funded", "State-funded schools"
        AUTHORITY = "authority", "Schools of certain authorities"
        ROLE = "role", "People of certain roles"
        PREREQUISITE = "prerequisite", "Schools that have completed a project"
        ONCE_SCHOOL = "once_school", "Schools that have not taken part before"
        ONCE_PERSON = "once_person", "People who have not taken part before"

    work_group = models.ForeignKey("booking.WorkGroup", models.CASCADE, related_name="eligibility_rules")
    kind = models.CharField(max_length=12, choices=Kind)
    blocks = models.BooleanField("stands in the way", default=False)
    values = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["work_group", "kind"],
                name="eligibility_rule_is_one_of_a_kind_in_a_group",
                violation_error_message="The group has such a rule already.",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["authority", "role", "prerequisite"]) | ~Q(values=[]),
                name="eligibility_rule_says_what_it_speaks_of",
                violation_error_message="Say which: an authority, a role or a project.",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class SchoolRule(models.Model):
    """Only these schools, or not these: the list and its reasons are for hub staff alone.

    Consulted where the group says `lists_schools`, so that most bookings need not ask.
    """

    class Kind(models.TextChoices):
        ONLY = "only", "Only these schools"
        NOT = "not", "Not this school"

    work_group = models.ForeignKey("booking.WorkGroup", models.CASCADE, related_name="school_rules")
    school = models.ForeignKey(School, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=4, choices=Kind)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["work_group", "school"],
                name="school_rule_is_one_per_school_and_group",
                violation_error_message="This school is on the group's list already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.school}"
