"""A person answers for themselves: I am coming, or I can't come."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking.models import Attendance, Booking, CalendarEntry, Mark, Session

COMING, CANNOT = CalendarEntry.Answer.COMING, CalendarEntry.Answer.CANNOT


@transaction.atomic(durable=True)
def answer(*, person: User, session: Session, answer: str, by: User) -> CalendarEntry:
    """Answer an invitation. "Can't come" is written on the register as apologies; the place stays theirs."""
    if answer not in (COMING, CANNOT):
        raise ValidationError("Please choose one of the two answers.")
    now = timezone.now()
    session = Session.objects.get_locked(session.pk)
    if not session.is_planned or session.starts_at is None or session.starts_at <= now:
        raise ValidationError("This session can no longer be answered.")
    entry = CalendarEntry.objects.filter(person=person, session=session).wanted().first()
    row = Attendance.objects.select_related("standing_mark", "place").filter(person=person, session=session).first()
    if entry is None or row is None:
        raise ValidationError("You are not expected at this session.")
    if entry.answer == answer:
        return entry
    entry.answer = CalendarEntry.Answer(answer)
    entry.save(update_fields=["answer"])
    standing = row.standing_mark
    if answer == CANNOT and (standing is None or standing.what != Mark.What.APOLOGIES):
        row.standing_mark = Mark.objects.create(
            attendance=row, what=Mark.What.APOLOGIES, by=by, at=now, received_at=now, replaces=standing
        )
        row.save(update_fields=["standing_mark"])
    elif answer == COMING and standing is not None and standing.what == Mark.What.APOLOGIES:
        row.standing_mark = None  # the mark itself stays, as what was said then
        row.save(update_fields=["standing_mark"])
    history.write(
        "answered",
        about=[session, *([(Booking, row.place.booking_id)] if row.place else [])],
        people=[person.pk],
        by=by,
        at=now,
        details={"session": session.pk, "answer": entry.answer},
        tells=False,
    )
    return entry
