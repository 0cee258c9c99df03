"""What runs beside a group: where a booking could move to, and where a missed session can be caught up with."""

from datetime import datetime

from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce

from booking.models import Attendance, CalendarEntry, Session, WorkGroup


def parallel_groups(work_group: WorkGroup, now: datetime) -> list[WorkGroup]:
    """Groups that run beside this one, with sessions to come: same project, same year, or named as its parallel."""
    beside = WorkGroup.objects.published().beside(work_group.parallel_to_id or work_group.pk, work_group.pk)
    coming = Session.objects.coming(now).values("work_group")
    return list(beside.filter(pk__in=coming).order_by("title", "pk"))


def runs_beside_another() -> Exists:
    """Of bookings: does another group run beside theirs? To be annotated."""
    home = Coalesce(OuterRef("work_group__parallel_to"), OuterRef("work_group"))
    return Exists(WorkGroup.objects.published().beside(home, OuterRef("work_group")))


def chairs_elsewhere(row: Attendance, now: datetime) -> list[Session]:
    """Coming sessions of parallel groups with the same number and a free chair, when this person is free.

    In groups of the same school year; the session that is missed may be over.
    """
    groups = [one.pk for one in parallel_groups(row.session.work_group, now)]
    sessions = (
        Session.objects.coming(now)
        .filter(work_group__in=groups, number=row.session.number, work_group__year=row.session.work_group.year)
        .exclude(attendances__person=row.person_id)
        .select_related("venue", "work_group")
        .order_by("starts_at", "pk")
    )
    mine = list(
        Session.objects.coming(now).filter(
            calendar_entries__in=CalendarEntry.objects.wanted().filter(person=row.person_id)
        )
    )
    return [
        one
        for one in sessions
        if one.has_chair() and not any(one.overlaps(other) for other in mine if other.pk != row.session_id)
    ]
