"""Booking against a simple model of it: whatever schools and the hub do, in any order, both say the same afterwards.

The model knows a group's capacity, its bookings, who is named and who waits in which order, and one rule: what is free
goes to whoever waits longest. It always tries the same acts; to try many others, in an order of its own, say how many:

    HUB_MACHINE_EXAMPLES=2000 python3 manage.py test tests/booking/test_booking_machine.py
"""

import contextlib
import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.models import Membership, School, User
from booking.actions import offers, places, programme, swaps, transfers
from booking.integrity import violations
from booking.models import Booking, Place, WorkGroup
from booking.models.places import Reason, Status
from tests.factories import create_hub_staff, create_lead, create_school, create_teacher, create_work_group

EXAMPLES = int(os.environ.get("HUB_MACHINE_EXAMPLES", "0"))
STEPS = 25
PEOPLE_TO = 3


@dataclass
class Party:
    """A school: who books for it, and whom it can send."""

    school: School
    lead: User
    teachers: list[User]
    known: bool


class Cast:
    """Five schools; who books for the last is not yet known to the hub."""

    def __init__(self) -> None:
        self.staff = create_hub_staff()
        self.parties = []
        for state in (*[Membership.State.ACTIVE] * 4, Membership.State.REQUESTED):
            school = create_school()
            lead = create_lead(school=school, state=state)
            teachers = [create_teacher(school=school) for _ in range(4)]
            self.parties.append(Party(school, lead, teachers, state == Membership.State.ACTIVE))


@dataclass(eq=False, repr=False)
class Booked:
    """What the model knows of a booking; `people` are its live places and who has them."""

    pk: int
    party: Party
    group: "Group"
    status: str
    people: dict[int, int | None]
    run_out: bool = False

    def __repr__(self) -> str:
        return f"booking {self.pk} ({self.status})"

    @property
    def row(self) -> Booking:
        return Booking.objects.get(pk=self.pk)

    @property
    def takes(self) -> bool:
        return self.status in (Status.OFFERED, Status.HELD, Status.CONFIRMED)

    @property
    def is_live(self) -> bool:
        return self.takes or self.status == Status.WAITING

    @property
    def standing(self) -> str:
        return Status.CONFIRMED if self.party.known else Status.HELD


@dataclass(eq=False, repr=False)
class Group:
    """What the model knows of a group: the line holds who waits, the first at the head, and whom the hub holds back."""

    pk: int
    capacity: int
    smaller_may_pass: bool
    bookings: list[Booked] = field(default_factory=list)
    line: list[Booked] = field(default_factory=list)
    held_back: set[Booked] = field(default_factory=set)

    @property
    def taken(self) -> int:
        return sum(len(one.people) for one in self.bookings if one.takes)

    @property
    def free(self) -> int:
        return self.capacity - self.taken

    def wait(self, booked: Booked, *, at: int | None = None) -> None:
        booked.status = Status.WAITING
        self.line.insert(len(self.line) if at is None else at, booked)

    def leave(self, booked: Booked, status: str) -> None:
        booked.status, booked.run_out = status, False
        if booked in self.line:
            self.line.remove(booked)
        self.held_back.discard(booked)

    def pass_on(self) -> None:
        """The one rule."""
        for one in list(self.line):
            if self.free < 1:
                return
            if one in self.held_back:
                continue
            if len(one.people) <= self.free:
                self.leave(one, Status.OFFERED)
            elif not self.smaller_may_pass:
                return


@contextlib.contextmanager
def refused(words: str) -> Iterator[None]:
    with pytest.raises(ValidationError, match=words):
        yield


def some(of: "Callable[[Machine], list[Booked]]") -> Callable[..., object]:
    return precondition(lambda machine: bool(of(machine)))


def live(machine: "Machine") -> list[Booked]:
    return [one for group in machine.groups for one in group.bookings if one.is_live]


