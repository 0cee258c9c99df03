"""Booking places: confirmed, held, waiting, offered; and what is refused."""

import uuid

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.colleagues import NewColleague
from accounts.models import Membership, User
from booking.actions import memberships, offers, places
from booking.models import Attendance, Booking, CalendarEntry, WorkGroup
from booking.models.places import Reason, Status
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_school,
    create_session,
    create_teacher,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)


def statuses(*bookings: Booking) -> list[str]:
    return [Booking.objects.get(pk=booking.pk).status for booking in bookings]


def test_book_confirms_at_once_and_expects_both_at_every_coming_session() -> None:
    work_group = create_work_group(sessions=3)
    create_session(work_group=work_group, days=-7, number=0)

    booking = create_booking(work_group=work_group, people=2)

    work_group.refresh_from_db()
    assert booking.status == Status.CONFIRMED
    assert (work_group.taken, work_group.taken_schools) == (2, 1)
    assert Attendance.objects.count() == 6
    assert CalendarEntry.objects.wanted().count() == 6


def test_book_with_a_name_to_follow_holds_the_place() -> None:
    work_group = create_work_group(sessions=2)
    lead = create_lead()
    kim = create_teacher(school=lead.memberships.get().school, name="Kim")

    booking = create_booking(work_group=work_group, people=[kim, None], by=lead)

    assert [place.person for place in booking.places.all()] == [kim, None]
    assert Attendance.objects.count() == 2


def test_name_place_puts_the_colleague_on_every_register() -> None:
    work_group = create_work_group(sessions=2)
    booking = create_booking(work_group=work_group, people=[None, None])
    place = booking.places.first()
    assert place is not None

    places.name_place(place=place, person=NewColleague("Sam Hill", "sam@school.example"), by=booking.made_by)

    sam = User.objects.get(email="sam@school.example")
    assert sam.memberships.get().state == Membership.State.INVITED
    assert Attendance.objects.of_person(sam).count() == 2


def test_book_when_full_waits_as_a_pair() -> None:
    work_group = create_work_group(capacity=3)

    booked, waiting = create_booking(work_group=work_group), create_booking(work_group=work_group)

    assert statuses(booked, waiting) == [Status.CONFIRMED, Status.WAITING]
    assert waiting.places.count() == 2


def test_book_behind_a_waiting_pair_never_overtakes() -> None:
    work_group = create_work_group(capacity=3)
    create_booking(work_group=work_group)
    pair = create_booking(work_group=work_group)

    single = create_booking(work_group=work_group, people=1)

    assert statuses(pair, single) == [Status.WAITING, Status.WAITING]
    assert single.turn > pair.turn


def test_withdraw_offers_the_places_to_the_pair_that_waited_longest() -> None:
    work_group = create_work_group(capacity=2)
    booked, first, second = [create_booking(work_group=work_group, people=2) for _ in range(3)]

    places.withdraw(booking=booked, by=booked.made_by, reason=Reason.COVER)

    assert statuses(booked, first, second) == [Status.WITHDRAWN, Status.OFFERED, Status.WAITING]
    work_group.refresh_from_db()
    assert (work_group.taken, work_group.taken_schools) == (2, 1)


def test_withdraw_empties_registers_and_takes_the_sessions_out_of_calendars() -> None:
    work_group = create_work_group(sessions=2)
    booking = create_booking(work_group=work_group, people=1)

    places.withdraw(booking=booking, by=booking.made_by, reason=Reason.OTHER)

    assert Attendance.objects.count() == 0
    assert [(entry.wanted, entry.sequence) for entry in CalendarEntry.objects.all()] == [("CANCEL", 1)] * 2


