"""People not on the list: found or added when they come, and sorted out without losing the mark."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.colleagues import NewColleague
from accounts.models import HistoryLine, Membership, User
from booking.actions import people, registers, visitors
from booking.expectations import expect_leads
from booking.integrity import violations
from booking.models import Attendance, Booking, Mark, Session
from booking.reports.todo import sessions as todo
from booking.reports.visitors import known_people, ways
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_school,
    create_session,
    create_teacher,
    create_user,
    create_work_group,
    mark_register,
)

pytestmark = pytest.mark.django_db(transaction=True)


class World:
    """A session that has begun: Oakfield has booked for Kim and a name to follow; Jo of Oakfield is in the room."""

    def __init__(self) -> None:
        self.staff, self.fran = create_hub_staff(), create_user(name="Fran Lead")
        self.lead = create_lead(name="Lena Marsh", school=create_school(name="Oakfield Primary"))
        self.school = self.lead.memberships.get().school
        self.kim = create_teacher(school=self.school, name="Kim Lee")
        self.jo = create_teacher(school=self.school, name="Jo Bell")
        self.work_group = create_work_group(sessions=0, leads=[self.fran])
        self.session = create_session(work_group=self.work_group, days=1)
        create_session(work_group=self.work_group, days=30, number=2)
        self.booking = create_booking(work_group=self.work_group, by=self.lead, people=[self.kim, None])
        start = timezone.now() - timedelta(minutes=5)
        Session.objects.filter(pk=self.session.pk).update(starts_at=start, ends_at=start + timedelta(hours=2))
        self.session.refresh_from_db()
        expect_leads(self.work_group, now=timezone.now())

    def add_jo(self) -> Attendance:
        return visitors.add(session=self.session, person=self.jo.pk, school=self.school, by=self.fran)

    def row(self, person: User) -> Attendance:
        return Attendance.objects.select_related("standing_mark").get(session=self.session, person=person)

    def what(self, person: User) -> str | None:
        mark = self.row(person).standing_mark
        return mark.what if mark else None


# Finding and adding


def test_known_people_wants_three_letters_and_shows_only_that_school() -> None:
    world = World()
    create_teacher(school=create_school(), name="Jo Bellamy")
    Membership.objects.filter(person=world.kim).update(ended_at=timezone.now(), state="ended")

    found = [
        [one.name for one in known_people(typed, world.school, world.session)]
        for typed in ("jo", "jo b", "BELL", "bell jo", "kim", "bella")
    ]

    assert found == [[], ["Jo Bell"], ["Jo Bell"], ["Jo Bell"], [], []]


def test_known_people_are_called_as_their_school_typed_them_until_they_say_yes() -> None:
    world = World()
    Membership.objects.filter(person=world.jo).update(state="invited", typed_name="Jojo Belle")

    found = [[one.name for one in known_people(typed, world.school, world.session)] for typed in ("bell", "jojo")]

    assert found == [["Jojo Belle"], ["Jojo Belle"]]


def test_add_finds_who_is_known_before_it_makes_somebody_new(log_in: Callable[[User], Client]) -> None:
    world = World()
    client, page = log_in(world.fran), f"/sessions/{world.session.pk}/register/add/"

    asked = client.post(page, {"name": "Jo Bell", "school": "Oakfield Primary"})
    assert (asked.status_code, Attendance.objects.to_sort_out().count()) == (200, 0)
    client.post(page, {"name": "Jo Bell", "school": "Oakfield Primary", "person": world.jo.pk})

    row = world.row(world.jo)
    assert (row.place, row.school, world.what(world.jo)) == (None, world.school, "present")


def test_add_as_somebody_new_all_the_same(log_in: Callable[[User], Client]) -> None:
    world = World()
    client, page = log_in(world.fran), f"/sessions/{world.session.pk}/register/add/"

    client.post(page, {"name": "Jo Bell", "school": "Oakfield Primary", "new": "1"})

    row = Attendance.objects.to_sort_out().get()
    assert (row.person.name, row.person == world.jo) == ("Jo Bell", False)


def test_add_asks_which_school_where_the_words_fit_several(log_in: Callable[[User], Client]) -> None:
    world = World()
    create_school(name="Oakfield Juniors")
    client, page = log_in(world.fran), f"/sessions/{world.session.pk}/register/add/"

    answer = client.post(page, {"name": "Jo Bell", "school": "Oakfield"})
    part = client.get(page, {"name": "Jo Bell", "school": "Oakfield"}, headers={"HX-Target": "found"})

    assert (answer.status_code, Attendance.objects.to_sort_out().count()) == (422, 0)
    assert [name in part.content.decode() for name in ("Oakfield Juniors", "Oakfield Primary", "<html")] == [
        True,
        True,
        False,
    ]


def test_add_somebody_who_is_on_the_register_is_refused_by_the_name_that_was_typed() -> None:
    world = World()
    someone = NewColleague("Jimmy", world.kim.email or "")

    with pytest.raises(ValidationError, match="Jimmy is on the register already"):
        visitors.add(session=world.session, person=someone, school=world.school, by=world.fran)


def test_add_somebody_of_another_school_is_refused() -> None:
    world = World()
    stranger = create_teacher(school=create_school())

    with pytest.raises(ValidationError, match="do not belong to this school"):
        visitors.add(session=world.session, person=stranger.pk, school=world.school, by=world.fran)


def test_add_after_the_lock_says_why(log_in: Callable[[User], Client]) -> None:
    world = World()
    mark_register(session=world.session, marks={world.row(world.kim).pk: "present"}, by=world.fran)
    registers.sign(session=world.session, by=world.fran)
    Session.objects.filter(pk=world.session.pk).update(signed_at=timezone.now() - timedelta(days=10))
    Mark.objects.update(received_at=timezone.now() - timedelta(days=11))
    client, page = log_in(world.fran), f"/sessions/{world.session.pk}/register/add/"
    said = {"name": "Jo Bell", "school": "Oakfield Primary", "person": world.jo.pk}

    assert client.post(page, said).status_code == 422
    client.post(page, said | {"amendment": "Her name was on the paper sheet"})

    assert world.row(world.jo).marks.get().amendment == "Her name was on the paper sheet"
    assert HistoryLine.objects.filter(verb="register_amended").count() == 1
    assert list(violations()) == []


# Sorting out


def test_came_instead_makes_them_a_substitute_of_that_place() -> None:
    world = World()
    row = world.add_jo()
    kims = world.row(world.kim)

    visitors.came_instead(row=row, of=kims, by=world.staff)

    assert (world.what(world.kim), world.what(world.jo)) == ("substitute", "present")
    assert world.row(world.jo).place == kims.place
    assert Attendance.objects.to_sort_out().count() == 0
    assert list(violations()) == []


def test_came_instead_of_who_came_or_of_another_school_is_refused() -> None:
    world = World()
    row = world.add_jo()
    other = create_booking(work_group=world.work_group, people=1)
    elsewhere = Attendance.objects.create(
        session=world.session, person=other.places.get().person, place=other.places.get(), school=other.school
    )

    with pytest.raises(ValidationError, match="same school"):
        visitors.came_instead(row=row, of=elsewhere, by=world.staff)
    mark_register(session=world.session, marks={world.row(world.kim).pk: "late"}, by=world.fran)
    with pytest.raises(ValidationError, match="Kim Lee came themselves"):
        visitors.came_instead(row=row, of=world.row(world.kim), by=world.staff)

    assert Attendance.objects.to_sort_out().get() == row


def test_belongs_to_a_place_whose_name_was_to_follow_and_comes_from_now_on() -> None:
    world = World()
    row = world.add_jo()
    place = world.booking.places.get(person=None)

    visitors.belongs_to(row=row, place=place, by=world.staff)

    place.refresh_from_db()
    assert (place.person, world.row(world.jo).place, world.what(world.jo)) == (world.jo, place, "present")
    assert Attendance.objects.filter(person=world.jo, session__number=2, place=place).count() == 1
    assert list(violations()) == []


def test_belongs_to_the_place_they_have_by_now() -> None:
    world = World()
    newcomer = create_lead(name="Ann Ash")
    school = newcomer.memberships.get().school
    row = visitors.add(session=world.session, person=newcomer.pk, school=school, by=world.fran)
    booking = create_booking(work_group=world.work_group, by=newcomer, people=[newcomer])

    visitors.belongs_to(row=row, place=booking.places.get(), by=world.staff)

    assert world.row(newcomer).place == booking.places.get()
    assert list(violations()) == []


def test_belongs_to_somebody_elses_place_is_refused() -> None:
    world = World()
    row = world.add_jo()
    other = create_booking(work_group=world.work_group, people=1)

    with pytest.raises(ValidationError, match="Somebody else has this place"):
        visitors.belongs_to(row=row, place=world.booking.places.get(person=world.kim), by=world.staff)
    with pytest.raises(ValidationError, match="of their school in this group"):
        visitors.belongs_to(row=row, place=other.places.get(), by=world.staff)


def test_leave_keeps_them_as_a_visitor_and_off_the_list_to_sort_out() -> None:
    world = World()
    row = world.add_jo()

    visitors.leave(row=row, by=world.staff)

    assert (Attendance.objects.to_sort_out().count(), Attendance.objects.off_the_list().get()) == (0, row)
    with pytest.raises(ValidationError, match="sorted out already"):
        visitors.leave(row=row, by=world.staff)
    line = HistoryLine.objects.get(verb="visitor_sorted")
    assert line.details == {"session": world.session.pk, "how": "visitor", "of": None, "people": [world.jo.pk]}


def test_sorting_out_waits_until_the_session_has_begun() -> None:
    world = World()
    row = world.add_jo()
    soon = timezone.now() + timedelta(minutes=30)
    Session.objects.filter(pk=world.session.pk).update(starts_at=soon, ends_at=soon + timedelta(hours=1))

    with pytest.raises(ValidationError, match="once the session has begun"):
        visitors.leave(row=row, by=world.staff)


def test_merge_with_who_was_expected_keeps_the_mark_and_the_place() -> None:
    world = World()
    twice = create_teacher(school=world.school, name="Kimberley Lee")
    visitors.add(session=world.session, person=twice.pk, school=world.school, by=world.fran)
    kims = world.row(world.kim)

    people.merge(keep=world.kim, gone=twice, by=world.staff)

    assert (world.what(world.kim), world.row(world.kim).place) == ("present", kims.place)
    assert Attendance.objects.to_sort_out().count() == 0
    assert list(violations()) == []


def test_merge_of_who_was_expected_into_who_came_keeps_the_place_too() -> None:
    world = World()
    stays = create_teacher(school=world.school, name="Kimberley Lee")
    visitors.add(session=world.session, person=stays.pk, school=world.school, by=world.fran)
    place = world.row(world.kim).place

    people.merge(keep=stays, gone=world.kim, by=world.staff)

    assert (world.what(stays), world.row(stays).place) == ("present", place)
    assert Attendance.objects.to_sort_out().count() == 0
    assert list(violations()) == []


def test_ways_offer_what_fits_and_nothing_else() -> None:
    world = World()
    row = world.add_jo()
    namesake = create_teacher(school=world.school, name="Joanna Bell")
    create_booking(work_group=world.work_group, people=[None])

    found = ways(Attendance.objects.select_related("session__work_group", "person", "school").get(pk=row.pk))

    assert [one.person for one in found.stead_of] == [world.kim]
    assert [(one.booking.school, one.person) for one in found.places] == [(world.school, None)]
    assert found.same == [namesake]


def test_office_visitor_page_sorts_out_and_today_counts(log_in: Callable[[User], Client]) -> None:
    world = World()
    row = world.add_jo()
    client, page = log_in(world.staff), f"/office/visitors/{row.pk}/"

    counted = todo.visitors(timezone.now(), 5).total
    home, listed, shown = client.get("/office/"), client.get("/office/visitors/"), client.get(page)
    client.post(page, {"how": "instead", "of": world.row(world.kim).pk})

    assert (counted, todo.visitors(timezone.now(), 5).total) == (1, 0)
    assert b"1 person to sort out" in home.content
    assert [b"Jo Bell" in one.content for one in (listed, shown)] == [True, True]
    assert world.what(world.kim) == "substitute"


def test_office_visitor_page_of_a_booking_made_meanwhile(log_in: Callable[[User], Client]) -> None:
    world = World()
    row = world.add_jo()
    place = Booking.objects.get().places.get(person=None)
    client, page = log_in(world.staff), f"/office/visitors/{row.pk}/"

    refused = client.post(page, {"how": "instead", "of": "999999"})
    client.post(page, {"how": "place", "of": place.pk})
    again = client.post(page, {"how": "visitor"})

    assert (refused.status_code, again.status_code, world.row(world.jo).place) == (404, 404, place)
