"""Apologies for somebody else: a colleague cannot come to one session, and whoever knows it says so."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking.expectations import excuse, expect_after_all
from booking.models import Attendance, Mark, Place, Session
from booking.models.places import Reason
from booking.passing import about_place, because, may_change


@transaction.atomic(durable=True)
def say_for(*, place: Place, session: Session, by: User, reason: str = "", reached: str = "") -> Attendance:
    """Say for somebody that they cannot come to a session. Their place stays theirs, and they are told."""
    now = timezone.now()
    row = _lock(place, session, by, now)
    if row.standing_mark is not None:
        raise ValidationError(f"“{row.standing_mark}” is noted for them already. Load the page again.")
    label = Reason(reason).label if reason else ""
    excuse([row], by=by, now=now, reason=label)
    _write("apologies_said", row, by, now, because(label, reached))
    return row


@transaction.atomic(durable=True)
def take_back_for(*, place: Place, session: Session, by: User, reached: str = "") -> Attendance:
    """Take apologies back that were said for somebody, or by them: they come after all, and are told."""
    now = timezone.now()
    row = _lock(place, session, by, now)
    if row.standing_mark is None or row.standing_mark.what != Mark.What.APOLOGIES:
        raise ValidationError("No apologies are noted for them at this session.")
    if Attendance.objects.filter(person=row.person_id, credited_to=session).exists():
        raise ValidationError("They catch up with another group. Give that chair up first.")
    expect_after_all(row, by=by, now=now)
    _write("apologies_taken_back", row, by, now, reached)
    return row


def _lock(place: Place, session: Session, by: User, now: datetime) -> Attendance:
    """The row of whoever has the place at a session whose register has not been opened; marks lock only the session."""
    session = Session.objects.get_locked(session.pk)
    place = Place.objects.select_related("booking__school", "work_group").get(pk=place.pk)
    if not may_change(place, by):
        raise ValidationError("You do not book for this school. Please ask the hub.")
    if not session.is_planned or session.opens_at is None or session.opens_at <= now:
        raise ValidationError("The register is open. Please ring whoever leads the session.")
    rows = Attendance.objects.filter(place=place, session=session, person=place.person_id)
    row = rows.select_related("standing_mark", "session", "place__booking__school", "place__work_group").first()
    if row is None:
        raise ValidationError("They are not expected at this session.")
    return row


def _write(verb: str, row: Attendance, by: User, now: datetime, reason: str) -> None:
    assert row.place is not None
    about: list[Model] = [*about_place(row.place), row.session]
    details = {"booking": row.place.booking_id, "sessions": [row.session_id]}
    history.write(verb, about=about, people=[row.person_id], by=by, at=now, reason=reason, details=details)
