"""Whom a group is for: the rules that warn a school, or stand in its way."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking.models import EligibilityRule, WorkGroup


@dataclass(frozen=True)
class RulePlan:
    """A rule as the office wants it: does it stand in the way, and what it speaks of."""

    blocks: bool = False
    values: tuple[str | int, ...] = ()


@transaction.atomic(durable=True)
def save_rules(*, work_group: WorkGroup, rules: Mapping[str, RulePlan], by: User) -> WorkGroup:
    """Give a group these rules, by their kinds, and no others. What is booked already stays."""
    now = timezone.now()
    work_group = WorkGroup.objects.get_locked(work_group.pk)
    work_group.eligibility_rules.all().delete()
    for kind, plan in rules.items():
        rule = EligibilityRule(work_group=work_group, kind=kind, blocks=plan.blocks, values=list(plan.values))
        rule.full_clean()
        rule.save(force_insert=True)
    work_group.has_rules = bool(rules)
    work_group.revision += 1
    work_group.save(update_fields=["has_rules", "revision"])
    details = {"rules": {kind: plan.blocks for kind, plan in rules.items()}}
    history.write("rules_saved", about=[work_group], by=by, at=now, details=details, tells=False)
    return work_group
