"""A register while it is marked, its session locked: what it takes, and why not."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import F, Model, Q, QuerySet
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking.marking import Said, add_mark, here_at, latest
from booking.models import Attendance, Mark, RegisterLink, Session
from booking.models.attendance import CUT_SHORT
from booking.prepared import Prepared
from booking.schooldays import end_of_school_day

# What a refusal is called where more can be done about it than to read it.
TOO_EARLY, NOT_YET, SAY_WHY = "early", "wait", "why"


@dataclass(frozen=True)
class Tap:
    """One tap on somebody's line of a register, as it was made on a device."""

    attendance: int
    said: Said
    # Of the mark that was seen last on that line; none: nothing had been marked.
    replaces: uuid.UUID | None = None
    # Marks that were looked at and decided between.
    settles: frozenset[uuid.UUID] = frozenset()
    # The device's own name for the tap: sent twice, it is one mark.
    device_id: uuid.UUID = field(default_factory=uuid.uuid4)
    # By a clock that has been set right; none: just now.
    at: datetime | None = None


@dataclass
class Sheet:
    """The lines that are tapped, with all their marks; whoever holds it has locked the session."""

    session: Session
    rows: dict[int, Attendance]
    marks: dict[int, list[Mark]]
    by_device: dict[uuid.UUID, int]  # of marks that are here, on which line
    is_locked: bool
    by: User | None
    link: RegisterLink | None
    now: datetime


def locks_at(session: Session) -> datetime | None:
    """Until when a signed register may be corrected freely: the end of the next school day after it was signed."""
    if session.signed_at is None:
        return None
    at_home = next(iter(settings.HUB_AUTHORITIES), "")  # online, the hub's own school days count
    la_code = (session.venue.la_code if session.venue else "") or at_home
    return end_of_school_day(session.signed_at, days=1, la_code=la_code)


def is_locked(session: Session, now: datetime) -> bool:
    locks = locks_at(session)
    return locks is not None and now > locks


def is_open(session: Session, now: datetime) -> bool:
    """Does this session have a register by now?"""
    return session.is_planned and session.opens_at is not None and session.opens_at <= now


def check_open(session: Session, now: datetime) -> None:
    if not session.is_planned:
        raise ValidationError("This session was cancelled, so it has no register.")
    if not is_open(session, now):
        raise ValidationError("This register opens two hours before the session.", TOO_EARLY)


def check_says_why(amendment: str, *, locked: bool) -> None:
    if locked and not amendment:
        raise ValidationError("This register has been signed and is locked. Say why you change it.", SAY_WHY)


def sheet(
    session: Session,
    taps: Sequence[Tap],
    *,
    by: User | None,
    now: datetime,
    link: RegisterLink | None = None,
    rest: bool = False,
) -> Sheet:
    """The lines of these taps on a locked session, with all their marks; with `rest`, all lines without a mark too."""
    wanted = Q(pk__in={tap.attendance for tap in taps})
    if rest:
        wanted |= Q(standing_mark__isnull=True, contested=False)
    found = Attendance.objects.of_session(session).filter(wanted)
    of_device = Q(device_id__in=[tap.device_id for tap in taps])
    return _filled(
        session, found, Mark.objects.filter(Q(attendance__in=found) | of_device).order_by("pk"), by, link, now
    )


def sheet_taken_by(by: User, session: int, taps: Sequence[Tap], now: datetime) -> Sheet:
    """The same of the session with this id, which is locked here, if `by` may take its register that day.

    Else Session.DoesNotExist. One tap, by far the most, costs two questions in all.
    """
    day = timezone.localdate(now)
    if len(taps) == 1 and not by.is_hub_staff:
        found = _line_taken_by(by, session, taps[0], day)
        if found is not None:
            return _filled(*found, by, None, now)
    return sheet(Session.objects.taken_by(by, day).get_locked(session), taps, by=by, now=now)


def _filled(
    session: Session,
    found: Iterable[Attendance],
    known: Iterable[Mark],
    by: User | None,
    link: RegisterLink | None,
    now: datetime,
) -> Sheet:
    rows = {row.pk: row for row in found}
    marks: dict[int, list[Mark]] = {pk: [] for pk in rows}
    by_device = {}
    for mark in known:
        by_device[mark.device_id] = mark.attendance_id
        if mark.attendance_id in marks:
            marks[mark.attendance_id].append(mark)
    return Sheet(session, rows, marks, by_device, is_locked(session, now), by, link, now)


def _line_of(session: int, person: int, row: int, day: date) -> QuerySet[Session]:
    """The session, with the person of one line of it, where this person takes its register that day; to be locked."""
    found = Session.objects.led_by(User(pk=person), day).filter(pk=session, attendances=row).order_by()
    found = found.annotate(row=F("attendances"), person=F("attendances__person"))
    return found.select_for_update(no_key=True, of=("self",))


def _marks_of(row: int, device: uuid.UUID) -> QuerySet[Mark]:
    return Mark.objects.filter(Q(attendance=row) | Q(device_id=device)).order_by("pk")


_LINE = Prepared(_line_of, session=-1, person=-2, row=-3, day=date(1970, 1, 1))
_MARKS = Prepared(_marks_of, row=-1, device=uuid.UUID(int=0))


