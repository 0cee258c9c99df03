"""What a teacher says about a research task."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking.models import Attendance, Reflection, ResearchTask


@transaction.atomic(durable=True)
def reflect(*, task: ResearchTask, person: User, outcome: str, words: str, shared: bool) -> Reflection:
    """Say how a task went, or say it anew."""
    now = timezone.now()
    if not Attendance.objects.filter(session__work_group=task.session.work_group_id, person=person).exists():
        raise ValidationError("This task belongs to a group you do not take part in.")
    reflection, _ = Reflection.objects.update_or_create(
        task=task,
        person=person,
        defaults={"outcome": Reflection.Outcome(outcome), "words": words, "shared": shared, "at": now},
    )
    history.write("reflected", about=[task.session, person], by=person, at=now, tells=False)
    return reflection
