"""What a person's answer to an invitation does: a plain function on a session that the caller has locked."""

from datetime import datetime

from django.core.exceptions import ValidationError

from accounts import history
from accounts.models import User
from booking.marking import mark_over
from booking.models import Attendance, Booking, CalendarEntry, Mark, Session

COMING, CANNOT = CalendarEntry.Answer.COMING, CalendarEntry.Answer.CANNOT


def give_answer(
    session: Session, person: User, answer: str, *, by: User, now: datetime, by_mail: bool = False
) -> tuple[CalendarEntry, bool]:
    """Write an answer down; returns the entry, and whether that changed anything.

    "Can't come" is written on the register as apologies; the place stays theirs.
    """
    if answer not in (COMING, CANNOT):
        raise ValidationError("Please choose one of the two answers.")
    if not session.is_planned or session.starts_at is None or session.starts_at <= now:
        raise ValidationError("This session can no longer be answered.")
    entry = CalendarEntry.objects.filter(person=person, session=session).wanted().first()
    row = Attendance.objects.select_related("standing_mark", "place").filter(person=person, session=session).first()
    if entry is None or row is None:
        raise ValidationError("You are not expected at this session.")
    if entry.answer == answer:
        return entry, False
    entry.answer = CalendarEntry.Answer(answer)
    entry.save(update_fields=["answer"])
    standing = row.standing_mark
    if answer == CANNOT and (standing is None or standing.what != Mark.What.APOLOGIES):
        mark_over(row, Mark.What.APOLOGIES, by=by, now=now)
    elif answer == COMING and standing is not None and standing.what == Mark.What.APOLOGIES:
        mark_over(row, Mark.What.CLEARED, by=by, now=now)  # the mark itself stays, as what was said then
    history.write(
        "answered",
        about=[session, *([(Booking, row.place.booking_id)] if row.place else [])],
        people=[person.pk],
        by=by,
        at=now,
        details={"session": session.pk, "answer": entry.answer} | ({"by_mail": True} if by_mail else {}),
        tells=False,
    )
    return entry, True
