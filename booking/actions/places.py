"""Booking places, naming who comes, and giving places up."""

import hashlib
from collections.abc import Collection, Container, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, Q
from django.utils import timezone

from accounts import history
from accounts.colleagues import NewColleague, settle
from accounts.models import Membership, School, User
from booking.allocation import end, has_room, next_turn, offer_next, take
from booking.expectations import coming_sessions, expect, expect_new
from booking.models import Booking, Place, Session, WorkGroup
from booking.models.places import LIVE, TAKING, Reason, Status

Named = User | NewColleague | None


@transaction.atomic(durable=True)
def book(
    *,
    work_group: WorkGroup,
    school: School,
    people: Sequence[Named],
    by: User,
    key: UUID,
    session: Session | None = None,
    cover_email: str = "",
    via: str = Booking.Via.WEB,
    note: str = "",
) -> Booking:
    """Book a school's places together (None: name to follow), or put them on the waiting list together.

    The same `key` again returns the booking it made; with other people it is refused. Raises ValidationError, in words
    for the person who books, when the group does not take this booking; then nothing has happened.
    """
    now = timezone.now()
    work_group, session = _lock(work_group.pk, session)
    fingerprint = _fingerprint(work_group, session, school, people)
    ours = Q(work_group=work_group, session=session, school=school, status__in=LIVE)
    found = list(Booking.objects.filter(ours | Q(key=key)).only("key", "fingerprint"))
    for made in found:
        if made.key == key:
            if made.fingerprint != fingerprint:
                raise ValidationError("This booking has already been made with other names. Open it to change them.")
            return made
    if not by.is_hub_staff:
        work_group.check_takes_bookings(school, len(people), now)
    coming = coming_sessions([work_group.pk], now)
    _check_session(work_group, session, coming)
    if found:
        raise ValidationError("Your school has already booked this group. Open that booking to change it.")
    persons = [settle(one, school=school, at=now) if isinstance(one, NewColleague) else one for one in people]
    members = _members(school, [by, *persons])
    _check_persons(work_group, session, persons, members)
    booking = Booking(
        work_group=work_group,
        session=session,
        school=school,
        key=key,
        fingerprint=fingerprint,
        made_at=now,
        made_by=by,
        via=via,
        cover_email=cover_email,
        note=note,
    )
    if work_group.recruitment in (WorkGroup.Recruitment.APPLICATION, WorkGroup.Recruitment.INTEREST):
        booking.status = Status.APPLIED
    elif has_room(work_group, session, len(people)) and not _somebody_waits(work_group, session):
        booking.status = _standing(work_group, known=by.is_hub_staff or members.get(by.pk, False))
    else:
        booking.status, booking.turn = Status.WAITING, next_turn(work_group)
    booking.save(force_insert=True)
    places = Place.objects.bulk_create(
        Place(booking=booking, person=person, work_group=work_group, session=session) for person in persons
    )
    if booking.status in TAKING:
        take(work_group, session, len(places))
    if booking.status == Status.CONFIRMED:
        expect_new(places, coming, now=now)
    named = [person for person in persons if person]
    history.write(
        "booked",
        about=[booking, work_group, school, *named],
        by=by,
        at=now,
        details={"booking": booking.pk, "status": booking.status, "people": [person.pk for person in named]},
    )
    return booking


@transaction.atomic(durable=True)
def name_place(*, place: Place, person: User | NewColleague, by: User) -> Place:
    """Say who comes on a place that was held for a name to follow."""
    now = timezone.now()
    work_group, session = _lock(place.work_group_id, place.session)
    place = Place.objects.select_related("booking__school").get(pk=place.pk)
    if not place.live:
        raise ValidationError("This place is no longer yours. Open your booking to see what happened.")
    if place.person_id:
        raise ValidationError("Somebody has already been named for this place.")
    if isinstance(person, NewColleague):
        person = settle(person, school=place.booking.school, at=now)
    _check_persons(work_group, session, [person], _members(place.booking.school, [person]))
    place.person = person
    place.save(update_fields=["person"])
    work_group.revision += 1  # a counter that was dashed is now filled
    work_group.save(update_fields=["revision"])
    if place.booking.status == Status.CONFIRMED:
        expect([place], now=now)
    history.write(
        "place_named",
        about=[place.booking, work_group, place.booking.school, person],
        by=by,
        at=now,
        details={
            "booking": place.booking_id,
            "place": place.pk,
            "status": place.booking.status,
            "person": person.pk,
        },
    )
    return place


