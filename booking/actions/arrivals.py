"""People say themselves that they are here; whoever takes the register confirms it, and that makes the mark."""

from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.models.schools import searchable
from accounts.names import clean_name
from booking.codes import is_window
from booking.expectations import is_here
from booking.marking import here_at, mark_over
from booking.models import Arrival, Attendance, Mark, Session
from booking.taking import check_open, check_says_why, is_locked

# Who comes so many minutes after the start is in time still: coats, coffee, a queue at the door.
GRACE = 5
# So many people who are not on the list may wait to be looked at; more are no visitors.
_MOST_WAITING = 100


@transaction.atomic(durable=True)
def check_in(*, session: Session, by: User | None, name: str = "", school: str = "") -> None:
    """Somebody says that they are here: by their account, or by name (or e-mail address) and school.

    Says nothing back of who is expected; said twice, it is known once. Raises ValidationError outside the window.
    """
    now = timezone.now()
    session = Session.objects.select_related("work_group", "venue").get_locked(session.pk)
    if not is_window(session, now):
        raise ValidationError("This is open from two hours before the session until its end.")
    rows = Attendance.objects.of_session(session).select_related("person", "school", "standing_mark")
    row = rows.filter(person=by).first() if by else _row_named(list(rows), name, school)
    waiting = Arrival.objects.of_session(session).waiting().filter(attendance__isnull=True)
    if row is not None:
        # Their line holds the row, since one session is locked.
        known = Arrival.objects.filter(attendance=row, dismissed_at__isnull=True).exists()
        if not known and not is_here(row):
            Arrival.objects.create(session=session, attendance=row, at=now)
    elif waiting.count() >= _MOST_WAITING:
        return
    elif by is not None:
        if not Arrival.objects.filter(session=session, person=by, dismissed_at__isnull=True).exists():
            Arrival.objects.create(session=session, person=by, at=now)
    else:
        # An address that nobody here has is kept as it was typed, for whoever takes the register.
        called = name.strip()[:100] if "@" in name else clean_name(name)
        if not waiting.filter(name__iexact=called, school__iexact=school).exists():
            Arrival.objects.create(session=session, name=called, school=school, at=now)


@transaction.atomic(durable=True)
def confirm(*, session: Session, by: User, arrivals: Collection[int] | None = None, late: bool = False) -> int:
    """Those who said so are here: present, or late by as many minutes as they came after the start.

    Without `arrivals`: all who are expected and came in time. Returns how many were confirmed. A mark that says that
    somebody came stays as it is; people marked differently on two phones stay to be decided.
    """
    now = timezone.now()
    session = Session.objects.select_related("venue").get_locked(session.pk)
    check_open(session, now)
    check_says_why("", locked=is_locked(session, now))
    waiting = Arrival.objects.of_session(session).waiting().filter(attendance__isnull=False)
    waiting = waiting.select_related("session", "attendance__standing_mark").prefetch_related("attendance__marks")
    if arrivals is not None:
        waiting = waiting.filter(pk__in=arrivals)
    found = [one for one in waiting if arrivals is not None or one.minutes_late <= GRACE]
    for one in found:
        if one.attendance is not None:
            _confirm(one, one.attendance, session, by, now, late=late)
    return len(found)


@transaction.atomic(durable=True)
def confirm_as(*, arrival: Arrival, row: Attendance, by: User) -> Arrival:
    """Somebody whose name was not found is this one, who is expected: they are here."""
    now = timezone.now()
    session = Session.objects.select_related("venue").get_locked(arrival.session_id)
    check_open(session, now)
    check_says_why("", locked=is_locked(session, now))
    arrival = _waiting(arrival)
    if row.session_id != session.pk or Arrival.objects.filter(attendance=row, dismissed_at__isnull=True).exists():
        raise ValidationError("Choose somebody who is expected at this session and has not said that they are here.")
    arrival.attendance, arrival.person, arrival.name, arrival.school = row, None, "", ""
    arrival.save(update_fields=["attendance", "person", "name", "school"])
    row = Attendance.objects.select_related("standing_mark").get(pk=row.pk)  # as it stands under the lock
    _confirm(arrival, row, session, by, now, late=arrival.minutes_late > GRACE)
    return arrival


@transaction.atomic(durable=True)
def dismiss(*, arrival: Arrival, by: User) -> Arrival:
    """They are not here: nothing is marked, and what was typed is not kept."""
    Session.objects.get_locked(arrival.session_id)
    arrival = _waiting(arrival)
    arrival.dismissed_at = timezone.now()
    arrival.save(update_fields=["dismissed_at"])
    return arrival


def _confirm(arrival: Arrival, row: Attendance, session: Session, by: User, now: datetime, *, late: bool) -> None:
    """Mark their line, unless a mark says already that they came."""
    arrival.confirmed_at = now
    arrival.save(update_fields=["confirmed_at"])
    if is_here(row):
        return
    minutes = arrival.minutes_late or None
    if late and minutes:
        mark_over(row, Mark.What.LATE, by=by, now=now, minutes=minutes, at=arrival.at)
    else:
        mark_over(row, here_at(session), by=by, now=now, at=arrival.at)


def _waiting(arrival: Arrival) -> Arrival:
    found = Arrival.objects.waiting().filter(pk=arrival.pk).first()
    if found is None:
        raise ValidationError("This has been answered already.")
    return found


def _row_named(rows: list[Attendance], name: str, school: str) -> Attendance | None:
    """The one line that this name or address can mean; of two who bear it, the one of that school."""
    if "@" in name:
        typed = name.strip().lower()
        return next((row for row in rows if (row.person.email or "").lower() == typed), None)
    same = [row for row in rows if searchable(row.person.name) == searchable(name) != ""]
    if len(same) > 1:
        same = [row for row in same if row.school and searchable(school) in row.school.search]
    return same[0] if len(same) == 1 else None
