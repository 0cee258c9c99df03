"""Catching up: coming to a parallel group's session in place of one that is missed at home."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking.beside import chairs_elsewhere
from booking.expectations import catch_up, end_catch_up
from booking.models import Attendance, Mark, Session
from booking.models.attendance import MISSED
from booking.passing import may_change


@transaction.atomic(durable=True)
def catch_up_at(*, row: Attendance, session: Session, by: User, reached: str = "") -> Attendance:
    """Come to a parallel group's session in place of one that is missed at home: a chair there, no place.

    Before the session at home, or in the same school year after it. Whoever may change the place arranges it too.
    """
    now = timezone.now()
    for pk in sorted({row.session_id, session.pk}):
        Session.objects.get_locked(pk)
    rows = Attendance.objects.select_related("session__work_group", "standing_mark", "school", "person")
    row = rows.select_related("place__booking__school", "place__work_group").get(pk=row.pk)
    session = Session.objects.select_related("venue", "work_group").get(pk=session.pk)
    if row.place is None or row.credited_to_id is not None:
        raise ValidationError("This is not one of your own sessions.")
    _check_may_arrange(row, by)
    _check_is_missed(row, now)
    if session not in chairs_elsewhere(row, now):
        raise ValidationError("There is no chair at that session any more, or you are busy then. Choose another.")
    guest = catch_up(row, session, by=by, now=now)
    about: list[Model] = [session, row.session, session.work_group, row.place.booking, row.place.booking.school]
    history.write(
        "catch_up_arranged",
        about=about,
        people=[row.person_id],
        by=by,
        at=now,
        reason=reached,
        details={"booking": row.place.booking_id, "home": row.session_id, "session": session.pk},
    )
    return guest


@transaction.atomic(durable=True)
def give_chair_up(*, guest: Attendance, by: User, reached: str = "") -> None:
    """Not to come to the parallel group's session after all."""
    now = timezone.now()
    session = Session.objects.get_locked(guest.session_id)
    guest = Attendance.objects.select_related("standing_mark", "school").get(pk=guest.pk)
    if guest.credited_to_id is None or guest.standing_mark_id or session.starts_at is None or session.starts_at <= now:
        raise ValidationError("This can no longer be changed.")
    rows = Attendance.objects.filter(session=guest.credited_to_id, person=guest.person_id, place__isnull=False)
    home = rows.select_related("place__booking__school", "place__work_group").first()
    if home is not None:
        _check_may_arrange(home, by)
    elif by.pk != guest.person_id:
        raise ValidationError("You do not book for this school. Please ask the hub.")
    details = {"home": guest.credited_to_id, "session": session.pk}
    people = [guest.person_id]
    end_catch_up(guest, now=now)
    about: list[Model] = [session, session.work_group]
    if home is not None and home.place is not None:
        about += [home.place.booking, home.place.booking.school]
    history.write(
        "catch_up_ended", about=about, people=people, by=by, at=now, reason=reached, details=details, tells=False
    )


def _check_may_arrange(row: Attendance, by: User) -> None:
    assert row.place is not None
    if by.pk != row.person_id and not may_change(row.place, by):
        raise ValidationError("You do not book for this school. Please ask the hub.")


def _check_is_missed(row: Attendance, now: datetime) -> None:
    """To come, or marked as missed; and not caught up with already."""
    what = row.standing_mark.what if row.standing_mark else ""
    if what == Mark.What.SUBSTITUTE:
        raise ValidationError("A colleague goes to this session instead. Say first that nobody stands in.")
    begun = row.session.starts_at is None or row.session.starts_at <= now
    if what not in (*MISSED, "") or (begun and not what):
        raise ValidationError("Nothing is marked as missed here, so there is nothing to catch up with.")
    if Attendance.objects.filter(person=row.person_id, credited_to=row.session).exists():
        raise ValidationError("Another group is chosen for it already. Give that chair up first.")
