"""What is refused when somebody books or takes places: a sentence that says what to do, and nothing half done."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import HistoryLine, User
from booking.actions import offers, places
from booking.asking import Given
from booking.integrity import violations
from booking.models import Answer, Attendance, Booking, Place, Session, WorkGroup
from booking.models.places import Reason, Status
from tests.factories import create_booking, create_lead, create_question, create_session, create_work_group

pytestmark = pytest.mark.django_db(transaction=True)

LogIn = Callable[[User], Client]


def written() -> tuple[int, ...]:
    """How many rows of all that a booking writes there are."""
    return tuple(model.objects.count() for model in (Booking, Place, Attendance, Answer, HistoryLine))


def offered() -> Booking:
    """A booking whose school has been offered the places of another."""
    work_group = create_work_group(capacity=2)
    booked, waiting = [create_booking(work_group=work_group) for _ in range(2)]
    places.withdraw(booking=booked, reason=Reason.OTHER, by=booked.made_by)
    return Booking.objects.get(pk=waiting.pk)


@pytest.mark.parametrize(
    ("fields", "people", "words"),
    [
        ({"closes_at": datetime(2020, 3, 1, 9, tzinfo=UTC)}, 1, r"has closed\. Please ask the hub"),
        ({"opens_at": datetime(2100, 3, 1, 9, tzinfo=UTC)}, 1, "Booking opens on 1 March 2100"),
        ({"capacity": 0, "people_to": 3}, 4, "at most 3 people from a school"),
    ],
)
def test_book_out_of_time_or_too_many_is_refused(fields: dict[str, Any], people: int, words: str) -> None:
    work_group, lead = create_work_group(**fields), create_lead()
    before = written()

    with pytest.raises(ValidationError, match=words):
        create_booking(work_group=work_group, by=lead, people=[None] * people)

    work_group.refresh_from_db()
    assert (written(), work_group.taken, work_group.waiting) == (before, 0, 0)


def test_book_as_many_as_a_school_may_send_when_all_is_full_waits_together() -> None:
    work_group = create_work_group(capacity=3, people_to=3)
    create_booking(work_group=work_group, people=3)

    booking = create_booking(work_group=work_group, people=3)

    work_group.refresh_from_db()
    assert (booking.status, booking.places.count()) == (Status.WAITING, 3)
    assert (work_group.taken, work_group.waiting, list(violations())) == (3, 1, [])


def test_book_a_meeting_that_has_begun_is_refused() -> None:
    network, lead = create_work_group(unit="session", sessions=1), create_lead()
    begun = create_session(work_group=network, days=-1, number=0)
    before = written()

    with pytest.raises(ValidationError, match="This meeting has already begun"):
        create_booking(work_group=network, by=lead, people=[None], session=begun)

    assert (written(), list(violations())) == (before, [])


def test_book_a_meeting_that_is_called_off_or_of_another_group_is_refused() -> None:
    network, lead = create_work_group(unit="session", sessions=1), create_lead()
    strange = create_work_group(unit="session", sessions=1).sessions.get()
    off = create_session(work_group=network, days=20, number=2, status=Session.Status.CANCELLED)
    before = written()

    for session in (strange, off):
        with pytest.raises(ValidationError, match="This meeting is not going ahead"):
            create_booking(work_group=network, by=lead, people=[None], session=session)

    assert (written(), list(violations())) == (before, [])


def test_book_a_series_that_is_over_is_refused() -> None:
    work_group, lead = create_work_group(sessions=0), create_lead()
    create_session(work_group=work_group, days=-3)
    before = written()

    with pytest.raises(ValidationError, match="All sessions of this group are over"):
        create_booking(work_group=work_group, by=lead, people=[None])

    assert (written(), list(violations())) == (before, [])


def test_booking_place_that_is_refused_says_why_and_keeps_what_was_typed(log_in: LogIn) -> None:
    work_group, lead = create_work_group(), create_lead()
    client = log_in(lead)
    client.post(reverse("booking_create", args=[work_group.slug]), {"who_0": "later", "who_1": "nobody"})
    WorkGroup.objects.filter(pk=work_group.pk).update(closes_at=timezone.now())

    answer = client.post(reverse("booking_place", args=[work_group.slug]), follow=True)

    page = answer.content.decode()
    words = f"This could not be booked. Booking for {work_group.title} has closed. Please ask the hub."
    assert (words in page, "Name to follow" in page, Booking.objects.count()) == (True, True, 0)


@pytest.mark.parametrize("act", [offers.accept, offers.decline])
def test_offer_that_has_run_out_is_neither_taken_nor_declined(act: Callable[..., Booking]) -> None:
    booking = offered()
    Booking.objects.filter(pk=booking.pk).update(offer_ends_at=timezone.now() - timedelta(seconds=1))
    before = written()

    with pytest.raises(ValidationError, match=r"has run out\. Please ask the hub"):
        act(booking=booking, by=booking.made_by)

    booking.refresh_from_db()
    assert (written(), booking.status, list(violations())) == (before, Status.OFFERED, [])


def test_offer_taken_twice_is_taken_once() -> None:
    booking = offered()
    offers.accept(booking=booking, by=booking.made_by)
    before = written()

    with pytest.raises(ValidationError, match="You have already taken these places"):
        offers.accept(booking=booking, by=booking.made_by)

    booking.refresh_from_db()
    assert (written(), booking.status, list(violations())) == (before, Status.CONFIRMED, [])


def test_offer_declined_before_is_not_taken() -> None:
    booking = offered()
    offers.decline(booking=booking, by=booking.made_by)
    before = written()

    for act in (offers.accept, offers.decline):
        with pytest.raises(ValidationError, match="no longer on offer"):
            act(booking=booking, by=booking.made_by)

    booking.refresh_from_db()
    assert (written(), booking.status, list(violations())) == (before, Status.DECLINED, [])


@pytest.mark.parametrize(
    "other",
    [
        {"people": [None]},
        {"cover_email": "cover@school.example"},
        {"head_email": "head@school.example"},
        {"answers": {None: [Given(1, "Year 5")]}},
        {"answers": {0: [Given(1, "Year 4")]}},
        {"answers": {}},
        {"note": "Rang at nine"},
    ],
)
def test_book_with_a_used_key_and_anything_else_asked_is_refused(other: dict[str, Any]) -> None:
    work_group, lead, key = create_work_group(), create_lead(), uuid.uuid4()
    create_question(project=work_group.project, of="booking")
    first: dict[str, Any] = {"people": [None, None], "answers": {None: [Given(1, "Year 4")]}}
    made = create_booking(work_group=work_group, by=lead, key=key, **first)
    before = written()

    with pytest.raises(ValidationError, match="already been made with other names or answers"):
        create_booking(work_group=work_group, by=lead, key=key, **first | other)

    assert create_booking(work_group=work_group, by=lead, key=key, **first) == made
    assert (written(), list(violations())) == (before, [])


def test_booking_create_asks_for_as_many_colleagues_as_the_group_takes(log_in: LogIn) -> None:
    work_group = create_work_group(people_to=12)

    page = log_in(create_lead()).get(reverse("booking_create", args=[work_group.slug])).content.decode()

    words = ["First", "Eighth", "Ninth", "Twelfth", "Thirteenth"]
    assert [word for word in words if f"{word} colleague" in page] == words[:4]
