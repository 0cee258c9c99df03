"""The gap between two sessions: when a task is due, and until when one can still say how it went."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from booking.models import ResearchTask, Session

# Many write on the evening after the session at which it was talked about.
STILL_OPEN = timedelta(days=7)


def due_at(task: ResearchTask) -> Session | None:
    """The session at which a task is talked about: the next planned one, whatever was cancelled in between."""
    later = Session.objects.planned().filter(work_group=task.session.work_group_id, number__gt=task.session.number)
    return later.select_related("work_group", "venue").order_by("number").first()


def task_before(session: Session) -> ResearchTask | None:
    """The task that is due at this session: that of the planned session before it, if it set one."""
    if not session.work_group.uses_tasks:
        return None
    before = Session.objects.planned().filter(work_group=session.work_group_id, number__lt=session.number)
    last = before.select_related("task").order_by("-number").first()
    task = getattr(last, "task", None)
    if task is not None:
        task.session = last
    return task


def nexts(sessions: Sequence[Session]) -> dict[int, Session | None]:
    """For each planned session of one group its next, by its key; the sessions in the order of their numbers."""
    planned = [one for one in sessions if one.is_planned]
    return {one.pk: after for one, after in zip(planned, [*planned[1:], None], strict=False)}


def closes_at(task: ResearchTask, due: Session | None) -> datetime | None:
    """Until when somebody can say how it went, or say it anew; None while the session has no date.

    After the last session: until the school year ends.
    """
    if due is None:
        end = date(task.session.work_group.year + 1, 8, 31)
        return datetime.combine(end, time(23, 59), tzinfo=timezone.get_default_timezone())
    return due.ends_at + STILL_OPEN if due.ends_at else None
