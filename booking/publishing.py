"""What stands in the way of publishing a draft, or of putting a group into the archive: plain questions, in words."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, IntegerField, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts import history
from accounts.models import User
from booking.expectations import expect_leads
from booking.models import Attendance, Booking, CalendarEntry, Session, WorkGroup
from booking.models.places import Status
from booking.templatetags.words import day_short

# Bookings in which something is still to happen.
OPEN = (Status.APPLIED, Status.WAITING, Status.OFFERED, Status.HELD)


def before_publishing(groups: QuerySet[WorkGroup]) -> QuerySet[WorkGroup]:
    """The groups with what `why_not_published` asks of each."""
    planned = Session.objects.planned().filter(work_group=OuterRef("pk"))
    led = WorkGroup.objects.filter(pk=OuterRef("pk"), facilitations__isnull=False)
    return groups.annotate(has_sessions=Exists(planned), has_leads=Exists(led))


def why_not_published(work_group: Any) -> str:
    """Why a draft cannot be published yet, as a sentence; empty where it can."""
    if work_group.status != WorkGroup.Status.DRAFT:
        return "This group has been published already."
    if not work_group.has_sessions:
        return "Add at least one session first, so that schools see what they book."
    if not work_group.has_leads:
        return "Say who leads the group first."
    return ""


def publish(work_group: WorkGroup, *, by: User, now: datetime) -> None:
    """Put a draft that the caller has locked into the catalogue."""
    why_not = why_not_published(before_publishing(WorkGroup.objects.filter(pk=work_group.pk)).get())
    if why_not:
        raise ValidationError(why_not)
    work_group.status = WorkGroup.Status.PUBLISHED
    work_group.revision += 1
    work_group.save(update_fields=["status", "revision"])
    expect_leads(work_group, now=now)
    history.write("work_group_published", about=[work_group], by=by, at=now)


def concerns_anybody(of: WorkGroup | Session) -> bool:
    """Has somebody booked a group or a session, is expected at it, or has been told of it? Then it is not deleted."""
    sessions = of.sessions.all() if isinstance(of, WorkGroup) else Session.objects.filter(pk=of.pk)
    come = Attendance.objects.filter(session__in=sessions).exists()
    told = CalendarEntry.objects.filter(session__in=sessions).exists()
    return come or told or of.bookings.exists() or of.letters.exists()


def before_archiving(groups: QuerySet[WorkGroup], now: datetime) -> QuerySet[WorkGroup]:
    """The groups with what `why_not_archived` asks of each."""
    planned = Session.objects.planned().filter(work_group=OuterRef("pk")).order_by()
    undated = planned.filter(starts_at__isnull=True)
    last = planned.values("work_group").annotate(last=Max("ends_at")).values("last")
    unsigned = Session.objects.unsigned().filter(work_group=OuterRef("pk"), ends_at__lt=now).order_by()
    waiting = Booking.objects.filter(work_group=OuterRef("pk"), status__in=OPEN).order_by()
    return groups.annotate(
        last_ends_at=Subquery(last),
        is_undated=Exists(undated),
        unsigned=_count(unsigned),
        open_bookings=_count(waiting),
    )


def why_not_archived(work_group: Any, now: datetime) -> str:
    """What stops a published group from going into the archive, in sentences; empty where nothing does."""
    if work_group.status != WorkGroup.Status.PUBLISHED:
        return "Only a group that is published goes into the archive."
    found = []
    if work_group.last_ends_at and work_group.last_ends_at > now:
        found.append(f"It still meets, the last time on {day_short(work_group.last_ends_at)}.")
    if work_group.is_undated:
        found.append("A session has no date yet. Give it one, or cancel it.")
    if work_group.unsigned:
        count = work_group.unsigned
        found.append(f"{count} register{' is' if count == 1 else 's are'} not signed.")
    if work_group.open_bookings:
        count = work_group.open_bookings
        found.append(f"{count} booking{' waits' if count == 1 else 's wait'} for an answer.")
    return " ".join(found)


def _count(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.values("work_group").annotate(many=Count("pk")).values("many")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
