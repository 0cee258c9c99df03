"""Named parts of a group: who a school sends as what, and which sessions are for which part."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking.expectations import expect
from booking.locking import lock_groups
from booking.models import Part, Place, WorkGroup
from booking.models.places import Status
from booking.passing import about_place


@dataclass(frozen=True)
class PartPlan:
    """A part as the office wants it. `sessions`: ids of the only ones it is for; none: all."""

    name: str
    required: bool = False
    sessions: frozenset[int] = frozenset()


@transaction.atomic(durable=True)
def save_parts(*, work_group: WorkGroup, parts: Sequence[PartPlan], by: User) -> list[Part]:
    """Give a group these parts. A part of the same name stays, with its people; who is expected where follows."""
    now = timezone.now()
    work_group = WorkGroup.objects.get_locked(work_group.pk)
    names = [part.name for part in parts]
    if len({name.casefold() for name in names}) < len(names):
        raise ValidationError("Two parts have the same name.")
    gone = work_group.parts.exclude(name__in=names)
    taken = Place.objects.live().filter(part__in=gone).select_related("part").first()
    if taken is not None:
        raise ValidationError(f"Somebody comes as “{taken.part}”. Move them to another part first.")
    gone.delete()
    kept = {part.name: part for part in work_group.parts.all()}
    made = []
    for plan in parts:
        part = kept.get(plan.name) or Part(work_group=work_group, name=plan.name)
        part.required = plan.required
        part.full_clean()
        part.save()
        made.append(part)
    for session in work_group.sessions.all():
        here = [
            part for part, plan in zip(made, parts, strict=True) if not plan.sessions or session.pk in plan.sessions
        ]
        # A session that is for every part is for everybody, also for who comes as nothing in particular.
        session.parts.set([] if len(here) == len(made) else here)
        if made and not here:
            raise ValidationError(f"Nobody would come to session {session.number}. Choose a part for it.")
    work_group.has_parts = bool(made)
    if made:  # the parts say how many come
        work_group.people_from, work_group.people_to = max(1, sum(part.required for part in made)), len(made)
    _settle(work_group)
    history.write("parts_saved", about=[work_group], by=by, at=now, tells=False)
    return made


@transaction.atomic(durable=True)
def change_part(*, place: Place, part: Part | None, by: User) -> Place:
    """Somebody comes as another part; the sessions they are expected at follow."""
    now = timezone.now()
    lock_groups([place])
    place = Place.objects.select_related("booking__school", "work_group", "session").get(pk=place.pk)
    if not place.live or (part is not None and part.work_group_id != place.work_group_id):
        raise ValidationError("This place or part is no longer there. Look at the booking again.")
    place.part = part
    place.save(update_fields=["part"])
    if place.booking.status == Status.CONFIRMED:
        expect([place], now=now)
    WorkGroup.objects.filter(pk=place.work_group_id).touch()
    people = [place.person_id] if place.person_id else []
    history.write("part_changed", about=about_place(place), people=people, by=by, at=now, tells=False)
    return place


def _settle(work_group: WorkGroup) -> None:
    places = Place.objects.live().filter(work_group=work_group, booking__status=Status.CONFIRMED)
    expect(list(places.select_related("booking")), now=timezone.now())
    work_group.revision += 1
    work_group.save(update_fields=["revision", "has_parts", "people_from", "people_to"])
