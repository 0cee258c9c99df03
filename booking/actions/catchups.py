"""Catching up: coming to a parallel group's session in place of one that is missed at home."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking.beside import chairs_elsewhere
from booking.expectations import catch_up, end_catch_up
from booking.models import Attendance, Session


@transaction.atomic(durable=True)
def catch_up_at(*, row: Attendance, session: Session, by: User) -> Attendance:
    """Come to a parallel group's session in place of one that is missed at home: a chair there, no place."""
    now = timezone.now()
    for pk in sorted({row.session_id, session.pk}):
        Session.objects.get_locked(pk)
    row = Attendance.objects.select_related("session__work_group", "standing_mark", "school").get(pk=row.pk)
    session = Session.objects.select_related("venue", "work_group").get(pk=session.pk)
    if row.place_id is None or row.credited_to_id is not None:
        raise ValidationError("This is not one of your own sessions.")
    if session not in chairs_elsewhere(row, now):
        raise ValidationError("There is no chair at that session any more, or you are busy then. Choose another.")
    guest = catch_up(row, session, by=by, now=now)
    history.write(
        "catch_up_arranged",
        about=[session, row.session, session.work_group],
        people=[row.person_id],
        by=by,
        at=now,
        details={"home": row.session_id, "session": session.pk},
    )
    return guest


@transaction.atomic(durable=True)
def give_chair_up(*, guest: Attendance, by: User) -> None:
    """Not to come to the parallel group's session after all."""
    now = timezone.now()
    session = Session.objects.get_locked(guest.session_id)
    guest = Attendance.objects.select_related("standing_mark").get(pk=guest.pk)
    if guest.credited_to_id is None or guest.standing_mark_id or session.starts_at is None or session.starts_at <= now:
        raise ValidationError("This can no longer be changed.")
    details = {"home": guest.credited_to_id, "session": session.pk}
    people = [guest.person_id]
    end_catch_up(guest, now=now)
    about = [session, session.work_group]
    history.write("catch_up_ended", about=about, people=people, by=by, at=now, details=details, tells=False)
