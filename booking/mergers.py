"""A school that another took in: its people, coming places and calendar links go on there, and the past stays.

Plain functions inside the caller's transaction. They find by query what is still to be moved, so that calling them
twice moves nothing twice, and what staff had to decide first is moved the next time.
"""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from accounts import history
from accounts.models import Membership, School, User
from booking.allocation import take
from booking.asking import carry_answers
from booking.expectations import expect
from booking.models import Attendance, Booking, CalendarFeed, Place, Proposal, SchoolRule, Session, WorkGroup
from booking.models.places import TAKING, Status
from booking.offering import offer_what_is_free

State = Membership.State


@dataclass
class _Moved:
    """What went from one school to the other."""

    people: set[int] = field(default_factory=set)
    bookings: list[Booking] = field(default_factory=list)


def follow_mergers(*, by: User | None, now: datetime) -> int:
    """Move whatever still hangs on schools that were merged into an open one. Returns how many schools moved something.

    Locks schools first, then their memberships, then work groups and meetings, each by id: whoever books at this moment
    has the membership before the group, and so never waits for us while we wait for them.
    """
    into = _successors(now)
    if not into:
        return 0
    locked = School.objects.select_for_update(no_key=True).order_by("pk")
    schools = {one.pk: one for one in locked.filter(pk__in={*into, *into.values()})}
    pairs = [(schools[old], schools[new]) for old, new in sorted(into.items())]
    moved: dict[int, _Moved] = defaultdict(_Moved)
    for old, new in pairs:
        moved[old.pk].people |= _move_people(old, new, now)
        _move_feeds(old, new, now)
        _move_proposals(old, new)
        old.people_checks.open().update(answered_at=now)  # nobody is there any more to answer
    groups, sessions = _lock_groups(list(into), now)
    for old, new in pairs:
        for booking in _to_move(old.pk, now):
            session = sessions.get(booking.session_id or 0)
            if booking.work_group_id not in groups or (booking.session_id and session is None):
                continue  # booked at this moment, in a group that is not locked: it moves the next time
            work_group = groups[booking.work_group_id]
            target = _move_booking(booking, new, work_group, session, now)
            if target is not None:
                moved[old.pk].bookings += [booking, target]
                persons = Place.objects.live().filter(booking=target).named().values_list("person_id", flat=True)
                moved[old.pk].people |= set(persons)
    for old, new in pairs:
        if moved[old.pk].people or moved[old.pk].bookings:
            _write(old, new, moved[old.pk], by, now)
    return sum(bool(one.people or one.bookings) for one in moved.values())


def _successors(now: datetime) -> dict[int, int]:
    """Schools with something to move, and the open school each was merged into in the end."""
    merged = School.objects.filter(merged_into__isnull=False).order_by()
    coming = Booking.objects.live().to_come(now).filter(school__in=merged).values("school")
    staff = Membership.objects.current().filter(school__in=merged).values("school")
    found = {}
    for school in merged.filter(Q(pk__in=staff) | Q(pk__in=coming)).select_related("merged_into"):
        successor = school.successor
        if successor is not None and successor.is_open:
            found[school.pk] = successor.pk
    return found


def _move_people(old: School, new: School, now: datetime) -> set[int]:
    """Everybody belongs to the other school from now on. Who belongs to both stays once, with the stronger part."""
    there = {one.person_id: one for one in new.memberships.current().select_for_update(no_key=True).order_by("pk")}
    people = set()
    for membership in old.memberships.current().select_for_update(no_key=True).order_by("pk"):
        own = there.get(membership.person_id)
        if own is not None:
            if membership.strength > own.strength:
                own.state, own.role, own.typed_name, own.typed_email = membership.state, membership.role, "", ""
                own.save(update_fields=["state", "role", "typed_name", "typed_email"])
            membership.end(now)
        elif membership.state == State.ACTIVE:
            membership.end(now)  # their time at the old school is evidence, and ends here
            role, person = membership.role, membership.person_id
            Membership.objects.create(school=new, person_id=person, role=role, state=State.ACTIVE, started_at=now)
        else:
            membership.school = new  # only asked or named: nothing has happened there yet
            membership.save(update_fields=["school"])
        people.add(membership.person_id)
    return people


