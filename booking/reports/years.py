"""A year's drafts, and its groups on their way into the archive, each with what stands in its way."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import Count, Max, Min, Q

from booking.diary import clashes
from booking.models import Project, Session, WorkGroup
from booking.publishing import before_archiving, before_publishing, why_not_archived, why_not_published

# So that the days of the first and of the last session are read to their ends.
A_DAY = timedelta(days=1)
PLANNED = Q(sessions__status=Session.Status.PLANNED)


@dataclass
class Standing:
    """A group, and in a sentence why it cannot be published or archived; empty where it can."""

    work_group: WorkGroup
    why_not: str
    # Of a draft: each of its sessions that a room or a lead is promised twice for, and in words how.
    clashes: list[tuple[Session, str]] = field(default_factory=list)


def counts_of(year: int) -> dict[str, int]:
    """How many groups of a year stand where."""
    counted = dict(WorkGroup.objects.of_year(year).order_by().values_list("status").annotate(Count("pk")))
    return {status: counted.get(status, 0) for status in WorkGroup.Status.values}


def drafts_of(year: int) -> list[Standing]:
    """The drafts of a year, each with its number of `dates`, the `first` of them, and all that it clashes with."""
    drafts = before_publishing(WorkGroup.objects.of_year(year).filter(status=WorkGroup.Status.DRAFT))
    rows = (
        drafts.select_related("project")
        .annotate(dates=Count("sessions", filter=PLANNED), first=Min("sessions__starts_at", filter=PLANNED))
        .order_by("title", "pk")
    )
    found = {one.pk: Standing(one, why_not_published(one)) for one in rows}
    sessions = Session.objects.planned().dated().filter(work_group__in=found)
    when = sessions.aggregate(first=Min("starts_at"), last=Max("ends_at"))
    if when["first"]:
        of = set(sessions.values_list("pk", flat=True))
        told, _ = clashes([(when["first"] - A_DAY, when["last"] + A_DAY)], of=of, most=None)
        for clash in told:
            # Of two sessions of one draft the later is where it is put right.
            here = {one.work_group_id: one for one in (clash.other, clash.session) if one}
            for group in here.keys() & found.keys():
                found[group].clashes.append((here[group], clash.words))
    return list(found.values())


def to_archive(year: int, now: datetime) -> list[Standing]:
    """The published groups of a year."""
    rows = before_archiving(WorkGroup.objects.of_year(year).published(), now).order_by("title", "pk")
    return [Standing(one, why_not_archived(one, now)) for one in rows]


def archived(year: int) -> list[WorkGroup]:
    return list(WorkGroup.objects.of_year(year).filter(status=WorkGroup.Status.ARCHIVED).order_by("title", "pk"))


def groups_by_year(project: Project) -> list[tuple[int, list[WorkGroup]]]:
    """A project's groups, the newest year first."""
    groups = project.work_groups.order_by("-year", "title", "pk")
    return [(year, list(some)) for year, some in groupby(groups, key=lambda group: group.year)]
