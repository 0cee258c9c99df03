"""Moving a booking to a group that runs beside its own."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking.agreeing import ask_head, hub_is_to_confirm
from booking.allocation import end, standing, take
from booking.asking import carry_answers
from booking.beside import parallel_groups
from booking.expectations import expect
from booking.locking import lock_members
from booking.models import Agreement, Booking, Place, WorkGroup
from booking.models.places import Status
from booking.moving import check_move, move_of
from booking.offering import offer_what_is_free
from booking.passing import because


@transaction.atomic(durable=True)
def transfer(*, booking: Booking, to: WorkGroup, by: User, reached: str = "", all_the_same: str = "") -> Booking:
    """Move a booking to a parallel group, all its places together. The old booking ends; what was attended stays.

    `all_the_same`: why the hub, or who leads the other group, moves it though a rule of that group stands in the way;
    for the hub also, though others wait there. There is no reason for which a group is overfilled.
    """
    now = timezone.now()
    lock_members(booking.school)
    for pk in sorted({booking.work_group_id, to.pk}):
        WorkGroup.objects.get_locked(pk)
    old = Booking.objects.select_related("school", "work_group").get(pk=booking.pk)
    home, to = WorkGroup.objects.get(pk=old.work_group_id), WorkGroup.objects.get(pk=to.pk)
    if old.status not in (Status.CONFIRMED, Status.HELD) or old.session_id is not None:
        raise ValidationError("Only a booking of a whole series that stands can be moved.")
    if to not in parallel_groups(home, now):
        raise ValidationError("These groups do not run beside each other.")
    places = list(old.places.live().select_related("booking", "part").order_by("pk"))
    check_move(move_of(old, to, places), by=by, all_the_same=all_the_same)
    known = old.status == Status.CONFIRMED or not hub_is_to_confirm(old)
    ended = end(old, Status.TRANSFERRED, work_group=home, session=None, now=now)
    expect(ended, now=now)
    take(to, None, len(places))
    new = Booking.objects.create(
        work_group=to,
        school=old.school,
        status=Status.HELD,
        key=uuid.uuid4(),
        made_at=now,
        made_by=old.made_by,
        via=old.via,
        cover_email=old.cover_email,
        note=old.note,
        follows=old,
    )
    Agreement.objects.filter(booking=old).update(booking=new)
    new.status = standing(to, known=known, agreed=ask_head(new, to, by=by, now=now))
    new.save(update_fields=["status"])
    parts = {part.name: part for part in to.parts.all()} if to.has_parts else {}
    moved = Place.objects.bulk_create(
        Place(booking=new, person_id=place.person_id, work_group=to, part=parts.get(str(place.part or "")))
        for place in places
    )
    if home.has_questions and home.project_id == to.project_id:
        carry_answers(old, new, dict(zip(places, moved, strict=True)))
    if new.status == Status.CONFIRMED:
        expect(moved, now=now)
    history.write(
        "transferred",
        about=[old, new, home, to, old.school],
        people=[place.person_id for place in places if place.person_id],
        by=by,
        at=now,
        reason=because(all_the_same and f"All the same: {all_the_same}", reached),
        details={"booking": new.pk, "from": old.pk, "status": new.status},
    )
    offer_what_is_free(home, None, now)
    return new
