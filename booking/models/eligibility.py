"""Whom a group is for, as rules that warn or stand in the way."""

from django.db import models
from django.db.models import Q

from booking.models.programme import WorkGroup


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

    work_group = models.ForeignKey(WorkGroup, models.CASCADE, related_name="eligibility_rules")
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
