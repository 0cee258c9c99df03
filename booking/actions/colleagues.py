"""A colleague leaves, is away, or hands places over: who takes over, place by place."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import history
from accounts.colleagues import Named, NewColleague, end_web_sessions, settle, typed_names
from accounts.models import Membership, PeopleCheck, School, User
from booking.expectations import expect
from booking.models import CalendarFeed, Need, Place, Session, WorkGroup

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
    _lock_members(school)
    membership = Membership.objects.select_related("person", "school").get(pk=membership.pk)
    if membership.state not in (State.ACTIVE, State.INVITED):
        raise ValidationError("This person no longer belongs to the school.")
    _end([membership], takes_over or {}, by, now)
    return membership


@transaction.atomic(durable=True)
def hand_places_over(*, school: School, person: User, takes_over: Mapping[int, Named], by: User) -> list[Place]:
    """Other colleagues take some of somebody's coming places, from the next session on; they stay at the school."""
    now = timezone.now()
    school = School.objects.get_locked(school.pk)
    if not by.leads(school):
        raise ValidationError("You do not book for this school. Please ask the hub.")
    _lock_members(school)
    wanted = places_to_hand_over(school, person, now).filter(pk__in=takes_over)
    _lock_groups(list(wanted))
    places = list(wanted.all())  # read again: what stands under the locks
    if len(places) < len(takes_over):
        raise ValidationError("One of these places is no longer theirs. Please look again.")
    return [_give(place, takes_over[place.pk], by, now) for place in places]


@transaction.atomic(durable=True)
def still_these(*, check: PeopleCheck, leavers: Sequence[int], by: User) -> PeopleCheck:
    """The answer to September's question: all of these people still work here but the memberships named."""
    now = timezone.now()
    school = School.objects.get_locked(check.school_id)
    if not by.leads(school):
        raise ValidationError("You do not book for this school. Please ask the hub.")
    _lock_members(school)
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
    _lock_groups([place for mine in wanted.values() for place in mine])
    # Read again: what stands under the locks. Nobody is given a place meanwhile, for their membership is locked.
    places = {pk: list(mine.all()) for pk, mine in wanted.items()}
    for membership in memberships:
        school, person = membership.school, membership.person
        belonged = membership.state == State.ACTIVE
        membership.end(now)
        if belonged and by.pk != person.pk and not person.hub_role:
            end_web_sessions(person)
        CalendarFeed.objects.filter(owner=person, school=school, revoked_at__isnull=True).update(revoked_at=now)
        given = [_give(place, takes_over.get(place.pk), by, now) for place in places[membership.pk]]
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


def _lock_members(school: School) -> None:
    """The people of a school, before any work group: whoever names one of them waits, and we never wait for them."""
    list(school.memberships.current().select_for_update(no_key=True).order_by("pk").values_list("pk"))


def _lock_groups(places: Sequence[Place]) -> None:
    """Work groups first, by id; then the meetings of networks, by id."""
    for pk in sorted({place.work_group_id for place in places}):
        WorkGroup.objects.get_locked(pk)
    for pk in sorted({place.session_id for place in places if place.session_id}):
        Session.objects.get_locked(pk)


def _give(place: Place, to: Named, by: User, now: datetime) -> Place:
    """Give a place whose group is locked to somebody else of the school, or keep it for a name to follow."""
    school, work_group = place.booking.school, WorkGroup.objects.get(pk=place.work_group_id)
    person = _successor(place, to, school, now)
    Need.objects.filter(place=place).delete()  # what somebody asked for is not handed on with their place
    place.person = person
    place.save(update_fields=["person"])
    work_group.revision += 1
    work_group.save(update_fields=["revision"])
    expect([place], now=now)
    if person is not None:
        history.write(
            "place_named",
            about=[place.booking, work_group, school, person],
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


def _successor(place: Place, to: Named, school: School, now: datetime) -> User | None:
    if to is None:
        return None
    if isinstance(to, NewColleague):
        person = settle(to, school=school, at=now)
    else:
        person = User.objects.of_school(school).filter(pk=to, is_active=True).first()
        if person is None:
            raise ValidationError("Somebody you chose no longer belongs to your school. Choose a colleague who does.")
    if person.pk == place.person_id:
        raise ValidationError("Choose somebody else to take over.")
    here = Place.objects.live().filter(work_group=place.work_group_id, session=place.session_id, person=person)
    if here.exists():
        called = typed_names(school.pk).get(person.pk, (person.name, ""))[0]
        name = to.name if isinstance(to, NewColleague) else called
        raise ValidationError(f"{name} already has a place in {place.work_group}.")
    return person
