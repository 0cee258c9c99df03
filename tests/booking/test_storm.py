"""Many at once for few places: exactly so many are sold, in the order of asking, on both databases."""

import contextlib
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import HistoryLine, User
from booking import integrity, locking
from booking.actions import arrivals, colleagues, offers, places, programme, swaps, transfers
from booking.models import Arrival, Attendance, Booking, Mark, Place, WorkGroup
from booking.models.places import Reason, Status
from booking.prepared import Prepared
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_running_session,
    create_teacher,
    create_user,
    create_work_group,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.storm]

PLACES = 20
THREADS = 12


def race(work_group: WorkGroup, leads: list[User]) -> None:
    """All leads book one place at the same time, from a dozen threads."""
    start = threading.Barrier(THREADS)
    schools = {lead.pk: lead.memberships.get().school_id for lead in leads}

    def run(mine: list[User]) -> None:
        try:
            start.wait()
            for lead in mine:
                places.book(work_group=work_group.pk, school=schools[lead.pk], people=[None], by=lead, key=uuid.uuid4())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(run, leads[index::THREADS]) for index in range(THREADS)]:
            done.result()


def test_book_race_for_the_last_places_sells_each_once_and_keeps_the_order() -> None:
    work_group = create_work_group(capacity=PLACES, sessions=2, people_to=1)
    leads = [create_lead() for _ in range(60)]

    race(work_group, leads)

    work_group.refresh_from_db()
    waiting = Booking.objects.waiting()
    assert work_group.taken == PLACES
    assert Booking.objects.confirmed().count() == PLACES
    assert [booking.turn for booking in waiting] == list(range(1, 41))
    assert list(integrity.violations()) == []


def test_book_race_without_the_lock_oversells(monkeypatch: pytest.MonkeyPatch) -> None:
    """The race is real: take the lock away and the places are miscounted (or the constraint refuses)."""
    if connection.vendor == "sqlite":
        pytest.skip("on SQLite the IMMEDIATE transaction is the lock, and it cannot be taken away")
    work_group = create_work_group(capacity=PLACES, sessions=2, people_to=1)
    leads = [create_lead() for _ in range(60)]
    unlocked = Prepared(lambda pk: WorkGroup.objects.filter(pk=pk).order_by(), pk=-1)
    monkeypatch.setattr(locking, "_GROUP", unlocked)

    race(work_group, leads)

    work_group.refresh_from_db()
    live = Place.objects.filter(booking__status=Status.CONFIRMED).count()
    assert live > PLACES or work_group.taken != live


def storm(*acts: Callable[[], object], times: int) -> list[str]:
    """Each act over and over, all at the same time. Returns what was refused, in words; all else ends the test."""
    start, refused = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        try:
            start.wait()
            for _ in range(times):
                try:
                    act()
                except ValidationError as refusal:
                    refused.extend(refusal.messages)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        for done in [pool.submit(run, act) for act in acts]:
            done.result()
    return refused


def one_of(bookings: QuerySet[Booking]) -> Booking:
    """Any of them; where there is none, the act has nothing to do."""
    booking = bookings.select_related("made_by", "school").order_by("?").first()
    if booking is None:
        raise ValidationError("Nothing to do.")
    return booking


def test_offers_are_taken_declined_and_lapse_while_others_withdraw_and_book() -> None:
    work_group = create_work_group(capacity=6, sessions=2, smaller_may_pass=True)
    for index in range(14):
        create_booking(work_group=work_group, people=[None] * (index % 2 + 1))
    leads = iter([create_lead() for _ in range(16)])
    here, offered = work_group.bookings, Booking.objects.filter(status=Status.OFFERED)

    def book() -> None:
        lead = next(leads)
        create_booking(work_group=work_group, by=lead, people=[None])

    def withdraw() -> None:
        booking = one_of(here.live())
        places.withdraw(booking=booking, reason=Reason.OTHER, by=booking.made_by)

    def accept() -> None:
        booking = one_of(offered)
        offers.accept(booking=booking, by=booking.made_by)

    def decline() -> None:
        booking = one_of(offered)
        offers.decline(booking=booking, by=booking.made_by)

    def lapse() -> None:
        offered.filter(pk=one_of(offered).pk).update(offer_ends_at=timezone.now())
        offers.lapse_offers(now=timezone.now())

    storm(book, book, withdraw, withdraw, accept, decline, lapse, times=8)
    offers.lapse_offers(now=timezone.now())

    work_group.refresh_from_db()
    done = set(HistoryLine.objects.values_list("verb", flat=True))
    assert work_group.taken <= 6
    assert {"booked", "offered", "withdrew"} <= done  # who is confirmed at the end is chance
    assert list(integrity.violations()) == []


