"""When each school first asked for places in a project, and when somebody of it first came: the funnel with its days.

Never why one left: a reason may be of somebody's health.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime

from django.db.models import Min
from django.utils import timezone

from booking.models import Attendance
from booking.reports.year.engagement import Engagement, Pair, asked_for, groups_of


def applied(of: Engagement, schools: Collection[int]) -> dict[Pair, date]:
    """(project, school) -> the day on which the first booking was made. `schools`: with those that were merged."""
    bookings = asked_for(groups_of(of.year)).filter(school__in=schools)
    return _earliest(of, bookings.values_list("work_group", "school").annotate(Min("made_at")))


def came(of: Engagement, schools: Collection[int]) -> dict[Pair, date]:
    """(project, school) -> the day of the first session that somebody of it was at, here or caught up elsewhere."""
    rows, first = Attendance.objects.filter(school__in=schools), Min("session__starts_at")
    groups = groups_of(of.year)
    here = rows.came_to(groups).values_list("session__work_group", "school").annotate(first)
    guests = rows.caught_up(groups).values_list("credited_to__work_group", "school").annotate(first)
    return _earliest(of, here.union(guests, all=True))


def _earliest(of: Engagement, rows: Iterable[tuple[int, int, datetime | None]]) -> dict[Pair, date]:
    found: dict[Pair, datetime] = {}
    for group, school, at in rows:
        pair = of.project_of[group], of.as_one.get(school, school)
        if at is not None and (pair not in found or at < found[pair]):
            found[pair] = at
    return {pair: timezone.localdate(at) for pair, at in found.items()}