def waiting(machine: "Machine") -> list[Booked]:
    return [one for one in live(machine) if one.status == Status.WAITING]


def offered(machine: "Machine") -> list[Booked]:
    return [one for one in live(machine) if one.status == Status.OFFERED]


class Machine(RuleBasedStateMachine):
    """Acts of schools and of the hub on two groups that run beside each other."""

    @initialize(
        capacities=st.tuples(st.integers(1, 5), st.integers(1, 5)), passing=st.tuples(st.booleans(), st.booleans())
    )
    def open_two_groups(self, capacities: tuple[int, int], passing: tuple[bool, bool]) -> None:
        # Every example begins with an empty hub, so that the same acts do the same again.
        call_command("flush", interactive=False, verbosity=0, inhibit_post_migrate=True)
        ContentType.objects.clear_cache()
        self.cast, self.groups, home = Cast(), [], None
        for capacity, may_pass in zip(capacities, passing, strict=True):
            home = create_work_group(
                capacity=capacity,
                smaller_may_pass=may_pass,
                people_to=PEOPLE_TO,
                sessions=2,
                offer_hours=5,
                parallel_to=home,
            )
            self.groups.append(Group(home.pk, capacity, may_pass))

    # What schools do

    @rule(
        group=st.integers(0, 1),
        party=st.integers(0, 4),
        who=st.lists(st.sampled_from([None, 0, 1, 2, 3]), min_size=1, max_size=3),
    )
    def book(self, group: int, party: int, who: list[int | None]) -> None:
        one, by = self.groups[group], self.cast.parties[party]
        people = [None if teacher is None else by.teachers[teacher].pk for teacher in who]
        named = [person for person in people if person]

        def act() -> Booking:
            return places.book(work_group=one.pk, school=by.school.pk, people=people, by=by.lead, key=uuid.uuid4())

        if len(set(named)) < len(named):
            with refused("the same person twice"):
                act()
        elif any(other.party is by and other.is_live for other in one.bookings):
            with refused("already booked this group"):
                act()
        else:
            row = act()
            kept = dict(row.places.order_by("pk").values_list("pk", "person"))
            booked = Booked(row.pk, by, one, Status.WAITING, kept)
            fits = len(kept) <= one.free and not one.line
            one.bookings.append(booked)
            if fits:
                booked.status = booked.standing
            else:
                one.wait(booked)
                one.pass_on()
            assert row.status == booked.status

    @some(live)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(live(self)))
        places.withdraw(booking=one.row, reason=Reason.OTHER, by=one.party.lead)
        one.group.leave(one, Status.WITHDRAWN)
        one.group.pass_on()

    @some(live)
    @rule(data=st.data())
    def withdraw_one_place(self, data: st.DataObject) -> None:
        one, place = self._place(data)
        swaps.withdraw_place(place=place, reason=Reason.ILLNESS, by=one.party.lead)
        del one.people[place.pk]
        if not one.people:
            one.group.leave(one, Status.WITHDRAWN)
        one.group.pass_on()

    @some(live)
    @rule(data=st.data(), teacher=st.integers(0, 3))
    def name(self, data: st.DataObject, teacher: int) -> None:
        one, place = self._place(data)
        person = one.party.teachers[teacher]

        def act() -> None:
            places.name_place(place=place, person=person, by=one.party.lead)

        if one.people[place.pk]:
            with refused("already been named"):
                act()
        elif person.pk in one.people.values():
            with refused("already has a place"):
                act()
        else:
            act()
            one.people[place.pk] = person.pk

    @some(live)
    @rule(data=st.data(), teacher=st.sampled_from([None, 0, 1, 2, 3]))
    def take_over(self, data: st.DataObject, teacher: int | None) -> None:
        one, place = self._place(data)
        to = None if teacher is None else one.party.teachers[teacher].pk

        def act() -> None:
            swaps.take_over(place=place, to=to, by=self.cast.staff)

        if one.status == Status.OFFERED:
            with refused("First say whether you take the places"):
                act()
        elif not one.people[place.pk]:
            with refused("Nobody has been named"):
                act()
        elif to is not None and to == one.people[place.pk]:
            with refused("Choose somebody else"):
                act()
        elif to is not None and to in one.people.values():
            with refused("already has a place"):
                act()
        else:
            act()
            one.people[place.pk] = to

    @some(live)
    @rule(data=st.data(), teacher=st.integers(0, 3), number=st.integers(1, 2))
    def send(self, data: st.DataObject, teacher: int, number: int) -> None:
        """Somebody else comes once. Whose the place is stays; that the registers are right is proved at the end."""
        one, place = self._place(data)
        session = place.work_group.sessions.get(number=number)
        to = one.party.teachers[teacher].pk

        def act() -> None:
            swaps.send(place=place, sessions=[session.pk], to=to, by=self.cast.staff)

        if one.status != Status.CONFIRMED or not one.people[place.pk] or to in one.people.values():
            with refused("."):
                act()
        else:
            with contextlib.suppress(ValidationError):  # an earlier stand-in comes already
                act()

    @some(live)
    @rule(data=st.data(), by_staff=st.booleans())
    def transfer(self, data: st.DataObject, by_staff: bool) -> None:
        one = data.draw(st.sampled_from(live(self)))
        to = self.groups[1 - self.groups.index(one.group)]
        by = self.cast.staff if by_staff else one.party.lead

        def act() -> Booking:
            why = "The hub has said so" if by_staff else ""
            return transfers.transfer(booking=one.row, to=WorkGroup.objects.get(pk=to.pk), by=by, all_the_same=why)

        if one.status not in (Status.CONFIRMED, Status.HELD):
            with refused("Only a booking of a whole series that stands"):
                act()
        elif any(other.party is one.party and other.is_live for other in to.bookings):
            with refused("has booked"):
                act()
        elif to.line and not by_staff:
            with refused("Other schools wait"):
                act()
        elif len(one.people) > to.free:
            with refused("no room for all of you"):
                act()
        else:
            row = act()
            moved = Booked(
                row.pk, one.party, to, one.standing, dict(row.places.order_by("pk").values_list("pk", "person"))
            )
            assert list(moved.people.values()) == list(one.people.values())
            one.group.leave(one, Status.TRANSFERRED)
            to.bookings.append(moved)
            one.group.pass_on()

    # Offers

    @some(offered)
    @rule(data=st.data())
    def accept(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(offered(self)))
        if one.run_out:
            with refused("has run out"):
                offers.accept(booking=one.row, by=one.party.lead)
            return
        row = offers.accept(booking=one.row, by=one.party.lead)
        one.group.leave(one, one.standing)
        with refused("already taken"):
            offers.accept(booking=row, by=one.party.lead)

    @some(offered)
    @rule(data=st.data())
    def decline(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(offered(self)))
        if one.run_out:
            with refused("has run out"):
                offers.decline(booking=one.row, by=one.party.lead)
            return
        offers.decline(booking=one.row, by=one.party.lead)
        one.group.leave(one, Status.DECLINED)
        one.group.pass_on()

    @some(offered)
    @rule(data=st.data())
    def run_out(self, data: st.DataObject) -> None:
        """The time to answer passes; the worker has not come by yet."""
        one = data.draw(st.sampled_from(offered(self)))
        Booking.objects.filter(pk=one.pk).update(offer_ends_at=timezone.now() - timedelta(minutes=1))
        one.run_out = True

    @rule()
    def lapse(self) -> None:
        due = sorted((one for one in offered(self) if one.run_out), key=lambda one: one.pk)
        assert offers.lapse_offers(now=timezone.now()) == len(due)
        for one in due:
            one.group.leave(one, Status.LAPSED)
            one.group.pass_on()

    # What the hub does

    @rule(group=st.integers(0, 1), capacity=st.integers(0, 7))
    def move_capacity(self, group: int, capacity: int) -> None:
        one = self.groups[group]
        changed = WorkGroup.objects.get(pk=one.pk)
        changed.capacity = capacity
        if capacity < one.taken:
            with refused(f"{one.taken} places are taken"):
                programme.save_work_group(work_group=changed, leads=[], by=self.cast.staff, reason="Another room")
            return
        programme.save_work_group(work_group=changed, leads=[], by=self.cast.staff, reason="Another room")
        one.capacity = capacity
        one.pass_on()

    @some(waiting)
    @rule(data=st.data())
    def hold_back(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(waiting(self)))
        offers.hold_back(booking=one.row, reason="We talk first", by=self.cast.staff)
        one.group.held_back.add(one)
        one.group.pass_on()

    @some(waiting)
    @rule(data=st.data())
    def let_on(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(waiting(self)))
        offers.let_on(booking=one.row, by=self.cast.staff)
        one.group.held_back.discard(one)
        one.group.pass_on()

    @some(waiting)
    @rule(data=st.data(), number=st.integers(1, 5))
    def move(self, data: st.DataObject, number: int) -> None:
        one = data.draw(st.sampled_from(waiting(self)))
        line = one.group.line
        number = min(number, len(line))
        if number == line.index(one) + 1:
            with refused("already"):
                offers.move(booking=one.row, number=number, reason="Heard", by=self.cast.staff)
            return
        offers.move(booking=one.row, number=number, reason="Heard", by=self.cast.staff)
        line.remove(one)
        line.insert(number - 1, one)
        one.group.pass_on()

    @some(waiting)
    @rule(data=st.data())
    def offer(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(waiting(self)))
        if len(one.people) > one.group.free:
            with refused("There is no room"):
                offers.offer(booking=one.row, hours=5, reason="Heard", by=self.cast.staff)
            return
        offers.offer(booking=one.row, hours=5, reason="Heard", by=self.cast.staff)
        one.group.leave(one, Status.OFFERED)

    @some(offered)
    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(offered(self)))
        turn = one.row.turn
        before = [other for other in one.group.line if other.row.turn < turn]
        offers.take_back(booking=one.row, reason="The room is smaller", by=self.cast.staff)
        one.run_out = False
        one.group.wait(one, at=len(before))
        one.group.held_back.add(one)
        one.group.pass_on()

    # What must hold after each act

    @invariant()
    def both_say_the_same(self) -> None:
        for group in getattr(self, "groups", []):
            row = WorkGroup.objects.get(pk=group.pk)
            statuses = dict(Booking.objects.filter(work_group=group.pk).values_list("pk", "status"))
            line = list(Booking.objects.waiting().filter(work_group=group.pk).values_list("pk", flat=True))
            people = dict(Place.objects.live().filter(work_group=group.pk).values_list("pk", "person"))
            known = {place: who for one in group.bookings if one.is_live for place, who in one.people.items()}

            assert statuses == {one.pk: one.status for one in group.bookings}
            assert line == [one.pk for one in group.line]
            assert people == known
            assert (row.taken, row.waiting, row.capacity) == (group.taken, len(group.line), group.capacity)
            assert row.taken_schools == sum(one.takes for one in group.bookings)
            assert group.taken <= group.capacity

    def teardown(self) -> None:
        assert offers.offer_free_places(now=timezone.now()) == 0
        assert list(violations()) == []

    def _place(self, data: st.DataObject) -> tuple[Booked, Place]:
        one = data.draw(st.sampled_from(live(self)))
        pk = data.draw(st.sampled_from(list(one.people)))
        return one, Place.objects.select_related("booking__school", "work_group").get(pk=pk)


@pytest.mark.django_db(transaction=True)
def test_booking_in_any_order_does_what_the_model_says() -> None:
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES or 25,
            stateful_step_count=STEPS,
            derandomize=not EXAMPLES,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
