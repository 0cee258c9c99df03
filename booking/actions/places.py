"""Booking places, naming who comes, and giving places up."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts import history
from accounts.colleagues import Named, NewColleague, settle, typed_names
from accounts.models import Membership, School, User
from booking.agreeing import ask_head, keep_for_later
from booking.allocation import end, has_room, queue, somebody_waits, standing, take
from booking.asking import Given, keep_answers
from booking.eligibility import check_rules
from booking.expectations import coming_sessions, expect, expect_new
from booking.locking import KNOWN, lock_group, lock_known
from booking.models import Booking, Place, Session, WorkGroup
from booking.models.places import LIVE, Reason, Status
from booking.offering import offer_what_is_free
from booking.passing import because, notice_given


def book(
    *,
    work_group: int,
    school: int,
    people: Sequence[Named],
    by: User,
    key: UUID,
    session: int | None = None,
    cover_email: str = "",
    via: str = Booking.Via.WEB,
    note: str = "",
    parts: Sequence[int | None] = (),
    all_the_same: str = "",
    head_email: str = "",
    answers: Mapping[int | None, Sequence[Given]] | None = None,
    looking_back: bool = False,
) -> Booking:
    """Book a school's places together, or put them on the waiting list together.

    `parts`: as what each of them comes, in the order of `people`, where the group has parts.
    `all_the_same`: why the hub books though a rule of the group stands in the way.
    `head_email`: where the head is asked to agree, where the group wants to know; empty: by a link to hand over.
    `answers`: to the project's questions, by the number of the person in `people`; None: of the booking itself.
    `looking_back`: the hub takes in what was booked elsewhere, of a group that has begun or is over: nobody is told
    that it is booked, and no head is asked. What is still to come reaches calendars all the same.
    The same `key` again returns the booking it made; with anything else asked it is refused. Raises ValidationError,
    in words for the person who books, when the group does not take this booking; then nothing has happened.
    """
    given = sorted((-1 if one is None else one, list(map(astuple, some))) for one, some in (answers or {}).items())
    who = [astuple(one) if isinstance(one, NewColleague) else one for one in people]
    asked = [work_group, session, school, who, list(parts), cover_email, head_email, given, via, note, all_the_same]
    booking = Booking(
        work_group_id=work_group,
        session_id=session,
        school_id=school,
        key=key,
        fingerprint=_fingerprint(asked),
        made_by=by,
        via=via,
        cover_email=cover_email,
        note=note,
    )
    try:
        _book(booking, people, parts, all_the_same, head_email, answers or {}, looking_back and by.is_hub_staff)
    except (ValidationError, IntegrityError) as refusal:
        # That nothing is booked twice the constraints know best; what was in the way is asked once they have refused.
        made = Booking.objects.filter(key=key).first()
        if made is None:
            if isinstance(refusal, IntegrityError):
                raise _in_the_way(booking, people) or refusal from refusal
            raise
        if made.fingerprint != booking.fingerprint:
            raise ValidationError(
                "This booking has already been made with other names or answers. Open it to change them."
            ) from refusal
        return made
    return booking


@transaction.atomic(durable=True)
def _book(
    booking: Booking,
    people: Sequence[Named],
    parts: Sequence[int | None],
    all_the_same: str,
    head_email: str,
    answers: Mapping[int | None, Sequence[Given]],
    looking_back: bool,
) -> None:
    now, by = timezone.now(), booking.made_by
    colleagues = lock_known(booking.school_id, {by.pk, *(one for one in people if isinstance(one, int))})
    role, state = colleagues.get(by.pk, ("", ""))
    books = role == Membership.Role.LEAD and state != Membership.State.INVITED
    work_group, session = lock_group(booking.work_group_id, booking.session_id)
    known = by.is_hub_staff or colleagues.get(by.pk) == KNOWN or (not books and work_group.is_led_by(by))
    if not books and not known:
        raise ValidationError("You do not book for this school. Please ask the hub.")
    if not by.is_hub_staff:
        work_group.check_takes_bookings(booking.school_id, len(people), now)
    elif len(people) > work_group.people_to and not work_group.has_parts and not all_the_same:
        raise ValidationError(
            f"This group takes at most {work_group.people_to} people from a school. Say why you book more all the same."
        )
    is_interest = work_group.recruitment == WorkGroup.Recruitment.INTEREST
    if work_group.has_parts and not (by.is_hub_staff or is_interest):  # who comes as what is said when names are
        work_group.check_parts(parts)
    coming = coming_sessions([work_group.pk], now)
    _check_session(work_group, session, coming, over_too=looking_back)
    persons: list[int | None] = []
    for one in people:
        if isinstance(one, NewColleague):
            person = settle(one, school=booking.school, at=now, unvouched_by=None if known else by)
            persons.append(person.pk)
        elif one is None or one in colleagues:
            persons.append(one)
        else:
            raise ValidationError("Somebody you chose no longer belongs to your school. Choose a colleague who does.")
    named = [person for person in persons if person]
    if len(set(named)) < len(named):
        raise ValidationError("You have named the same person twice.")
    if work_group.has_rules:
        check_rules(work_group, booking.school, named, overrides=by.is_hub_staff, all_the_same=all_the_same)
    booking.work_group, booking.made_at = work_group, now
    if is_interest or work_group.recruitment == WorkGroup.Recruitment.APPLICATION:
        booking.status = Status.APPLIED
    elif has_room(work_group, session, len(people)) and not somebody_waits(work_group, session):
        booking.status = standing(work_group, known=known, agreed=looking_back)
        take(work_group, session, len(people))
    else:
        queue(booking, session)
    booking.save(force_insert=True)
    places = Place.objects.bulk_create(
        Place(booking=booking, person_id=person, work_group=work_group, session=session, part_id=part)
        for person, part in zip(persons, parts or [None] * len(persons), strict=True)
    )
    if booking.status == Status.CONFIRMED:
        expect_new(places, coming, now=now)
    for number, given in answers.items():
        if number is None or places[number].person_id:
            keep_answers(booking, None if number is None else places[number], given, now=now)
    history.write(
        "booked",
        about=[booking, work_group, (School, booking.school_id)],
        people=named,
        by=by,
        at=now,
        reason=f"All the same: {all_the_same}" if all_the_same else "",
        details={"booking": booking.pk, "status": booking.status},
        tells=not looking_back,
    )
    if work_group.head_agreement and not looking_back:
        keep_for_later(booking, head_email)
        if booking.status != Status.WAITING and not is_interest:
            ask_head(booking, work_group, by=by, now=now)
    if booking.status == Status.WAITING and offer_what_is_free(work_group, session, now):
        booking.refresh_from_db()  # those before it are too big for what is free, or are held back


def _fingerprint(asked: Sequence[object]) -> str:
    """Of all that was asked; keyed, so that nobody can guess from it what has been erased since."""
    return salted_hmac("booking", json.dumps(asked), algorithm="sha256").hexdigest()


def _in_the_way(booking: Booking, people: Sequence[Named]) -> ValidationError | None:
    """Why the database refused a booking, in words; whom a lead typed is called what the lead typed."""
    here = {"work_group": booking.work_group_id, "session": booking.session_id}
    if there := Booking.objects.live().filter(**here, school=booking.school_id).first():
        words = "Your school has already booked this group. Open that booking to change it."
        return ValidationError(words, params={"booking": there.pk})
    typed = {one.email.strip().lower(): one.name for one in people if isinstance(one, NewColleague) and one.email}
    chosen = Q(person__in=[one for one in people if isinstance(one, int)]) | Q(person__email__in=typed)
    for place in Place.objects.live().filter(chosen, **here).select_related("person"):
        if place.person:
            called = typed_names(booking.school_id).get(place.person.pk, (place.person.name, ""))[0]
            name = typed.get(place.person.email or "", called)
            return ValidationError(f"{name} already has a place in this group.")
    return None


@transaction.atomic(durable=True)
def name_place(
    *,
    place: Place,
    person: User | NewColleague,
    by: User,
    reached: str = "",
    all_the_same: str = "",
    looking_back: bool = False,
) -> Place:
    """Say who comes on a place that was held for a name to follow.

    `all_the_same`: why the hub names them though a rule of the group stands in the way.
    `looking_back`: as in `book`, nobody is told.
    """
    now = timezone.now()
    members = lock_known(place.booking.school_id, {by.pk, *({person.pk} if isinstance(person, User) else ())})
    work_group, session = lock_group(place.work_group_id, place.session_id)
    place = Place.objects.select_related("booking__school").get(pk=place.pk)
    if not place.live:
        raise ValidationError("This place is no longer yours. Open your booking to see what happened.")
    if place.person_id:
        raise ValidationError("Somebody has already been named for this place.")
    name = person.name
    if isinstance(person, NewColleague):
        known = by.is_hub_staff or members.get(by.pk) == KNOWN or work_group.is_led_by(by)
        person = settle(person, school=place.booking.school, at=now, unvouched_by=None if known else by)
    elif person.pk not in members:
        raise ValidationError(f"{name} no longer belongs to your school. Choose a colleague who does.")
    if Place.objects.live().filter(work_group=work_group, session=session, person=person).exists():
        raise ValidationError(f"{name} already has a place in this group.")
    check_rules(
        work_group,
        place.booking.school,
        [person.pk],
        overrides=by.is_hub_staff,
        all_the_same=all_the_same,
        of_people=True,
    )
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
        reason=because(all_the_same and f"All the same: {all_the_same}", reached),
        details={
            "booking": place.booking_id,
            "place": place.pk,
            "status": place.booking.status,
            "person": person.pk,
        },
        tells=not looking_back,
    )
    return place


@transaction.atomic(durable=True)
def withdraw(*, booking: Booking, reason: str, by: User, reached: str = "") -> Booking:
    """Give a whole booking up; the places go first to whoever has waited longest."""
    now = timezone.now()
    work_group, session = lock_group(booking.work_group_id, booking.session_id)
    booking = Booking.objects.select_related("school").get(pk=booking.pk)
    _check_live(booking)
    before = booking.status
    booking.reason, booking.notice_days = Reason(reason), notice_given(booking, now)
    places = end(booking, Status.WITHDRAWN, work_group=work_group, session=session, now=now)
    expect(places, now=now)
    people = Place.objects.filter(booking=booking).named().values_list("person_id", flat=True)
    history.write(
        "withdrew",
        about=[booking, work_group, booking.school],
        people=people,
        by=by,
        at=now,
        reason=because(booking.get_reason_display(), reached),
        details={"booking": booking.pk, "status_before": before, "notice": booking.notice_days},
    )
    offer_what_is_free(work_group, session, now)
    return booking


def _check_session(work_group: WorkGroup, session: Session | None, coming: Collection[int], *, over_too: bool) -> None:
    if work_group.is_network != (session is not None):
        raise ValidationError(
            "Choose the meeting you want to come to." if session is None else "Book the whole series."
        )
    if session is not None:
        if session.work_group_id != work_group.pk or not session.is_planned:
            raise ValidationError("This meeting is not going ahead.")
        if session.starts_at and session.pk not in coming and not over_too:
            raise ValidationError("This meeting has already begun.")
    elif not coming and not over_too and work_group.sessions.dated().exists():
        raise ValidationError("All sessions of this group are over.")


def _check_live(booking: Booking) -> None:
    if booking.status not in LIVE:
        raise ValidationError("This booking has already ended.")