def _line_taken_by(
    person: User, session: int, tap: Tap, day: date
) -> tuple[Session, list[Attendance], Iterable[Mark]] | None:
    """The session, locked, the line and the marks of one tap; None where one of them is not to be had."""
    for found in _LINE.ask(session=session, person=person.pk, row=tap.attendance, day=day):
        # What else stands in the line is of the moment before the lock, and is written anew.
        row = Attendance.from_db(None, ["id", "session_id", "person_id"], [found.row, session, found.person])
        return found, [row], _MARKS.ask(row=tap.attendance, device=tap.device_id)
    return None


def take(on: Sheet, tap: Tap) -> bool:
    """Add one tap to its line. Is it new, and not known from before?

    Raises ValidationError, of the code NOT_YET where it follows a tap that has not come yet, or SAY_WHY where the
    register has locked and it gives no reason.
    """
    row = on.rows.get(tap.attendance)
    line = on.by_device.get(tap.device_id)
    if row is None or line not in (None, tap.attendance):
        raise ValidationError("Somebody on your screen is no longer on this register. Load the page again.")
    if line is not None:
        return False
    _check_says(tap.said, on)
    marks = on.marks[row.pk]
    seen = {mark.device_id: mark for mark in marks}
    if not {*tap.settles, *([tap.replaces] if tap.replaces else [])} <= seen.keys():
        raise ValidationError(f"What you saw for {row.person} is not on this register. Load the page again.", NOT_YET)
    replaces = seen[tap.replaces] if tap.replaces else None
    settles = [seen[one] for one in tap.settles if seen[one] != replaces and seen[one].settled_by_id is None]
    at = None
    if tap.at is not None and on.session.opens_at is not None:
        at = min(max(tap.at, on.session.opens_at), on.now)  # no clock makes a tap before it opened
    made = add_mark(
        row,
        marks,
        tap.said if on.is_locked else replace(tap.said, amendment=""),
        by=on.by,
        now=on.now,
        replaces=replaces,
        settles=settles,
        at=at,
        device_id=tap.device_id,
        link=on.link,
    )
    marks.append(made)
    on.by_device[made.device_id] = row.pk
    return True


def says_nothing_new(on: Sheet, tap: Tap) -> bool:
    """Does the tap say again what it saw, and what still stands?"""
    row = on.rows.get(tap.attendance)
    if row is None or tap.settles or tap.device_id in on.by_device:
        return False
    ends = latest(on.marks[row.pk])
    if not ends:
        return tap.replaces is None and tap.said.what == Mark.What.CLEARED
    return len(ends) == 1 and ends[0].device_id == tap.replaces and ends[0].says == tap.said.says


def rest_of(on: Sheet) -> Iterable[Tap]:
    """A tap for everybody who has no mark: they are here. Apologies, and what is to be decided, stay as they are."""
    what = here_at(on.session)
    for row in on.rows.values():
        if row.standing_mark_id is None and not row.contested:
            last = next(iter(latest(on.marks[row.pk])), None)
            yield Tap(row.pk, Said(what), replaces=last.device_id if last else None)


def _check_says(said: Said, on: Sheet) -> None:
    if said.what not in Mark.What.values:
        raise ValidationError("This is not a mark. Load the page again.")
    check_minutes(said.what, said.minutes, on.session)
    if on.session.signed_at and said.what == Mark.What.CLEARED:
        raise ValidationError("This register is signed, so a mark is not taken back. Say how it was instead.")
    check_says_why(said.amendment, locked=on.is_locked)


def check_minutes(what: str, minutes: int | None, session: Session) -> None:
    """Minutes are said of who came late or left early, and are none that the session did not last."""
    if minutes is not None and what not in CUT_SHORT:
        raise ValidationError("Minutes are for people who came late or left early.")
    if minutes is not None and not 0 < minutes <= session.minutes:
        raise ValidationError(f"Give minutes from 1 to {session.minutes}: longer the session does not last.")


def check_link(link: RegisterLink | None, session: Session, now: datetime) -> None:
    """A colleague's link marks on the session's own day alone; that it was used for the first time is kept."""
    if link is None:
        return
    link.refresh_from_db()
    if link.session_id != session.pk or not link.opens_at(now):
        raise ValidationError("This link is over. Ask the hub for another.")
    if link.used_at is None:
        link.used_at = now
        link.save(update_fields=["used_at"])
        about: list[Model] = [session, session.work_group]
        history.write("register_link_used", about=about, by=None, at=now, details=link_details(link), tells=False)


def link_details(link: RegisterLink) -> dict[str, int]:
    """What the history keeps of a link: ids, for its name is a colleague's."""
    return {"session": link.session_id, "link": link.pk}


def write_marked(
    verb: str,
    session: Session,
    by: User | None,
    now: datetime,
    reason: str,
    count: int,
    *,
    link: RegisterLink | None = None,
) -> None:
    """One line of the history for so many marks."""
    history.write(
        verb,
        about=[session],  # one line for each tap would push all else off the group's page
        by=by,
        at=now,
        reason=reason,
        details={"session": session.pk, "marks": count} | ({"link": link.pk} if link else {}),
        tells=False,
    )