@transaction.atomic(durable=True)
def withdraw(*, booking: Booking, reason: str, by: User) -> Booking:
    """Give a whole booking up; the places go first to whoever has waited longest."""
    now = timezone.now()
    work_group, session = _lock(booking.work_group_id, booking.session)
    booking = Booking.objects.select_related("school").get(pk=booking.pk)
    _check_live(booking)
    before = booking.status
    booking.reason = Reason(reason)
    places = end(booking, Status.WITHDRAWN, work_group=work_group, session=session, now=now)
    expect(places, now=now)
    people = [place.person for place in Place.objects.filter(booking=booking).select_related("person") if place.person]
    history.write(
        "withdrew",
        about=[booking, work_group, booking.school, *people],
        by=by,
        at=now,
        reason=booking.get_reason_display(),
        details={"booking": booking.pk, "status_before": before, "people": [person.pk for person in people]},
    )
    _offer(work_group, session, now)
    return booking


@transaction.atomic(durable=True)
def accept(*, booking: Booking, by: User) -> Booking:
    """Take up places that were offered from the waiting list."""
    now = timezone.now()
    work_group, _ = _lock(booking.work_group_id, booking.session)
    booking = Booking.objects.select_related("school").get(pk=booking.pk)
    _check_offer(booking, now)
    members = _members(booking.school, [booking.made_by])
    booking.status = _standing(work_group, known=by.is_hub_staff or members.get(booking.made_by_id, False))
    booking.save(update_fields=["status"])
    work_group.revision += 1
    work_group.save(update_fields=["revision"])
    if booking.status == Status.CONFIRMED:
        expect(list(booking.places.select_related("booking").live()), now=now)
    people = list(User.objects.filter(places__in=booking.places.live()))
    history.write(
        "offer_accepted",
        about=[booking, work_group, booking.school, *people],
        by=by,
        at=now,
        details={"booking": booking.pk, "status": booking.status, "people": [person.pk for person in people]},
    )
    return booking


@transaction.atomic(durable=True)
def decline(*, booking: Booking, by: User) -> Booking:
    """Say no to an offer; it goes to the next in the line."""
    now = timezone.now()
    work_group, session = _lock(booking.work_group_id, booking.session)
    booking = Booking.objects.select_related("school").get(pk=booking.pk)
    _check_offer(booking, now)
    end(booking, Status.DECLINED, work_group=work_group, session=session, now=now)
    _write_about(booking, "offer_declined", work_group, by, now)
    _offer(work_group, session, now)
    return booking


@transaction.atomic(durable=True)
def lapse_offers(*, now: datetime) -> int:
    """Let offers that nobody took up in time go to the next in the line. Returns how many lapsed."""
    due = Booking.objects.filter(status=Status.OFFERED, offer_ends_at__lte=now)
    groups = {
        pk: WorkGroup.objects.get_locked(pk)
        for pk in due.order_by("work_group").values_list("work_group", flat=True).distinct()
    }
    lapsed = list(due.filter(work_group__in=groups).select_related("school", "session").order_by("pk"))
    for booking in lapsed:
        work_group = groups[booking.work_group_id]
        session = Session.objects.get_locked(booking.session_id) if booking.session_id else None
        end(booking, Status.LAPSED, work_group=work_group, session=session, now=now)
        _write_about(booking, "offer_lapsed", work_group, None, now)
        _offer(work_group, session, now)
    return len(lapsed)


