"""Taking the register of a session: marks are added, never changed."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking.models import Attendance, Mark, RegisterLink, Session
from booking.opening import check_link, write_marked
from booking.taking import Sheet, Tap, check_open, rest_of, says_nothing_new, sheet, take

# What became of a tap, where it is not one of the codes of its refusal (`booking.taking`).
KEPT, KNOWN, REFUSED = "kept", "known", "refused"


@dataclass(frozen=True)
class Answer:
    """What became of one tap that a phone has sent, and in words why it is not kept."""

    device_id: uuid.UUID | str
    state: str
    words: str = ""


@dataclass(frozen=True)
class Answers:
    """What became of all of them; and which mark was the register's newest before they came, and is now."""

    answers: list[Answer]
    before: int
    newest: int


@transaction.atomic(durable=True)
def mark(
    *, session: Session, taps: Sequence[Tap], by: User | None, link: RegisterLink | None = None, rest: bool = False
) -> int:
    """Add taps to a register, in their order; with `rest`, everybody who has no mark then is here.

    Returns how many marks were new; what is known or stands is not repeated. Raises ValidationError, and marks nobody,
    when the session is still far off, was cancelled, or its signed register has locked and a tap does not say why.
    """
    now = timezone.now()
    session = Session.objects.select_related("venue").get_locked(session.pk)
    check_open(session, now)
    check_link(link, session, now)
    on = sheet(session, taps, by=by, link=link, now=now, rest=rest)
    made = sum(take(on, tap) for tap in taps if not says_nothing_new(on, tap))
    if rest:
        made += sum(take(on, tap) for tap in list(rest_of(on)))
    _write_taken(on, made, taps)
    return made


@transaction.atomic(durable=True)
def take_in(*, session: Session, taps: Sequence[Tap], by: User | None, link: RegisterLink | None = None) -> Answers:
    """Add what a phone has kept, in its order, and answer tap by tap: one that is refused holds no other up.

    Nothing is raised, so that nothing is lost.
    """
    now = timezone.now()
    session = Session.objects.select_related("venue").get_locked(session.pk)
    marks = Mark.objects.filter(attendance__session=session)
    begun = marks.aggregate(newest=Max("pk"), own=Count("pk", filter=Q(by=by, link=link)))
    on = sheet(session, taps, by=by, link=link, now=now)
    answers = [_answer(on, tap) for tap in taps]
    _write_taken(on, sum(one.state == KEPT for one in answers), taps, has_begun=bool(begun["own"]))
    before = begun["newest"] or 0
    newest = max((one.pk for some in on.marks.values() for one in some), default=0)
    return Answers(answers, before, max(before, newest))


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


def _answer(on: Sheet, tap: Tap) -> Answer:
    try:
        check_open(on.session, on.now)
        return Answer(tap.device_id, KEPT if take(on, tap) else KNOWN)
    except ValidationError as refusal:
        return Answer(tap.device_id, getattr(refusal, "code", None) or REFUSED, " ".join(refusal.messages))


def _write_taken(on: Sheet, made: int, taps: Sequence[Tap], *, has_begun: bool = False) -> None:
    """Marks say themselves who made them and when: the history says who began to, and every change of a locked one."""
    amended = next((tap.said.amendment for tap in taps if tap.said.amendment), "") if on.is_locked else ""
    if made and (amended or not has_begun):
        verb = "register_amended" if amended else "register_marked"
        write_marked(verb, on.session, on.by, on.now, amended, made, link=on.link)
