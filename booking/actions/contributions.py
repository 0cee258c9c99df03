"""What the hub contributes to cover: the rule of a group, and what was passed to finance."""

from collections.abc import Collection
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import School, User
from accounts.models.schools import taken_in
from booking.contributing import dues
from booking.locking import lock_chosen
from booking.models import Contribution, PassedOn, WorkGroup


@transaction.atomic(durable=True)
def save_contribution(*, work_group: WorkGroup, contribution: Contribution | None, by: User) -> None:
    """Give a group this contribution, or none. What was passed to finance stays as it was passed."""
    now = timezone.now()
    work_group = WorkGroup.objects.get_locked(work_group.pk)
    before = Contribution.objects.filter(work_group=work_group).first()
    if contribution is None:
        if before is None:
            return
        if work_group.passed_on.exists():
            raise ValidationError("Some of it was passed to finance. Take that back first, then take the rule away.")
        before.delete()
    else:
        kept = before or Contribution(work_group=work_group)
        for name in ("amount", "per", "condition", "sessions"):
            setattr(kept, name, getattr(contribution, name))
        kept.full_clean()
        kept.save()
    details = {"amount": str(contribution.amount), "per": contribution.per} if contribution else {"amount": "0"}
    history.write("contribution_saved", about=[work_group], by=by, at=now, details=details, tells=False)


@transaction.atomic(durable=True)
def pass_on(*, chosen: Collection[tuple[int, int]], by: User) -> list[PassedOn]:
    """Note that what these schools have met in these groups was passed to finance. Returns a row for each.

    `chosen`: (group, school), by their ids. What was passed on before is not passed on again.
    """
    now = timezone.now()
    groups = lock_chosen(group for group, _ in chosen)
    passed = []
    for due in dues(groups, now=now):
        if (due.work_group.pk, due.school) in chosen and due.left > 0:
            school = School.objects.get(pk=due.school)
            row = PassedOn(work_group=due.work_group, school=school, amount=due.left, at=now, by=by)
            row.save(force_insert=True)
            details = {"amount": str(due.left), "school": school.pk, "work_group": due.work_group.pk}
            about = [due.work_group, school]
            history.write("contribution_passed", about=about, by=by, at=now, details=details, tells=False)
            passed.append(row)
    if not passed:
        raise ValidationError("Nothing is left to pass on for those chosen: tick schools that have met the condition.")
    return passed


@transaction.atomic(durable=True)
def take_back(*, chosen: Collection[tuple[int, int]], by: User) -> Decimal:
    """Say that what was passed to finance for these schools was not, after all. Returns how much it was."""
    now, whole = timezone.now(), Decimal(0)
    for work_group in lock_chosen(group for group, _ in chosen):
        # It may have been passed on for a school that is part of this one since.
        schools = taken_in(school for group, school in chosen if group == work_group.pk)
        for row in PassedOn.objects.filter(work_group=work_group, school__in=schools).select_related("school"):
            details = {"amount": str(row.amount), "school": row.school_id, "work_group": work_group.pk}
            about = [work_group, row.school]
            history.write("contribution_taken_back", about=about, by=by, at=now, details=details, tells=False)
            whole += row.amount
            row.delete()
    if not whole:
        raise ValidationError("Nothing was passed to finance for those chosen.")
    return whole
