"""What happened to a booking, on its page: who and for when, by ids alone, and nothing of other schools."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import HistoryLine, User
from booking.actions import answers, catchups, places, programme, swaps
from booking.changing import SessionPlan
from booking.models import Attendance, Session
from booking.models.places import Reason
from booking.reports import happened
from booking.reports.people import attendance_of_booking
from booking.templatetags.words import act, day_short
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_session,
    create_teacher,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)


class Oakfield:
    """Kim and a name to follow, in a group that another school has booked too."""

    def __init__(self) -> None:
        self.staff, self.lead = create_hub_staff(name="Olive Office"), create_lead(name="Lena Marsh")
        self.school = self.lead.memberships.get().school
        self.kim = create_teacher(school=self.school, name="Kim Patel")
        self.ann = create_teacher(school=self.school, name="Ann Lee")
        self.group = create_work_group(sessions=3, title="Ratio")
        self.booking = create_booking(work_group=self.group, by=self.lead, people=[self.kim, None])
        self.other = create_booking(work_group=self.group, people=1)

    def session(self, number: int = 1) -> Session:
        return self.group.sessions.get(number=number)

    def on(self, number: int = 1) -> str:
        return day_short(self.session(number).starts_at)

    def told(self) -> list[str]:
        """The newest first, without the booking itself."""
        sessions = attendance_of_booking(self.booking)
        found = happened.of_booking(self.booking, sessions, list(self.booking.places.select_related("person")))
        return [": ".join([act(one.line), *one.things]) for one in found.acts()][:-1]


def test_named_colleague_and_who_had_the_place_before_are_named() -> None:
    oakfield = Oakfield()
    places.name_place(place=oakfield.booking.places.get(person=None), person=oakfield.ann, by=oakfield.lead)
    new = create_teacher(school=oakfield.school, name="Omar Said")
    swaps.take_over(place=oakfield.booking.places.get(person=oakfield.ann), to=new.pk, by=oakfield.lead)

    assert oakfield.told() == [
        "Named a colleague: Omar Said, in place of Ann Lee",
        "Named a colleague: Ann Lee",
    ]


def test_stand_in_is_named_with_the_days() -> None:
    oakfield = Oakfield()
    place = oakfield.booking.places.get(person=oakfield.kim)
    both = [oakfield.session(1).pk, oakfield.session(2).pk]
    swaps.send(place=place, sessions=both, to=oakfield.ann.pk, by=oakfield.lead)
    swaps.come_after_all(place=place, session=oakfield.session(2), by=oakfield.lead)

    assert oakfield.told() == [
        f"Comes after all: Ann Lee and Kim Patel, {oakfield.on(2)}",
        f"Somebody else comes instead: Ann Lee, in place of Kim Patel, {oakfield.on(1)} and {oakfield.on(2)}",
    ]


def test_stand_in_is_on_the_page_of_the_booking_with_who_sent_them(client: Client) -> None:
    oakfield = Oakfield()
    place = oakfield.booking.places.get(person=oakfield.kim)
    swaps.send(place=place, sessions=[oakfield.session(1).pk], to=oakfield.ann.pk, by=oakfield.lead)
    client.force_login(oakfield.lead)

    page = client.get(reverse("booking_detail", args=[oakfield.booking.pk])).content.decode()

    comers = [[(one.row.person, one.instead_of) for one in some] for _, some in attendance_of_booking(oakfield.booking)]
    assert comers == [[(oakfield.ann, oakfield.kim)], [(oakfield.kim, None)], [(oakfield.kim, None)]]
    assert page.count("instead of Kim Patel") == 1


def test_session_moved_or_cancelled_is_told_as_it_now_stands() -> None:
    oakfield = Oakfield()
    session = oakfield.session()
    assert session.starts_at is not None
    assert session.ends_at is not None
    later = timedelta(days=1)
    plan = replace(SessionPlan.of(session), starts_at=session.starts_at + later, ends_at=session.ends_at + later)
    before = oakfield.on(1)
    programme.change_session(session=session, plan=plan, by=oakfield.staff, reason="Hall is taken")
    programme.cancel_session(session=oakfield.session(2), reason="Snow", by=oakfield.staff)

    assert oakfield.told() == [
        f"Session cancelled: session 2, {oakfield.on(2)}",
        f"Session changed: session 1, {oakfield.on(1)}, it was {before}",
    ]


def test_apologies_catch_up_and_nobody_comes_are_told_of_the_bookings_own_people() -> None:
    oakfield = Oakfield()
    beside = create_work_group(sessions=0, parallel_to=oakfield.group, title="Ratio, Tuesdays")
    elsewhere = create_session(work_group=beside, days=16)
    stranger = oakfield.other.places.get().person
    assert stranger is not None
    cannot = {"answer": "cannot", "session": oakfield.session()}
    answers.answer(person=oakfield.kim, by=oakfield.kim, **cannot)  # type: ignore[arg-type]  # mixed
    answers.answer(person=stranger, by=stranger, **cannot)  # type: ignore[arg-type]  # mixed
    row = Attendance.objects.get(session=oakfield.session(), person=oakfield.kim)
    catchups.catch_up_at(row=row, session=elsewhere, by=oakfield.kim)
    away = timezone.localdate(oakfield.session(3).starts_at)
    swaps.nobody_comes(school=oakfield.school, days=[away], reason=Reason.INSPECTION, by=oakfield.lead)

    assert oakfield.told() == [
        f"Nobody can come that day: Kim Patel, {oakfield.on(3)}",
        f"Catches up with another group: Kim Patel, for {oakfield.on()}, at Ratio, Tuesdays, "
        f"{day_short(elsewhere.starts_at)}",
        f"Answered the invitation: Kim Patel, can’t come, {oakfield.on()}",
    ]


def test_answer_kept_before_it_held_anybody_is_told_by_who_gave_it() -> None:
    oakfield = Oakfield()
    answers.answer(person=oakfield.kim, session=oakfield.session(), answer="cannot", by=oakfield.kim)
    line = HistoryLine.objects.get(verb="answered")
    line.details = {"session": oakfield.session().pk, "answer": "cannot"}
    line.save()

    assert oakfield.told() == [f"Answered the invitation: Kim Patel, can’t come, {oakfield.on()}"]


def test_what_somebody_does_for_another_school_by_now_is_not_told() -> None:
    oakfield = Oakfield()
    swaps.take_over(place=oakfield.booking.places.get(person=oakfield.kim), to=oakfield.ann.pk, by=oakfield.lead)
    create_booking(work_group=oakfield.group, people=[oakfield.kim], by=moved_lead(oakfield.kim))
    answers.answer(person=oakfield.kim, session=oakfield.session(), answer="cannot", by=oakfield.kim)

    assert oakfield.told() == ["Named a colleague: Ann Lee, in place of Kim Patel"]


def moved_lead(person: User) -> User:
    """Somebody who books for the school to which a person has moved."""
    lead = create_lead()
    person.memberships.all().delete()
    person.memberships.create(school=lead.memberships.get().school, state="active")
    return lead


def test_history_holds_no_names_and_the_page_shows_them(log_in: Callable[[User], Client]) -> None:
    oakfield = Oakfield()
    place = oakfield.booking.places.get(person=None)
    places.name_place(place=place, person=oakfield.ann, by=oakfield.lead)
    User.objects.filter(pk=oakfield.ann.pk).update(name="Ann Lee-Ward")

    page = " ".join(log_in(oakfield.lead).get(oakfield.booking.get_absolute_url()).content.decode().split())

    assert "Named a colleague: Ann Lee-Ward · Lena Marsh" in page
    assert [line for line in HistoryLine.objects.all() if "Ann" in f"{line.details} {line.reason}"] == []


def test_colleague_who_has_not_said_yes_is_named_as_the_school_typed(log_in: Callable[[User], Client]) -> None:
    oakfield = Oakfield()
    place = oakfield.booking.places.get(person=None)
    oakfield.ann.memberships.update(typed_name="A. Lee", state="invited")
    places.name_place(place=place, person=oakfield.ann, by=oakfield.lead)

    page = " ".join(log_in(oakfield.lead).get(oakfield.booking.get_absolute_url()).content.decode().split())

    assert "Named a colleague: A. Lee · Lena Marsh" in page
    assert "Ann Lee" not in page
