"""What speaks against moving a booking to a group beside its own: read before it is done, and again under the locks."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from accounts.models import User
from booking.allocation import has_room, somebody_waits
from booking.avoiding import against_coming
from booking.clashes import clashes
from booking.eligibility import findings, named_by
from booking.models import Booking, Place, WorkGroup


@dataclass(frozen=True)
class Move:
    """A group that a booking could move to, and what stands against it, in words."""

    to: WorkGroup
    # Nobody can move there: no room, or the school or one of its people is there already.
    never: Sequence[str]
    # Others wait there: only the hub lets somebody pass them, and says why.
    queue: str
    # Rules of the group: the hub, or who leads it, can set them aside, and says why.
    rules: Sequence[str]
    # What to look at before moving; nothing of it stands in the way.
    look: Sequence[str]

    @property
    def stopped(self) -> list[str]:
        return [*self.never, *filter(None, [self.queue]), *self.rules]

    def may_be_done_by(self, person: User) -> bool:
        """With a reason, where something stands in the way."""
        if self.never or (self.queue and not person.is_hub_staff):
            return False
        return not self.rules or person.is_hub_staff or self.to.is_led_by(person)


def move_of(booking: Booking, to: WorkGroup, places: Sequence[Place]) -> Move:
    """What stands against moving these places, the live ones of a booking, to a group beside."""
    rules, warnings = _rules(booking, to, places)
    return Move(
        to=to,
        never=_never(booking, to, places),
        queue=f"Other schools wait for places in {to}; they come first." if somebody_waits(to, None) else "",
        rules=rules,
        look=warnings,
    )


def clashes_of(booking: Booking, to: WorkGroup, people: Sequence[User]) -> list[str]:
    """Where these people are at the time of the group's sessions; the sessions they would leave do not count."""
    return clashes(people, booking.school, to, None, apart_from=booking.work_group)


def check_move(move: Move, *, by: User, all_the_same: str) -> None:
    """Refuse a move that something stands against, unless who asks may set it aside and says why."""
    if not move.stopped:
        return
    if not move.may_be_done_by(by):
        raise ValidationError(" ".join([*move.stopped, "" if by.is_hub_staff else "Please ask the hub."]).strip())
    if not all_the_same:
        raise ValidationError(" ".join([*move.stopped, "Say why it is to be done all the same."]))


def _never(booking: Booking, to: WorkGroup, places: Sequence[Place]) -> list[str]:
    found = []
    if not has_room(to, None, len(places)):
        found.append(f"{to} has no room for all of you together.")
    if Booking.objects.live().filter(work_group=to, school=booking.school_id, session=None).exists():
        found.append(f"Your school has booked {to} already. Open that booking to change it.")
    else:
        people = [place.person_id for place in places if place.person_id]
        there = Place.objects.live().filter(work_group=to, session=None, person__in=people).values_list("person")
        named = named_by(booking.school, [pk for (pk,) in there])
        found += [f"{one.name} already has a place in {to}." for one in named]
    return found


def _rules(booking: Booking, to: WorkGroup, places: Sequence[Place]) -> tuple[list[str], list[str]]:
    """(what stands in the way, what is only to be looked at)."""
    stops: list[str] = []
    warnings: list[str] = []
    if len(places) > to.people_to:
        stops.append(f"{to} takes at most {to.people_to} people from a school.")
    if len(places) < to.people_from:
        stops.append(f"{to} asks for at least {to.people_from} people from a school.")
    if to.lists_schools or to.recruitment == WorkGroup.Recruitment.INVITATION:
        try:
            to.check_is_for(booking.school_id)
        except ValidationError as refusal:
            # Whom to ask is said below, to whoever is not the hub.
            stops += [words.removesuffix(" Please ask the hub.") for words in refusal.messages]
    if to.has_rules:
        people = named_by(booking.school, [place.person_id for place in places if place.person_id])
        for one in findings(to, booking.school, people):
            (stops if one.blocks else warnings).append(one.words)
    warnings += against_coming(booking.school, to, None, is_ours=False)
    return stops, warnings