def test_accept_confirms_an_offer_and_decline_passes_it_on() -> None:
    work_group = create_work_group(capacity=2)
    booked, first, second = [create_booking(work_group=work_group, people=2) for _ in range(3)]
    places.withdraw(booking=booked, by=booked.made_by, reason=Reason.OTHER)

    offers.decline(booking=first, by=first.made_by)
    offers.accept(booking=second, by=second.made_by)

    assert statuses(first, second) == [Status.DECLINED, Status.CONFIRMED]
    assert Attendance.objects.count() == 2 * 3


def test_lapse_offers_passes_them_on_in_order() -> None:
    work_group = create_work_group(capacity=2)
    booked, first, second = [create_booking(work_group=work_group, people=2) for _ in range(3)]
    places.withdraw(booking=booked, by=booked.made_by, reason=Reason.OTHER)
    ends = Booking.objects.get(pk=first.pk).offer_ends_at
    assert ends is not None

    lapsed = offers.lapse_offers(now=ends)

    assert lapsed == 1
    assert statuses(first, second) == [Status.LAPSED, Status.OFFERED]


def test_book_by_a_lead_not_yet_confirmed_is_held_and_counts() -> None:
    work_group = create_work_group(capacity=2)
    lead = create_lead(state=Membership.State.REQUESTED)

    booking = create_booking(work_group=work_group, by=lead)

    work_group.refresh_from_db()
    assert booking.status == Status.HELD
    assert work_group.taken == 2
    assert Attendance.objects.count() == 0


def test_confirm_confirms_held_bookings_in_the_order_of_asking() -> None:
    lead, staff = create_lead(state=Membership.State.REQUESTED), create_hub_staff()
    first, second = [create_booking(work_group=create_work_group(), by=lead) for _ in range(2)]

    confirmed = memberships.confirm(membership=lead.memberships.get(), by=staff)

    assert confirmed == [first, second]
    assert statuses(first, second) == [Status.CONFIRMED, Status.CONFIRMED]
    assert Attendance.objects.count() == 2 * 2 * 3


def test_refuse_frees_held_places_for_who_waits() -> None:
    work_group = create_work_group(capacity=2)
    lead, staff = create_lead(state=Membership.State.REQUESTED), create_hub_staff()
    held, waiting = create_booking(work_group=work_group, by=lead), create_booking(work_group=work_group)

    memberships.refuse(membership=lead.memberships.get(), by=staff, reason="Not known at the school")

    assert statuses(held, waiting) == [Status.CANCELLED, Status.OFFERED]
    assert lead.memberships.get().state == Membership.State.ENDED


def test_book_twice_with_the_same_key_books_once() -> None:
    work_group, lead, key = create_work_group(), create_lead(), uuid.uuid4()

    first = create_booking(work_group=work_group, by=lead, people=[None, None], key=key)
    second = create_booking(work_group=work_group, by=lead, people=[None, None], key=key)

    assert first == second
    assert Booking.objects.count() == 1


def test_book_with_a_used_key_and_other_names_is_refused() -> None:
    work_group, lead, key = create_work_group(), create_lead(), uuid.uuid4()
    create_booking(work_group=work_group, by=lead, people=[None, None], key=key)

    with pytest.raises(ValidationError, match="already been made with other names"):
        create_booking(work_group=work_group, by=lead, people=[None], key=key)


@pytest.mark.parametrize(
    ("fields", "people", "words"),
    [
        ({"status": WorkGroup.Status.DRAFT}, 2, "has closed"),
        ({"status": WorkGroup.Status.CANCELLED}, 2, "has been called off"),
        ({"people_to": 1}, 2, "at most 1"),
        ({"people_from": 2}, 1, "at least 2"),
        ({"recruitment": WorkGroup.Recruitment.INVITATION}, 1, "invited schools"),
    ],
)
def test_book_what_the_group_does_not_take_is_refused(fields: dict[str, object], people: int, words: str) -> None:
    work_group = create_work_group(**fields)

    with pytest.raises(ValidationError, match=words):
        create_booking(work_group=work_group, people=people)

    assert Booking.objects.count() == 0


