"""A colleague leaves, is away, or hands places over: who takes over, place by place."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import history
from accounts.colleagues import Named, end_web_sessions
from accounts.models import Membership, PeopleCheck, School, User
from booking.locking import lock_groups, lock_members
from booking.models import Attendance, CalendarFeed, Place, Session
from booking.models.places import Reason
from booking.passing import give, give_up, send_instead, stand_in_no_more

State = Membership.State


def places_to_hand_over(school: School, person: User, now: datetime) -> QuerySet[Place]:
    """The live places of this person for this school that have sessions to come; what is over stays theirs."""
    to_come = Session.objects.planned().filter(Q(starts_at__gt=now) | Q(starts_at__isnull=True))
    return (
        Place.objects.live()
        .filter(person=person, booking__school=school)
        .filter(Q(session__in=to_come) | Q(session__isnull=True, work_group__in=to_come.values("work_group")))
        .select_related("booking__school", "work_group", "session", "person")
        .order_by("work_group__title", "pk")
    )


@transaction.atomic(durable=True)
def leave(*, membership: Membership, by: User, takes_over: Mapping[int, Named] | None = None) -> Membership:
    """Somebody no longer belongs to a school. Each coming place goes to who is named for it (by its id), else it is
    kept, name to follow. What was attended stays where it was.
    """
    now = timezone.now()
    school = School.objects.get_locked(membership.school_id)
    if by.pk != membership.person_id and not by.leads(school):
        raise ValidationError("You do not book for this school. Please ask the hub.")
    lock_members(school)
    membership = Membership.objects.select_related("person", "school").get(pk=membership.pk)
    if membership.state not in (State.ACTIVE, State.INVITED):
        raise ValidationError("This person no longer belongs to the school.")
    _end([membership], takes_over or {}, by, now)
    return membership


@dataclass(frozen=True)
class Meanwhile:
    """What becomes of somebody's coming places, by their ids, while they are away. The rest they keep."""

    covered_by: Mapping[int, Named] = field(default_factory=dict)
    taken_over_by: Mapping[int, Named] = field(default_factory=dict)
    given_up: Collection[int] = ()


@transaction.atomic(durable=True)
def set_away(
    *,
    person: User,
    first: date | None,
    last: date | None,
    by: User,
    school: School | None = None,
    meanwhile: Meanwhile | None = None,
) -> User:
    """Say from when to when somebody is on leave; no reason is asked. Without a first day: they are back.

    `school`: for which a colleague says it, who may also say what becomes of their places for it meanwhile.
    """
    now, meanwhile = timezone.now(), meanwhile or Meanwhile()
    chosen = {*meanwhile.covered_by, *meanwhile.taken_over_by, *meanwhile.given_up}
    if school is not None:
        school = School.objects.get_locked(school.pk)
        lock_members(school)
        if not by.leads(school) or not person.memberships.active().filter(school=school).exists():
            raise ValidationError("You do not book for this school, or this colleague no longer belongs to it.")
        wanted = places_to_hand_over(school, person, now).filter(pk__in=chosen)
        lock_groups(list(wanted))
        places = list(wanted.all())  # read again: what stands under the locks
        if len(places) < len(chosen):
            raise ValidationError("One of these places is no longer theirs. Please look again.")
        for place in places:
            if place.pk in meanwhile.given_up:
                give_up(place, Reason.OTHER, by=by, now=now)
            elif place.pk in meanwhile.taken_over_by:
                give(place, meanwhile.taken_over_by[place.pk], by, now)
            else:
                _cover(place, meanwhile.covered_by[place.pk], first, last, by, now)
    elif by.pk != person.pk or chosen:
        raise ValidationError("You do not book for this school. Please ask the hub.")
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    person.away_from, person.away_to = first, last if first else None
    person.full_clean(exclude=["password"])
    person.save(update_fields=["away_from", "away_to"])
    about = [school] if school else []
    verb = "away" if first else "back"
    history.write(verb, about=about, people=[person.pk], by=by, at=now, tells=by.pk != person.pk)
    return person


def _cover(place: Place, to: Named, first: date | None, last: date | None, by: User, now: datetime) -> None:
    """Somebody else comes while the person is away, and the place stays theirs."""
    theirs = Attendance.objects.filter(place=place, person=place.person, session__in=Session.objects.coming(now))
    for pk in sorted(set(theirs.values_list("session", flat=True))):
        Session.objects.get_locked(pk)  # marks are written under their session's lock
    rows = [
        row
        for row in theirs.select_related("session", "place", "school", "standing_mark").order_by("session")
        if (day := timezone.localdate(row.session.starts_at)) >= (first or day) and day <= (last or day)
    ]
    send_instead(place, rows, to, by=by, now=now)


@transaction.atomic(durable=True)
def still_these(*, check: PeopleCheck, leavers: Sequence[int], by: User) -> PeopleCheck:
    """The answer to September's question: all of these people still work here but the memberships named."""
    now = timezone.now()
    school = School.objects.get_locked(check.school_id)
    if not by.leads(school):
        raise ValidationError("You do not book for this school. Please ask the hub.")
    lock_members(school)
    check = PeopleCheck.objects.select_for_update(no_key=True, of=("self",)).get(pk=check.pk)
    belong = school.memberships.filter(state__in=[State.ACTIVE, State.INVITED]).select_related("person", "school")
    gone = list(belong.filter(pk__in=leavers))
    if any(membership.person_id == by.pk for membership in gone):
        raise ValidationError("To leave the school yourself, open your own name in the list of our people.")
    _end(gone, {}, by, now)
    check.answered_at, check.answered_by = now, by
    check.save(update_fields=["answered_at", "answered_by"])
    details = {"check": check.pk, "left": len(gone)}
    history.write("people_checked", about=[school], by=by, at=now, details=details, tells=False)
    return check


def _end(memberships: Sequence[Membership], takes_over: Mapping[int, Named], by: User, now: datetime) -> None:
    """End memberships of one locked school, and pass on what hangs on them."""
    wanted = {
        membership.pk: places_to_hand_over(membership.school, membership.person, now) for membership in memberships
    }
    lock_groups([place for mine in wanted.values() for place in mine])
    # Read again: what stands under the locks. Nobody is given a place meanwhile, for their membership is locked.
    places = {pk: list(mine.all()) for pk, mine in wanted.items()}
    for membership in memberships:
        school, person = membership.school, membership.person
        belonged = membership.state == State.ACTIVE
        membership.end(now)
        if belonged and by.pk != person.pk and not person.hub_role:
            end_web_sessions(person)
        CalendarFeed.objects.filter(owner=person, school=school, revoked_at__isnull=True).update(revoked_at=now)
        stand_in_no_more(person, now, school)
        given = [give(place, takes_over.get(place.pk), by, now) for place in places[membership.pk]]
        history.write(
            "left_school",
            about=[school, *(place.booking for place in given)],
            people=[person.pk],
            by=by,
            at=now,
            details={
                "membership": membership.pk,
                "to_name": [place.booking_id for place in given if place.person_id is None],
            },
        )
