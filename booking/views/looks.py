"""A second look: what speaks against naming somebody is shown once before it is done, and stops nobody by itself."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest

from accounts.colleagues import Named
from accounts.models import School, User
from booking.avoiding import against_coming
from booking.clashes import clashes
from booking.eligibility import findings, named_by
from booking.forms.places import SAY_WHY, ReachedForm
from booking.models import Booking, Place, Session, WorkGroup


@dataclass(frozen=True)
class Look:
    """What to look at, and the sign by which the form says that it was seen."""

    words: Sequence[str]
    sign: str


def second_look(request: HttpRequest, words: Sequence[str]) -> Look | None:
    """What is still to be looked at; None where there is nothing, or just this has been seen already."""
    sign = hashlib.sha256("|".join(words).encode()).hexdigest()[:16]
    return Look(words, sign) if words and request.POST.get("seen") != sign else None


def must_say_why(
    reached: ReachedForm | None,
    form: Form,
    work_group: WorkGroup,
    school: School,
    who: Sequence[Named],
    *,
    at_booking: bool = False,
) -> bool:
    """Ask whoever may set a rule aside why they do, in the same round as the second look. Was it asked?"""
    if reached is None or not work_group.has_rules:
        return False
    people = named_by(school, [one for one in who if isinstance(one, int)])
    against = [one.words for one in findings(work_group, school, people, of_people=not at_booking) if one.blocks]
    if not against or not reached.ask_why():
        return False
    form.add_error(None, " ".join([*against, SAY_WHY]))
    return True


def booking_in_the_way(refusal: ValidationError, person: User) -> Booking | None:
    """The booking for which another was refused, where this person may open it."""
    pk = (getattr(refusal, "params", None) or {}).get("booking")
    return Booking.objects.visible_to(person).filter(pk=pk).first() if pk else None


def against_people(
    work_group: WorkGroup, school: School, who: Sequence[Named], session: Session | None, *, at_booking: bool = False
) -> list[str]:
    """Clashes of colleagues who are known, and rules of the group that warn; those that stand in the way refuse.

    Where a whole school is booked for, also what speaks against the dates for it.
    """
    people = named_by(school, [one for one in who if isinstance(one, int)])
    found = clashes(people, school, work_group, session) if people else []
    if work_group.has_rules and (people or at_booking):
        rules = findings(work_group, school, people, of_people=not at_booking)
        found += [one.words for one in rules if not one.blocks]
    if at_booking:
        found += against_coming(school, work_group, session, is_ours=False)
    return found


def against_place(place: Place, to: Named, *, only: Collection[int] | None = None) -> list[str]:
    """The same for somebody who is to have a place, or to come to `only` these sessions by right of it."""
    work_group, school = place.work_group, place.booking.school
    people = named_by(school, [to]) if isinstance(to, int) else []
    if not people:
        return []
    found = clashes(people, school, work_group, place.session, only=only)
    if work_group.has_rules:
        found += [one.words for one in findings(work_group, school, people, of_people=True) if not one.blocks]
    return found
