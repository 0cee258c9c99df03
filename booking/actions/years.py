"""A year's groups at once: drafts published, groups put into the archive and taken out again, a draft thrown away."""

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking import files
from booking.expectations import expect_leads
from booking.locking import lock_chosen
from booking.models import WorkGroup
from booking.publishing import before_archiving, concerns_anybody, publish, why_not_archived


@transaction.atomic(durable=True)
def publish_several(*, work_groups: Collection[int], by: User) -> list[WorkGroup]:
    """Put several drafts into the catalogue: all of them, or none, and the one that cannot be is named."""
    now = timezone.now()
    groups = _chosen(work_groups)
    for group in groups:
        try:
            publish(group, by=by, now=now)
        except ValidationError as refusal:
            raise ValidationError(f"{group.title}: {' '.join(refusal.messages)}") from refusal
    return groups


@transaction.atomic(durable=True)
def archive(*, work_groups: Collection[int], by: User) -> list[WorkGroup]:
    """Put groups that are over into the archive: they stay readable and leave the lists. All of them, or none."""
    now = timezone.now()
    groups = _chosen(work_groups)
    asked = before_archiving(WorkGroup.objects.filter(pk__in=[group.pk for group in groups]), now).in_bulk()
    for group in groups:
        why_not = why_not_archived(asked[group.pk], now)
        if why_not:
            raise ValidationError(f"{group.title}: {why_not}")
        group.status = WorkGroup.Status.ARCHIVED
        group.revision += 1
        group.save(update_fields=["status", "revision"])
        history.write("work_group_archived", about=[group], by=by, at=now, tells=False)
    return groups


@transaction.atomic(durable=True)
def unarchive(*, work_group: WorkGroup, by: User) -> WorkGroup:
    """Take a group out of the archive again: it stands as published, as it was."""
    now = timezone.now()
    work_group = WorkGroup.objects.get_locked(work_group.pk)
    if work_group.status != WorkGroup.Status.ARCHIVED:
        raise ValidationError("This group is not in the archive.")
    work_group.status = WorkGroup.Status.PUBLISHED
    work_group.revision += 1
    work_group.save(update_fields=["status", "revision"])
    expect_leads(work_group, now=now)
    history.write("work_group_unarchived", about=[work_group], by=by, at=now, tells=False)
    return work_group


@transaction.atomic(durable=True)
def remove_drafts(*, work_groups: Collection[int], by: User) -> int:
    """Throw drafts away that nobody has booked, with sessions, tasks and files: all, or none.

    The history of their projects keeps a line of each. Returns how many.
    """
    now = timezone.now()
    groups = _chosen(work_groups)
    for group in groups:
        if group.status != WorkGroup.Status.DRAFT:
            raise ValidationError(f"{group.title}: Only a draft can be deleted. Call a published group off instead.")
        if concerns_anybody(group):
            raise ValidationError(f"{group.title}: Somebody has booked it or been told of it, so it stays.")
        WorkGroup.objects.filter(parallel_to=group).touch()
        files.discard(files.of_group(group))
        details = {"work_group": group.pk, "slug": group.slug}
        history.write("draft_removed", about=[group.project], by=by, at=now, details=details, tells=False)
        group.sessions.all().delete()
        group.delete()
    return len(groups)


def _chosen(work_groups: Collection[int]) -> list[WorkGroup]:
    if not work_groups:
        raise ValidationError("Choose at least one group.")
    return lock_chosen(work_groups)