def _lock(work_group: int, session: Session | None) -> tuple[WorkGroup, Session | None]:
    """Lock the group first and then the meeting, always in this order."""
    locked = WorkGroup.objects.get_locked(work_group)
    return locked, Session.objects.get_locked(session.pk) if session else None


def _standing(work_group: WorkGroup, *, known: bool) -> Status:
    """Confirmed, or held: while the hub does not know the lead yet, or while the head's answer is needed and due."""
    needs_head = work_group.head_agreement == WorkGroup.HeadAgreement.NEEDED
    return Status.CONFIRMED if known and not needs_head else Status.HELD


def _members(school: School, persons: Iterable[User | None]) -> dict[int, bool]:
    """Which of these people belong to the school, each with whether the hub knows them as one who books for it."""
    asked = {person.pk for person in persons if person is not None}
    current = Membership.objects.filter(school=school, person__in=asked).current()
    known = (Membership.Role.LEAD, Membership.State.ACTIVE)
    found = current.values_list("person_id", "role", "state")
    return {pk: (role, state) == known for pk, role, state in found}


def _somebody_waits(work_group: WorkGroup, session: Session | None) -> bool:
    """Never overtake: while anyone waits, a newcomer waits behind them."""
    return work_group.bookings.waiting().filter(session=session).exists()


def _offer(work_group: WorkGroup, session: Session | None, now: datetime) -> None:
    for booking in offer_next(work_group, session, now=now):
        _write_about(booking, "offered", work_group, None, now)


def _write_about(booking: Booking, verb: str, work_group: WorkGroup, by: User | None, now: datetime) -> None:
    about: list[Model] = [booking, work_group, booking.school]
    history.write(verb, about=about, by=by, at=now, details={"booking": booking.pk})


def _fingerprint(work_group: WorkGroup, session: Session | None, school: School, people: Sequence[Named]) -> str:
    """A hash of what was asked, so that a key cannot be used again for something else."""
    names = [
        f"{one.name}/{one.email}" if isinstance(one, NewColleague) else str(one.pk if one else "-") for one in people
    ]
    asked = "|".join([str(work_group.pk), str(session.pk if session else "-"), str(school.pk), *names])
    return hashlib.sha256(asked.encode()).hexdigest()


def _check_session(work_group: WorkGroup, session: Session | None, coming: Collection[int]) -> None:
    if work_group.is_network != (session is not None):
        raise ValidationError(
            "Choose the meeting you want to come to." if session is None else "Book the whole series."
        )
    if session is not None:
        if session.work_group_id != work_group.pk or not session.is_planned:
            raise ValidationError("This meeting is not going ahead.")
        if session.starts_at and session.pk not in coming:
            raise ValidationError("This meeting has already begun.")
    elif not coming and work_group.sessions.dated().exists():
        raise ValidationError("All sessions of this group are over.")


def _check_persons(
    work_group: WorkGroup, session: Session | None, persons: Sequence[User | None], members: Container[int]
) -> None:
    named = {person.pk: person for person in persons if person is not None}
    if len(named) < sum(person is not None for person in persons):
        raise ValidationError("You have named the same person twice.")
    for person in named.values():
        if person.pk not in members:
            raise ValidationError(f"{person.name} no longer belongs to your school. Choose a colleague who does.")
    taken = Place.objects.live().filter(work_group=work_group, session=session, person__in=named)
    for pk in taken.values_list("person_id", flat=True):
        raise ValidationError(f"{named[pk].name} already has a place in this group.")


def _check_live(booking: Booking) -> None:
    if booking.status not in LIVE:
        raise ValidationError("This booking has already ended.")


def _check_offer(booking: Booking, now: datetime) -> None:
    if booking.status == Status.CONFIRMED or booking.status == Status.HELD:
        raise ValidationError("You have already taken these places.")
    if booking.status != Status.OFFERED or booking.offer_ends_at is None:
        raise ValidationError("These places are no longer on offer.")
    if booking.offer_ends_at <= now:
        raise ValidationError("The time to take these places has run out. Please ask the hub.")
