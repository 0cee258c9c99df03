"""A row that stays locked for too long: a calm page, nothing half done, and the same form books once on another try."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from booking.integrity import violations
from booking.models import Booking, Place, WorkGroup
from booking.models.places import Status
from config.busy import why_not
from tests.factories import create_booking, create_lead, create_work_group

pytestmark = pytest.mark.django_db(transaction=True)

LogIn = Callable[[User], Client]


@contextmanager
def held(work_group: WorkGroup) -> Iterator[None]:
    """Somebody else has the row of the group, and does not let go."""
    has_it, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                WorkGroup.objects.get_locked(work_group.pk)
                has_it.set()
                let_go.wait(30)
        finally:
            connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    assert has_it.wait(10)
    try:
        yield
    finally:
        let_go.set()
        holder.join()


@pytest.fixture
def hasty() -> Iterator[None]:
    """This test waits a fifth of a second for a lock, not several."""
    short, long = {
        "postgresql": ("SET lock_timeout = '200ms'", "RESET lock_timeout"),
        "sqlite": ("PRAGMA busy_timeout = 200", "PRAGMA busy_timeout = 10000"),
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(short)
    yield
    with connection.cursor() as cursor:
        cursor.execute(long)


def draft(client: Client, work_group: WorkGroup) -> str:
    """Say who comes. Returns the address at which "Book" is pressed."""
    client.post(reverse("booking_create", args=[work_group.slug]), {"who_0": "later", "who_1": "later"})
    return reverse("booking_place", args=[work_group.slug])


@pytest.mark.usefixtures("hasty")
def test_booking_place_while_the_group_is_locked_asks_to_try_again_and_books_once_then(log_in: LogIn) -> None:
    work_group, lead = create_work_group(), create_lead()
    client = log_in(lead)
    place, check = draft(client, work_group), reverse("booking_check", args=[work_group.slug])

    with held(work_group):
        busy = client.post(place, headers={"referer": f"http://testserver{check}"})
        nothing = Booking.objects.count(), Place.objects.count()
    back = client.get(check)
    again = [client.post(place)["Location"] for _ in range(2)]

    page = busy.content.decode()
    assert (busy.status_code, busy["Retry-After"], busy["Cache-Control"]) == (503, "5", "no-store")
    assert "Nothing has been lost and nothing booked: please try again." in page
    assert f'href="{check}"' in page
    assert (nothing, back.status_code) == ((0, 0), 200)
    assert again[0] == again[1] == f"{Booking.objects.get().get_absolute_url()}?new=1"
    assert list(violations()) == []


@pytest.mark.usefixtures("hasty")
def test_booking_withdraw_while_the_group_is_locked_changes_nothing(log_in: LogIn) -> None:
    work_group = create_work_group()
    booking = create_booking(work_group=work_group)
    client, address = log_in(booking.made_by), reverse("booking_withdraw", args=[booking.pk])

    with held(work_group):
        busy = client.post(address, {"reason": "other"}, headers={"referer": f"http://testserver{address}"})

    booking.refresh_from_db()
    assert (busy.status_code, booking.status, list(violations())) == (503, Status.CONFIRMED, [])
    assert f'href="{address}"' in busy.content.decode()


@pytest.mark.usefixtures("hasty")
def test_page_for_too_many_leads_back_to_no_other_site(log_in: LogIn) -> None:
    work_group = create_work_group()
    client = log_in(create_lead())
    place = draft(client, work_group)

    with held(work_group):
        busy = client.post(place, headers={"referer": "https://elsewhere.example/book"})

    page = busy.content.decode()
    assert (busy.status_code, "elsewhere" in page, f'href="{place}"' in page) == (503, False, False)
    assert f'href="{reverse("home")}"' in page


def test_lock_is_waited_for_a_few_seconds_only() -> None:
    asked = {"postgresql": "SHOW lock_timeout", "sqlite": "PRAGMA busy_timeout"}[connection.vendor]

    with connection.cursor() as cursor:
        cursor.execute(asked)
        (waits,) = cursor.fetchone()

    assert waits == {"postgresql": "4s", "sqlite": 10_000}[connection.vendor]


def test_database_that_fails_for_another_reason_is_not_called_busy() -> None:
    wrong = {
        "postgresql": "SET LOCAL statement_timeout = '20ms'; SELECT pg_sleep(5)",
        "sqlite": "SELECT * FROM no_such_table",
    }[connection.vendor]

    with pytest.raises(OperationalError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(wrong)

    assert why_not(refused.value) == ""


@contextmanager
def no_room() -> Iterator[None]:
    """A booking finds no room: SQLite may not grow, and PostgreSQL says what it says when the disk is full."""
    full = "CREATE TRIGGER full_disk BEFORE INSERT ON booking_booking"
    begin, end = {
        "postgresql": (
            [
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
                "'BEGIN RAISE EXCEPTION USING ERRCODE = ''53100''; END'",
                f"{full} FOR EACH ROW EXECUTE FUNCTION full_disk()",
            ],
            ["DROP FUNCTION full_disk CASCADE"],
        ),
        "sqlite": (
            [
                f"{full} BEGIN INSERT INTO django_session VALUES ('x', zeroblob(1000000), 0); END",
                "PRAGMA max_page_count = 1",
            ],
            ["PRAGMA max_page_count = 1073741823", "DROP TRIGGER full_disk"],
        ),
    }[connection.vendor]
    with connection.cursor() as cursor:
        for words in begin:
            cursor.execute(words)
        try:
            yield
        finally:
            for words in end:
                cursor.execute(words)


def test_booking_on_a_full_disk_is_refused_in_words_and_not_half_done(log_in: LogIn) -> None:
    group, lead = create_work_group(), create_lead()
    client = log_in(lead)
    place = draft(client, group)

    with no_room():
        full = client.post(place)

    assert (full.status_code, Booking.objects.count(), Place.objects.count()) == (503, 0, 0)
    assert "what you have just sent has not been kept" in full.content.decode()
    assert list(violations()) == []
