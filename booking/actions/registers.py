"""Taking the register of a session: marks are added, never changed."""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.colleagues import NewColleague, settle
from accounts.models import School, User
from booking.models import Attendance, Mark, Session
from booking.models.sessions import OPENS_BEFORE
from booking.schooldays import end_of_school_day


def locks_at(session: Session) -> datetime | None:
    """Until when a signed register may be corrected freely: the end of the next school day after it was signed."""
    if session.signed_at is None:
        return None
    at_home = next(iter(settings.HUB_AUTHORITIES), "")  # online, the hub's own school days count
    la_code = (session.venue.la_code if session.venue else "") or at_home
    return end_of_school_day(session.signed_at, days=1, la_code=la_code)


@transaction.atomic(durable=True)
def mark(*, session: Session, marks: Mapping[int, str], by: User, reason: str = "") -> int:
    """Mark people on a register: attendance id -> what. Returns how many marks were added; what stands is not repeated.

    Raises ValidationError, and marks nobody, when the session is still far off, was cancelled, or its signed register
    has locked and no reason is given.
    """
    now = timezone.now()
    session = Session.objects.select_related("venue").get_locked(session.pk)
    _check_open(session, now, reason)
    rows = Attendance.objects.filter(session=session, pk__in=marks).select_related("standing_mark")
    found = {row.pk: row for row in rows}
    if found.keys() != set(marks):
        raise ValidationError("Somebody on your screen is no longer on this register. Load the page again.")
    made = []
    for pk, what in marks.items():
        standing = found[pk].standing_mark
        if standing is None or standing.what != what:
            made.append(_mark(found[pk], Mark.What(what), by, now, reason))
    if made:
        _write("register_marked", session, by, now, reason, len(made))
    return len(made)


@transaction.atomic(durable=True)
def mark_rest_present(*, session: Session, by: User) -> int:
    """Mark as present everybody who has no mark yet; apologies and other marks stay as they are."""
    now = timezone.now()
    session = Session.objects.select_related("venue").get_locked(session.pk)
    _check_open(session, now, "")
    rest = list(Attendance.objects.filter(session=session).unmarked())
    what = Mark.What.ONLINE if session.mode == Session.Mode.ONLINE else Mark.What.PRESENT
    for row in rest:
        _mark(row, what, by, now, "")
    if rest:
        _write("register_marked", session, by, now, "", len(rest))
    return len(rest)


@transaction.atomic(durable=True)
def add_person(*, session: Session, colleague: NewColleague, school: School, by: User) -> Attendance:
    """Add somebody who came and is not on the list; the office sorts out later where they belong."""
    now = timezone.now()
    session = Session.objects.select_related("venue").get_locked(session.pk)
    _check_open(session, now, "")
    person = settle(colleague, school=school, at=now)
    row, is_new = Attendance.objects.get_or_create(session=session, person=person, defaults={"school": school})
    if not is_new:
        raise ValidationError(f"{person.name} is on the register already.")
    _mark(row, Mark.What.PRESENT, by, now, "")
    _write("register_marked", session, by, now, "not on the list", 1)
    return row


@transaction.atomic(durable=True)
def sign(*, session: Session, by: User) -> Session:
    """Sign the register: this is how it was."""
    now = timezone.now()
    session = Session.objects.get_locked(session.pk)
    _check_open(session, now, "")
    if session.starts_at and session.starts_at > now:
        raise ValidationError("Sign it once the session has begun: until then people may still come or send apologies.")
    left = Attendance.objects.filter(session=session).unmarked().count()
    if left:
        raise ValidationError(f"{left} {'person is' if left == 1 else 'people are'} still to mark.")
    if session.signed_at:
        raise ValidationError("This register has been signed already.")
    session.signed_at, session.signed_by = now, by
    session.save(update_fields=["signed_at", "signed_by"])
    history.write(
        "register_signed",
        about=[session, session.work_group],
        by=by,
        at=now,
        details={"session": session.pk},
        tells=False,
    )
    return session


def _check_open(session: Session, now: datetime, reason: str) -> None:
    if not session.is_planned:
        raise ValidationError("This session was cancelled, so it has no register.")
    if session.starts_at is None or session.starts_at - OPENS_BEFORE > now:
        raise ValidationError("This register opens two hours before the session.")
    locks = locks_at(session)
    if locks is not None and now > locks and not reason:
        raise ValidationError("This register has been signed and is locked. Say why you change it.")


def _mark(row: Attendance, what: Mark.What, by: User, now: datetime, reason: str) -> Mark:
    made = Mark.objects.create(
        attendance=row, what=what, by=by, at=now, received_at=now, replaces=row.standing_mark, reason=reason
    )
    row.standing_mark = made
    row.save(update_fields=["standing_mark"])
    return made


def _write(verb: str, session: Session, by: User, now: datetime, reason: str, count: int) -> None:
    history.write(
        verb,
        about=[session],  # one line for each tap would push all else off the group's page
        by=by,
        at=now,
        reason=reason,
        details={"session": session.pk, "marks": count},
        tells=False,
    )
