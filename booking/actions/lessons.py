"""The lesson that a group watches at one of its sessions."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking.models import Attendance, Facilitation, LessonRole, LessonStudy, Session, WorkGroup


@transaction.atomic(durable=True)
def save_lesson(*, lesson: LessonStudy, roles: Mapping[int, str], by: User) -> LessonStudy:
    """Say that a lesson is observed at a session: where, with whom, and what each person does (id -> words)."""
    now = timezone.now()
    session = Session.objects.get_locked(lesson.session_id)
    if not session.is_planned:
        raise ValidationError("This session has been cancelled.")
    stored = LessonStudy.objects.filter(session=session).first()
    told = ("school_id", "year_group")  # what stands in calendars
    changed = stored is None or any(getattr(stored, name) != getattr(lesson, name) for name in told)
    lesson.pk = stored.pk if stored else None
    lesson.full_clean(validate_unique=False)
    lesson.save()
    known = set(Attendance.objects.filter(session=session).values_list("person", flat=True))
    known |= set(Facilitation.objects.filter(work_group=session.work_group_id).values_list("person", flat=True))
    if not set(roles) <= known:
        raise ValidationError("Somebody is not expected at this session any more. Load the page again.")
    lesson.roles.all().delete()
    for person, words in sorted(roles.items()):
        if words.strip():
            role = LessonRole(lesson=lesson, person_id=person, words=words.strip())
            role.full_clean(validate_unique=False)
            role.save(force_insert=True)
    _keep(session, changed=changed)
    history.write("lesson_saved", about=[session, session.work_group], by=by, at=now, tells=False)
    return lesson


@transaction.atomic(durable=True)
def remove_lesson(*, session: Session, by: User) -> None:
    """No lesson is observed at this session after all."""
    now = timezone.now()
    session = Session.objects.get_locked(session.pk)
    LessonStudy.objects.filter(session=session).delete()
    _keep(session, changed=True)
    history.write("lesson_removed", about=[session, session.work_group], by=by, at=now, tells=False)


def _keep(session: Session, *, changed: bool) -> None:
    """Kept pages are void; calendars take it up with what comes next, without a mail of its own."""
    if changed:
        now = timezone.now()
        Session.objects.filter(pk=session.pk).update(revision=F("revision") + 1, changed_at=now)
    WorkGroup.objects.filter(pk=session.work_group_id).touch()
