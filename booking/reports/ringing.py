"""Sessions that were called off or moved online on the day: whom to ring stays at hand until everybody is told."""

from datetime import datetime

from django.db.models import F, Q
from django.utils import timezone

from booking.expectations import NEAR
from booking.models import Attendance, CalendarEntry, Call, Facilitation, Session
from booking.models.sessions import SessionQuerySet

_GONE = Q(status=Session.Status.CANCELLED) | Q(mode=Session.Mode.ONLINE)


def changed_on_the_day(now: datetime) -> SessionQuerySet:
    """Sessions of today, or of the next hours, that within a day of their start were cancelled or moved online."""
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    near = Session.objects.between(today, now + NEAR).filter(_GONE, revision__gt=0)
    return (
        near.filter(changed_at__gte=F("starts_at") - NEAR).select_related("work_group", "venue").order_by("starts_at")
    )


def is_changed_on_the_day(session: Session, now: datetime) -> bool:
    """The same of one session, without asking the database."""
    starts_at = session.starts_at
    if starts_at is None or not session.revision or session.changed_at < starts_at - NEAR:
        return False
    gone = not session.is_planned or session.mode == Session.Mode.ONLINE
    return gone and timezone.localdate(now) <= timezone.localdate(starts_at) and starts_at < now + NEAR


def to_ring(sessions: SessionQuerySet) -> list[Session]:
    """Those of them of which somebody who was to come has not been told by telephone yet. A constant number of queries.

    Who leads the group is on the list too, but need not be ticked: mostly they have changed it themselves.
    """
    found = list(sessions)
    if not found:
        return []
    groups = {one.pk: one.work_group_id for one in found}
    carried = CalendarEntry.objects.filter(session__in=found, changed_at__gte=F("session__changed_at"))
    told = set(carried.values_list("session_id", "person_id"))
    told |= set(Attendance.objects.filter(session__in=found).values_list("session_id", "person_id"))
    leads = set(Facilitation.objects.filter(work_group__in=groups.values()).values_list("work_group_id", "person_id"))
    rung = set(Call.objects.filter(session__in=found).values_list("session_id", "person_id"))
    left = {session for session, person in told - rung if (groups[session], person) not in leads}
    return [one for one in found if one.pk in left]