def test_capacity_is_lowered_and_raised_under_load_and_never_oversold() -> None:
    work_group, staff = create_work_group(capacity=12, sessions=2), create_hub_staff()
    leads = iter([create_lead() for _ in range(40)])

    def book() -> None:
        create_booking(work_group=work_group, by=next(leads), people=[None, None])

    def withdraw() -> None:
        booking = one_of(work_group.bookings.live())
        places.withdraw(booking=booking, reason=Reason.OTHER, by=booking.made_by)

    def size(by: int) -> None:
        changed = WorkGroup.objects.get(pk=work_group.pk)
        changed.capacity = max((changed.capacity or 0) + by, 0)
        programme.save_work_group(work_group=changed, leads=[], by=staff)

    refused = storm(book, book, book, withdraw, lambda: size(-3), lambda: size(-1), lambda: size(2), times=10)

    work_group.refresh_from_db()
    assert work_group.capacity is not None
    assert work_group.taken <= work_group.capacity
    assert {words for words in refused if "oversold" in words} == set()
    assert list(integrity.violations()) == []


def test_swaps_and_transfers_between_two_groups_from_many_threads_end_in_no_knot() -> None:
    home = create_work_group(capacity=14, sessions=2)
    beside = create_work_group(capacity=14, sessions=2, parallel_to=home)
    groups = {home.pk: beside, beside.pk: home}
    for index in range(10):
        lead = create_lead()
        teachers = [create_teacher(school=lead.memberships.get().school) for _ in range(3)]
        create_booking(work_group=[home, beside][index % 2], by=lead, people=[teachers[0], None])

    def transfer() -> None:
        booking = one_of(Booking.objects.confirmed())
        transfers.transfer(booking=booking, to=groups[booking.work_group_id], by=booking.made_by)

    def swap() -> None:
        booking = one_of(Booking.objects.confirmed())
        place = booking.places.live().named().select_related("booking__school", "work_group").first()
        if place is None:
            raise ValidationError("Nothing to do.")
        others = User.objects.of_school(booking.school).exclude(pk__in=[place.person_id, booking.made_by_id])
        swaps.take_over(place=place, to=others.order_by("?")[0].pk, by=booking.made_by)

    def name() -> None:
        booking = one_of(Booking.objects.confirmed())
        place = booking.places.to_name().select_related("booking__school").first()
        if place is None:
            raise ValidationError("Nothing to do.")
        places.name_place(place=place, person=booking.made_by, by=booking.made_by)

    storm(*[transfer] * 4, *[swap] * 3, name, times=8)

    moved = Booking.objects.filter(status=Status.TRANSFERRED).count()
    taken = [WorkGroup.objects.get(pk=group.pk).taken for group in (home, beside)]
    assert moved > 10
    assert sum(taken) == 20
    assert list(integrity.violations()) == []


def test_leaving_while_somebody_is_named_for_places_ends_in_no_knot() -> None:
    """One lead takes colleagues off the school while another names them for held places, and swaps them: they wait."""
    first = create_lead()
    school = first.memberships.get().school
    second = create_lead(school=school)
    teachers = [create_teacher(school=school) for _ in range(12)]
    groups = [create_work_group(sessions=2) for _ in range(3)]
    stays = create_teacher(school=school)
    for group in groups:
        create_booking(work_group=group, by=first, people=[None, stays])
    start = threading.Barrier(3)

    def run(act: Callable[[User], None]) -> None:
        try:
            start.wait()
            for teacher in teachers:
                with contextlib.suppress(ValidationError):  # refused in words is no knot
                    act(teacher)
        finally:
            connections.close_all()

    def leave(teacher: User) -> None:
        colleagues.leave(membership=teacher.memberships.get(), by=second)

    def name(teacher: User) -> None:
        for place in Place.objects.to_name():
            places.name_place(place=place, person=teacher, by=first)

    def swap(teacher: User) -> None:
        for place in Place.objects.live().filter(person=stays):
            session = place.work_group.sessions.earliest("number")
            swaps.send(place=place, sessions=[session.pk], to=teacher.pk, by=first)

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(run, act) for act in (leave, name, swap)]:
            done.result()

    assert list(integrity.violations()) == []


def test_check_in_of_a_whole_hall_at_once_knows_everybody_once_while_names_are_confirmed() -> None:
    fran = create_user()
    session = create_running_session(leads=[fran], minutes=1, people=10)
    people = [row.person for row in Attendance.objects.of_session(session).select_related("person")]
    strangers = [create_user() for _ in range(5)]
    start = threading.Barrier(THREADS)

    def run(number: int) -> None:
        try:
            start.wait()
            if number < 2:
                for _ in range(5):
                    arrivals.confirm(session=session, by=fran)
            else:
                for person in (*people, *strangers):
                    arrivals.check_in(session=session, by=person)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(run, number) for number in range(THREADS)]:
            done.result()

    arrivals.confirm(session=session, by=fran)
    assert Arrival.objects.filter(attendance__isnull=False).count() == len(people)
    assert Arrival.objects.waiting().count() == len(strangers)
    assert list(Mark.objects.values_list("what", flat=True)) == ["present"] * len(people)
