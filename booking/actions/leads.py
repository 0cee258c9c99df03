"""Who leads a group, as what, from when to when: handed over in one act, cover for a while included."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking.expectations import expect_leads
from booking.models import Facilitation, WorkGroup


@dataclass(frozen=True)
class LeadPlan:
    """Somebody's part in leading a group; `pk`: of one that stands already. Without a last day it goes on."""

    person: User
    role: str
    since: date
    until: date | None = None
    pk: int | None = None


@transaction.atomic(durable=True)
def save_leads(
    *, work_group: WorkGroup, plans: Sequence[LeadPlan], by: User, gone: Collection[int] = ()
) -> list[Facilitation]:
    """Let these people lead a group, each from one day to another; their calendars follow.

    `gone`: ids of parts that are taken out; a part that stands neither there nor in a plan stays as it is. A part that
    has begun is ended, not taken out, so that it stays known who led what.
    """
    now = timezone.now()
    today = timezone.localdate(now)
    work_group = WorkGroup.objects.get_locked(work_group.pk)
    before = {part.pk: part for part in work_group.facilitations.select_related("person")}
    out = [part for pk, part in before.items() if pk in gone]
    stays = [part for part in out if part.since <= today and work_group.status != WorkGroup.Status.DRAFT]
    if stays:
        raise ValidationError(f"{stays[0].person.name} has begun to lead the group. Give a last day instead.")
    planned = {*gone, *(plan.pk for plan in plans)}
    others = [LeadPlan(one.person, one.role, one.since, one.until) for pk, one in before.items() if pk not in planned]
    if not [*plans, *others] and work_group.status == WorkGroup.Status.PUBLISHED:
        raise ValidationError("Somebody has to lead a group that is published.")
    _check_apart([*plans, *others])
    Facilitation.objects.filter(pk__in=[part.pk for part in out]).delete()
    # Parts that end are written first: two of one person without an end stand in each other's way for no moment.
    made = []
    for plan in sorted(plans, key=lambda one: one.until is None):
        person = plan.person
        if person.pk is None:
            person.full_clean(exclude=["password"])
            person.save(force_insert=True)
        part = before.get(plan.pk or 0) or Facilitation(work_group=work_group, person=person)
        part.role, part.since, part.until = plan.role, plan.since, plan.until
        part.full_clean()
        part.save()
        made.append(part)
    work_group.revision += 1
    work_group.save(update_fields=["revision"])
    expect_leads(work_group, now=now)
    people = {part.person_id for part in [*before.values(), *made]}
    history.write("leads_saved", about=[work_group], people=sorted(people), by=by, at=now, tells=False)
    return made


def _check_apart(plans: Sequence[LeadPlan]) -> None:
    """Refuse, in words, somebody who would lead the group in two parts at the same time."""
    for index, one in enumerate(plans):
        for other in plans[:index]:
            same = one.person.email == other.person.email if one.person.email else one.person == other.person
            apart = (one.until and one.until < other.since) or (other.until and other.until < one.since)
            if same and not apart:
                raise ValidationError(f"{one.person.name} would lead the group in two parts at the same time.")
