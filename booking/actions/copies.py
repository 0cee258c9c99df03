"""Last year's groups made anew for another school year, in one act."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import User
from accounts.schoolyear import school_year_label
from booking.copying import GroupCopy, copy_group
from booking.models import Project, WorkGroup


@transaction.atomic(durable=True)
def copy_groups(*, copies: Sequence[GroupCopy], year: int, by: User, empty_codes: bool = False) -> list[WorkGroup]:
    """Make drafts of a school year out of groups of former ones: all of them, or none.

    `empty_codes`: the codes of their national projects change every year, and are to be entered anew. Raises
    ValidationError, naming the group, where it cannot be copied or one of its title is there in that year already.
    """
    now = timezone.now()
    if not copies:
        raise ValidationError("Choose at least one group to copy.")
    sources = WorkGroup.objects.in_bulk([one.source for one in copies])
    if len(sources) < len(copies):
        raise ValidationError("One of these groups is not there any more. Choose again.")
    projects = Project.objects.filter(pk__in={one.project_id for one in sources.values()}).order_by("pk")
    locked = {project.pk: project for project in projects.select_for_update(no_key=True)}
    if empty_codes:
        _empty_codes([one for one in locked.values() if one.kind == Project.Kind.NATIONAL], year, by=by, now=now)
    for source in sources.values():
        source.project = locked[source.project_id]
    there = set(WorkGroup.objects.of_year(year).values_list("project_id", "title"))
    made: dict[int, WorkGroup] = {}
    for copy in copies:
        source = sources[copy.source]
        if year <= source.year:
            raise ValidationError(f"“{source}” is of {school_year_label(source.year)}. Choose a later year.")
        if (source.project_id, copy.title) in there:
            raise ValidationError(
                f"“{copy.title}” is there in {school_year_label(year)} already. Give the copy another title, "
                "or leave it out."
            )
        there.add((source.project_id, copy.title))
        try:
            made[source.pk] = copy_group(source, copy, year, by=by, now=now)
        except ValidationError as refusal:
            raise ValidationError(f"{copy.title}: {' '.join(refusal.messages)}") from refusal
    for pk, group in made.items():
        home = made.get(sources[pk].parallel_to_id or 0)
        if home is not None:
            group.parallel_to = home
            group.save(update_fields=["parallel_to"])
        details = {"source": pk}
        history.write("work_group_copied", about=[group], by=by, at=now, details=details, tells=False)
    return list(made.values())


def _empty_codes(projects: Sequence[Project], year: int, *, by: User, now: datetime) -> None:
    """The codes of a school year are not known yet; groups of the years before keep theirs."""
    for project in projects:
        if project.code:
            before = {"code": project.code}
            project.code = ""
            project.save(update_fields=["code"])
            project.set_codes(year)
            history.write("project_saved", about=[project], by=by, at=now, details=before, tells=False)
