"""Who has completed a group: enough sessions, per cent or hours attended, as the group's own rule says."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import QuerySet

from accounts.models import School
from booking.models import Attendance, Session, WorkGroup
from booking.models.attendance import CAME


def completed(rows: QuerySet[Attendance]) -> set[tuple[int, int]]:
    """Of these attendances, (work group, person) of whoever has completed the group, however many schools it took.

    What was attended beside counts for the group it is credited to.
    """
    came = rows.filter(standing_mark__what__in=CAME).select_related("session", "credited_to", "standing_mark")
    minutes: dict[tuple[int, int], dict[int, int]] = defaultdict(dict)
    for row in came:
        session = row.credited_to or row.session
        off = row.standing_mark.minutes or 0 if row.standing_mark else 0
        minutes[session.work_group_id, row.person_id][session.pk] = max(0, row.session.minutes - off)
    groups = WorkGroup.objects.in_bulk({group for group, _ in minutes})
    planned = _planned(groups)
    return {
        (group, person)
        for (group, person), attended in minutes.items()
        if is_enough(groups[group], len(attended), planned[group], sum(attended.values()))
    }


def is_enough(work_group: WorkGroup, sessions: int, of: int, minutes: int) -> bool:
    """Do so many sessions (of so many planned), and minutes, complete the group?"""
    match work_group.completion_rule:
        case WorkGroup.Completion.SESSIONS:
            return sessions >= work_group.completion_number
        case WorkGroup.Completion.HOURS:
            return minutes >= 60 * work_group.completion_number
        case _:
            return of > 0 and 100 * sessions >= work_group.completion_number * of


def attended_for(school: School) -> QuerySet[Attendance]:
    """What people attended for a school, and for those that it took in: a URN that changed changes nothing here."""
    before = {school.pk}
    while found := set(School.objects.filter(merged_into__in=before).values_list("pk", flat=True)) - before:
        before |= found
    return Attendance.objects.filter(school__in=before)


def _planned(groups: Iterable[int]) -> dict[int, int]:
    counts: dict[int, int] = defaultdict(int)
    for group in Session.objects.planned().filter(work_group__in=groups).values_list("work_group", flat=True):
        counts[group] += 1
    return counts
