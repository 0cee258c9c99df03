"""Taking the register of a session: marks are added, never changed."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking.marking import Said, add_mark, latest
from booking.models import Attendance, Mark, RegisterLink, Session
from booking.opening import check_link, check_open, check_says_why, write_marked


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
    at: datetime | None = None


@transaction.atomic(durable=True)
def mark(*, session: Session, taps: Sequence[Tap], by: User | None, link: RegisterLink | None = None) -> int:
    """Add taps to a register, in their order. Returns how many were new; what is known or stands is not repeated.

    Raises ValidationError, and marks nobody, when the session is still far off, was cancelled, or its signed register
    has locked and a tap does not say why.
    """
    now = timezone.now()
    session = Session.objects.select_related("venue").get_locked(session.pk)
    check_open(session, now)
    check_link(link, session, now)
    check_says_why(session, now, [tap.said.amendment for tap in taps])
    rows = _rows(session, {tap.attendance for tap in taps})
    known = set(Mark.objects.filter(device_id__in=[tap.device_id for tap in taps]).values_list("device_id", flat=True))
    marks = {pk: list(row.marks.all()) for pk, row in rows.items()}
    made = 0
    for tap in taps:
        if tap.device_id not in known:
            known.add(tap.device_id)
            made += _tap(rows[tap.attendance], marks[tap.attendance], tap, by=by, link=link, now=now)
    if made:
        amended = next((tap.said.amendment for tap in taps if tap.said.amendment), "")
        write_marked("register_amended" if amended else "register_marked", session, by, now, amended, made, link=link)
    return made


@transaction.atomic(durable=True)
def mark_rest_present(*, session: Session, by: User | None, link: RegisterLink | None = None) -> int:
    """Mark as present everybody who has no mark yet; apologies and other marks stay as they are."""
    now = timezone.now()
    session = Session.objects.select_related("venue").get_locked(session.pk)
    check_open(session, now)
    check_link(link, session, now)
    check_says_why(session, now, [""])
    what = Mark.What.ONLINE if session.mode == Session.Mode.ONLINE else Mark.What.PRESENT
    rest = Attendance.objects.filter(session=session, contested=False).unmarked().prefetch_related("marks")
    for row in rest:
        marks = list(row.marks.all())
        add_mark(row, marks, Said(what), by=by, link=link, now=now, replaces=next(iter(latest(marks)), None))
    if rest:
        write_marked("register_marked", session, by, now, "", len(rest), link=link)
    return len(rest)


@transaction.atomic(durable=True)
def sign(*, session: Session, by: User) -> Session:
    """Sign the register: this is how it was."""
    now = timezone.now()
    session = Session.objects.get_locked(session.pk)
    check_open(session, now)
    if session.starts_at and session.starts_at > now:
        raise ValidationError("Sign it once the session has begun: until then people may still come or send apologies.")
    if Attendance.objects.filter(session=session, contested=True).exists():
        raise ValidationError("Somebody was marked differently on two phones. Decide which is right, then sign.")
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


def _rows(session: Session, pks: set[int]) -> dict[int, Attendance]:
    rows = Attendance.objects.filter(session=session, pk__in=pks).select_related("standing_mark")
    found = {row.pk: row for row in rows.prefetch_related("marks")}
    if found.keys() != pks:
        raise ValidationError("Somebody on your screen is no longer on this register. Load the page again.")
    return found


def _tap(
    row: Attendance, marks: list[Mark], tap: Tap, *, by: User | None, link: RegisterLink | None, now: datetime
) -> bool:
    """Add one tap to its row, and to its marks; does it say anything new?"""
    seen = {mark.device_id: mark for mark in marks}
    if not {*tap.settles, *([tap.replaces] if tap.replaces else [])} <= seen.keys():
        raise ValidationError(f"What you saw for {row.person} is not on this register. Load the page again.")
    replaces = seen[tap.replaces] if tap.replaces else None
    standing = row.standing_mark
    if standing is not None and standing == replaces and standing.says == tap.said.says and not tap.settles:
        return False
    settles = [seen[one] for one in tap.settles if seen[one] != replaces and seen[one].settled_by_id is None]
    made = add_mark(
        row,
        marks,
        tap.said,
        by=by,
        now=now,
        replaces=replaces,
        settles=settles,
        at=tap.at,
        device_id=tap.device_id,
        link=link,
    )
    marks.append(made)
    return True