def test_book_the_same_person_twice_is_refused() -> None:
    lead = create_lead()
    kim = create_teacher(school=lead.memberships.get().school)

    with pytest.raises(ValidationError, match="the same person twice"):
        create_booking(work_group=create_work_group(), people=[kim, kim], by=lead)


def test_book_somebody_of_another_school_is_refused() -> None:
    stranger = create_teacher(school=create_school())

    with pytest.raises(ValidationError, match="no longer belongs to your school"):
        create_booking(work_group=create_work_group(), people=[stranger])


def test_book_a_second_time_for_the_school_is_refused() -> None:
    work_group, lead = create_work_group(), create_lead()
    create_booking(work_group=work_group, by=lead)

    with pytest.raises(ValidationError, match="already booked this group"):
        create_booking(work_group=work_group, by=lead)


def test_book_a_network_takes_one_meeting() -> None:
    work_group = create_work_group(unit=WorkGroup.Unit.SESSION, sessions=2, capacity=None)
    meeting = work_group.sessions.get(number=1)

    booking = create_booking(work_group=work_group, people=1, session=meeting)

    meeting.refresh_from_db()
    assert booking.session == meeting
    assert meeting.taken == 1
    assert Attendance.objects.count() == 1


def test_book_for_a_school_one_does_not_book_for_is_refused() -> None:
    work_group, stranger, teacher = create_work_group(), create_lead(), create_teacher(school=create_school())

    for person, school in ((stranger, create_school()), (teacher, teacher.memberships.get().school)):
        with pytest.raises(ValidationError, match="You do not book for this school"):
            create_booking(work_group=work_group, by=person, school=school, people=[None, None])

    assert not Booking.objects.exists()


def test_book_again_with_the_same_key_makes_no_second_person() -> None:
    work_group, lead, key = create_work_group(), create_lead(), uuid.uuid4()
    asked = [NewColleague("Kim Novak"), None]
    first = create_booking(work_group=work_group, by=lead, people=asked, key=key)

    again = create_booking(work_group=work_group, by=lead, people=asked, key=key)

    assert again == first
    assert User.objects.filter(name="Kim Novak").count() == 1


def test_book_somebody_typed_who_has_a_place_says_only_what_was_typed() -> None:
    work_group = create_work_group()
    known = create_teacher(school=create_school(), name="Real Name", email="kim@known.example")
    create_booking(work_group=work_group, people=[known, None], by=create_lead(school=known.memberships.get().school))

    with pytest.raises(ValidationError, match=r"^\['Kim already has a place in this group\.'\]$"):
        create_booking(work_group=work_group, by=create_lead(), people=[NewColleague("Kim", "KIM@known.example"), None])


@pytest.mark.parametrize(("kind", "refused"), [("only", "other"), ("not", "listed")])
def test_book_obeys_the_list_of_schools(kind: str, refused: str) -> None:
    work_group = create_work_group(lists_schools=True)
    leads = {"listed": create_lead(), "other": create_lead()}
    work_group.school_rules.create(school=leads["listed"].memberships.get().school, kind=kind)

    with pytest.raises(ValidationError, match="not open to your school this year"):
        create_booking(work_group=work_group, by=leads.pop(refused))

    (welcome,) = leads.values()
    assert create_booking(work_group=work_group, by=welcome).status == Status.CONFIRMED


def test_booking_check_asks_again_when_somebody_chosen_has_left() -> None:
    work_group, lead = create_work_group(), create_lead()
    teacher = create_teacher(school=lead.memberships.get().school)
    client = Client()
    client.force_login(lead)
    create, check = (reverse(name, args=[work_group.slug]) for name in ("booking_create", "booking_check"))
    client.post(create, {"who_0": teacher.pk, "who_1": "later"})
    before = client.get(check)

    membership = teacher.memberships.get()
    membership.end(timezone.now())

    assert (before.status_code, teacher.name in before.content.decode()) == (200, True)
    assert client.get(check)["Location"] == create
