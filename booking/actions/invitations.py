"""For which schools a group is: only these, not these, or those that are invited."""

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import School, User
from booking.eligibility import keep_list, put_on_list
from booking.models import SchoolRule, WorkGroup


@transaction.atomic(durable=True)
def list_schools(*, work_group: WorkGroup, schools: Collection[int], kind: str, reason: str, by: User) -> list[School]:
    """Put schools on a group's list; of one that stands there already, kind and reason are changed.

    The leads of a school that is put on the list of an invitation group are told, with the link. Returns the schools.
    """
    now = timezone.now()
    work_group = WorkGroup.objects.get_locked(work_group.pk)
    found = list(School.objects.open().filter(pk__in=schools).order_by("name", "pk"))
    if not found or len(found) < len(set(schools)):
        raise ValidationError("Choose schools that are open today.")
    known = set(work_group.school_rules.filter(kind=SchoolRule.Kind.ONLY).values_list("school", flat=True))
    put_on_list(work_group, [school.pk for school in found], kind, reason)
    for school in found:
        invites = work_group.recruitment == WorkGroup.Recruitment.INVITATION and kind == SchoolRule.Kind.ONLY
        is_told = invites and school.pk not in known and work_group.status == WorkGroup.Status.PUBLISHED
        details = {"school": school.pk, "work_group": work_group.pk}
        verb = "school_invited" if is_told else "school_listed"
        # The reason is for the hub alone, so that it does not stand on the school's own page.
        about = [work_group, school] if is_told else [work_group]
        history.write(verb, about=about, by=by, at=now, details=details, tells=is_told)
    keep_list(work_group)
    return found


@transaction.atomic(durable=True)
def unlist_school(*, work_group: WorkGroup, school: School, by: User) -> None:
    """Take a school off a group's list. What it has booked stays."""
    now = timezone.now()
    work_group = WorkGroup.objects.get_locked(work_group.pk)
    work_group.school_rules.filter(school=school).delete()
    keep_list(work_group)
    details = {"school": school.pk}
    history.write("school_unlisted", about=[work_group], by=by, at=now, details=details, tells=False)