def _move_feeds(old: School, new: School, now: datetime) -> None:
    """A calendar link goes on with its owner; who has one of the other school already keeps that."""
    feeds = CalendarFeed.objects.filter(revoked_at__isnull=True)
    has_one = feeds.filter(school=new).values("owner")
    feeds.filter(school=old, owner__in=has_one).update(revoked_at=now)
    feeds.filter(school=old).update(school=new)


def _move_proposals(old: School, new: School) -> None:
    """What nobody has answered is asked of the school that took this one in, unless it is asked there already."""
    asked = Proposal.objects.filter(school=new).values("work_group")
    open_still = Proposal.objects.open().filter(school=old).exclude(work_group__in=asked)
    for proposal in open_still.select_related("work_group"):
        proposal.school = new
        proposal.save(update_fields=["school"])
        if proposal.work_group.lists_schools:
            given = {"kind": SchoolRule.Kind.ONLY, "reason": "Carries on"}
            SchoolRule.objects.get_or_create(work_group=proposal.work_group, school=new, defaults=given)


def _to_move(school: int, now: datetime) -> list[Booking]:
    bookings = Booking.objects.live().to_come(now).filter(school=school)
    return list(bookings.select_related("school").order_by("turn", "pk"))


def _lock_groups(schools: Sequence[int], now: datetime) -> tuple[dict[int, WorkGroup], dict[int, Session]]:
    bookings = Booking.objects.live().to_come(now).filter(school__in=schools).order_by()
    groups = sorted(set(bookings.values_list("work_group", flat=True)))
    meetings = sorted(set(bookings.filter(session__isnull=False).values_list("session", flat=True)))
    return (
        {pk: WorkGroup.objects.get_locked(pk) for pk in groups},
        {pk: Session.objects.get_locked(pk) for pk in meetings},
    )


def _move_booking(
    booking: Booking, new: School, work_group: WorkGroup, session: Session | None, now: datetime
) -> Booking | None:
    """A booking of the other school follows this one, or its places join what that school has booked already.

    Nobody is taken out of a calendar or invited again: the rows of coming sessions change their place and school.
    Returns the booking that holds the places now; None where both schools stand differently, for staff to decide.
    """
    there = Booking.objects.live().filter(work_group=work_group, session=session, school=new).first()
    if there is not None and there.status != booking.status:
        return None
    status, places = booking.status, list(booking.places.live().order_by("pk"))
    target = there or _following(booking, new, status)
    booking.status, booking.ended_at, booking.held_back, booking.held_back_by = Status.TRANSFERRED, now, "", None
    booking.save(update_fields=["status", "ended_at", "held_back", "held_back_by"])
    booking.places.update(live=False)
    fresh = Place.objects.bulk_create(
        Place(booking=target, person_id=one.person_id, part_id=one.part_id, work_group=work_group, session=session)
        for one in places
    )
    if work_group.has_questions and there is None:
        carry_answers(booking, target, dict(zip(places, fresh, strict=True)))
    coming = Q(session__starts_at__gt=now) | Q(session__starts_at__isnull=True)
    for before, after in zip(places, fresh, strict=True):
        Attendance.objects.filter(coming, place=before).update(place=after, school=new)
    joined = there is not None
    take(
        work_group,
        session,
        0,
        schools=-1 if joined and status in TAKING else 0,
        waiting=-1 if joined and status == Status.WAITING else 0,
    )
    if status == Status.CONFIRMED:
        expect(fresh, now=now)
    offer_what_is_free(work_group, session, now)
    return target


def _following(booking: Booking, new: School, status: str) -> Booking:
    """The other school's booking that follows this one: in the same place of the line, on the same terms."""
    return Booking.objects.create(
        work_group=booking.work_group,
        session=booking.session,
        school=new,
        status=Status(status),
        key=uuid.uuid4(),
        made_at=booking.made_at,
        made_by=booking.made_by,
        via=booking.via,
        cover_email=booking.cover_email,
        note=booking.note,
        turn=booking.turn,
        offered_at=booking.offered_at,
        offer_ends_at=booking.offer_ends_at,
        held_back=booking.held_back,
        held_back_by=booking.held_back_by,
        follows=booking,
    )


def _write(old: School, new: School, moved: _Moved, by: User | None, now: datetime) -> None:
    history.write(
        "moved_with_merger",
        about=[old, new, *moved.bookings, *{booking.work_group for booking in moved.bookings}],
        people=sorted(moved.people),
        by=by,
        at=now,
        details={"school": old.pk, "into": new.pk, "bookings": [booking.pk for booking in moved.bookings]},
        tells=False,
    )
