"""What a worker does with lists that were agreed to: all good rows are taken in, each by the rules of its kind.

People and past years are one decision each. A booking is a booking like any other, and so is a register: each is a
transaction of its own, and a worker that dies in between does what is left when it comes again.
"""

import logging
import uuid
from collections import defaultdict

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.colleagues import NewColleague
from accounts.models import User
from booking.actions import handed as actions
from booking.actions import places
from booking.intake import plan
from booking.intake.attendance import PastMark
from booking.intake.bookings import NewBooking, NewName
from booking.intake.lines import Line
from booking.models import Booking, HandedList, Place
from booking.models.handed import HandedKind

log = logging.getLogger(__name__)

# Keys of bookings by a list are made from its number, so that a second worker books nothing twice.
_KEYS = uuid.UUID("6f1c6a3e-7f6b-4d0c-9d0e-2a54d1f6b7aa")


def take_lists_in() -> int:
    """Take in what was agreed to, one list after the other. Returns how many."""
    count = 0
    while (handed := actions.claim(now=timezone.now())) is not None:
        count += 1
        try:
            _take_in(handed)
        except Exception:  # whatever is wrong with this list, the mail still goes; it is tried again after the lease
            log.exception("list %s could not be taken in", handed.pk)
    return count


def _take_in(handed: HandedList) -> None:
    if handed.kind == HandedKind.PEOPLE:
        actions.take_people(handed=handed)
    elif handed.kind == HandedKind.PAST_YEARS:
        actions.take_past_years(handed=handed)
    else:
        by = handed.agreed_by
        if by is None:  # whoever agreed is gone; nobody answers for what would be written
            raise RuntimeError("nobody stands behind this list")
        lines = plan(handed, timezone.now())
        take = _bookings if handed.kind == HandedKind.BOOKINGS else _marks
        actions.finish(handed=handed, lines=lines, refused=take(handed, lines, by))


def _bookings(handed: HandedList, lines: list[Line], by: User) -> dict[int, str]:
    """Book what the rows say, booking by booking. Returns why those that were refused were, by their lines."""
    refused: dict[int, str] = {}
    together: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        if line.is_good and line.act is not None:
            together[id(line.act)].append(line)  # rows of one booking share what is to be done
    for some in together.values():
        act = some[0].act
        try:
            pk = _book(handed, act, by) if isinstance(act, NewBooking) else _name(handed, act, by)
        except ValidationError as refusal:
            refused |= {line.number: " ".join(refusal.messages) for line in some}
        else:
            for line in some:
                line.about = ("booking", pk)
    return refused


def _book(handed: HandedList, act: NewBooking, by: User) -> int:
    booking = places.book(
        work_group=act.work_group,
        school=act.school,
        people=act.people,
        by=by,
        key=uuid.uuid5(_KEYS, f"{handed.pk}:{act.work_group}:{act.session}:{act.school}"),
        session=act.session,
        via=Booking.Via.PAPER,
        parts=act.parts,
        all_the_same=handed.words,
        looking_back=act.looking_back,
    )
    return booking.pk


def _name(handed: HandedList, act: NewName, by: User) -> int:
    place = Place.objects.select_related("booking__school").get(pk=act.place)
    who = act.who if isinstance(act.who, NewColleague) else User.objects.get(pk=act.who)
    places.name_place(place=place, person=who, by=by, all_the_same=handed.words, looking_back=act.looking_back)
    return act.booking


def _marks(handed: HandedList, lines: list[Line], by: User) -> dict[int, str]:
    """Put the marks on the registers, one session after the other."""
    refused: dict[int, str] = {}
    by_session: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        if line.is_good and isinstance(line.act, PastMark):
            by_session[line.act.session].append(line)
    for session, some in sorted(by_session.items()):
        try:
            actions.take_marks(handed=handed, session=session, marks=[line.act for line in some], by=by)
        except ValidationError as refusal:
            refused |= {line.number: " ".join(refusal.messages) for line in some}
    return refused
