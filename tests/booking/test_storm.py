"""Many at once for few places: exactly so many are sold, in the order of asking, on both databases."""

import contextlib
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections

from accounts.models import User
from booking import integrity
from booking.actions import colleagues, places, swaps
from booking.models import Booking, Place, WorkGroup
from booking.models.places import Status
from tests.factories import create_booking, create_lead, create_teacher, create_work_group

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


def test_book_race_without_the_lock_oversells(monkeypatch: pytest.MonkeyPatch) -> None:
    """The race is real: take the lock away and the places are miscounted (or the constraint refuses)."""
    if connection.vendor == "sqlite":
        pytest.skip("on SQLite the IMMEDIATE transaction is the lock, and it cannot be taken away")
    work_group = create_work_group(capacity=PLACES, sessions=2, people_to=1)
    leads = [create_lead() for _ in range(60)]
    unlocked = lambda manager, pk: manager.get(pk=pk)  # noqa: E731
    monkeypatch.setattr(type(WorkGroup.objects.all()), "get_locked", unlocked)
    monkeypatch.setattr(type(WorkGroup.objects), "get_locked", unlocked)

    race(work_group, leads)

    work_group.refresh_from_db()
    live = Place.objects.filter(booking__status=Status.CONFIRMED).count()
    assert live > PLACES or work_group.taken != live


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
