"""Taking the register of a session: marks are added, never changed."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking.models import Arrival, Attendance, RegisterLink, Session
from booking.taking import (
    Sheet,
    Tap,
    check_link,
    check_open,
    rest_of,
    says_nothing_new,
    sheet,
    sheet_taken_by,
    take,
    write_marked,
)

# What became of a tap, where it is not one of the codes of its refusal (`booking.taking`).
KEPT, KNOWN, REFUSED = "kept", "known", "refused"


@dataclass(frozen=True)
class Answer:
    """What became of one tap that a phone has sent, and in words why it is not kept."""

    device_id: uuid.UUID | str
    state: str
    words: str = ""
    # Has another phone marked the same line differently?
    differs: bool = False


@transaction.atomic(durable=True)
def mark(
    *, session: Session, taps: Sequence[Tap], by: User | None, link: RegisterLink | None = None, rest: bool = False
) -> int:
    """Add taps to a register, in their order; with `rest`, everybody who has no mark then is here.

    Returns how many marks were new; what is known or stands is not repeated. Raises ValidationError, and marks nobody,
    when the session is still far off, was cancelled, or its signed register has locked and a tap does not say why.
    """
    now = timezone.now()
    session = Session.objects.get_locked(session.pk)
    check_open(session, now)
    check_link(link, session, now)
    on = sheet(session, taps, by=by, link=link, now=now, rest=rest)
    made = sum(take(on, tap) for tap in taps if not says_nothing_new(on, tap))
    if rest:
        made += sum(take(on, tap) for tap in list(rest_of(on)))
    _write_amended(on, made, taps)
    return made


@transaction.atomic(durable=True)
def take_in(*, session: int, taps: Sequence[Tap], by: User) -> list[Answer]:
    """Add what a phone has kept, in its order, and answer tap by tap: one that is refused holds no other up.

    Of a tap nothing is raised, so that nothing is lost. The look-up is the permission: whoever does not take this
    register finds none (Session.DoesNotExist). A tap costs as few questions as it can.
    """
    now = timezone.now()
    on = sheet_taken_by(by, session, taps, now)
    answers = [_answer(on, tap) for tap in taps]
    _write_amended(on, sum(one.state == KEPT for one in answers), taps)
    return answers


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
    if waiting := Arrival.objects.of_session(session).unanswered().count():
        who = "Somebody has" if waiting == 1 else f"{waiting} people have"
        raise ValidationError(f"{who} said “I am here”, and you have not said yes or no. Answer that first, then sign.")
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


def _answer(on: Sheet, tap: Tap) -> Answer:
    try:
        check_open(on.session, on.now)
        state = KEPT if take(on, tap) else KNOWN
    except ValidationError as refusal:
        return Answer(tap.device_id, getattr(refusal, "code", None) or REFUSED, " ".join(refusal.messages))
    return Answer(tap.device_id, state, differs=on.rows[tap.attendance].contested)


def _write_amended(on: Sheet, made: int, taps: Sequence[Tap]) -> None:
    """Marks say themselves who made them and when, and stay; the history says that a locked register was changed."""
    why = next((tap.said.amendment for tap in taps if tap.said.amendment), "")
    if made and on.is_locked:
        write_marked("register_amended", on.session, on.by, on.now, why, made, link=on.link)
