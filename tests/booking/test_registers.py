"""Marking, correcting and signing a register; answering for oneself."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.colleagues import NewColleague
from accounts.models import User
from booking.actions import answers, registers, visitors
from booking.marking import Said
from booking.models import Attendance, CalendarEntry, Mark, Session
from booking.taking import Tap
from tests.factories import create_booking, create_school, create_session, create_user, create_work_group, mark_register

pytestmark = pytest.mark.django_db(transaction=True)


def session_now(*, people: int = 2) -> tuple[Session, list[Attendance], User]:
    """A session that has just begun, with its register and who leads it."""
    lead = create_user(name="Fran Lead")
    work_group = create_work_group(sessions=0, leads=[lead])
    session = create_session(work_group=work_group, days=1)
    create_booking(work_group=work_group, people=people)
    start = timezone.now() - timedelta(minutes=5)
    Session.objects.filter(pk=session.pk).update(starts_at=start, ends_at=start + timedelta(hours=2))
    session.refresh_from_db()
    return session, list(Attendance.objects.of_session(session)), lead


def standing(row: Attendance) -> str | None:
    row = Attendance.objects.select_related("standing_mark").get(pk=row.pk)
    return row.standing_mark.what if row.standing_mark else None


def test_mark_keeps_every_mark_and_the_last_one_stands() -> None:
    session, [kim, _], lead = session_now()

    mark_register(session=session, marks={kim.pk: "present"}, by=lead)
    mark_register(session=session, marks={kim.pk: "late"}, by=lead)

    first, second = Mark.objects.all()
    assert standing(kim) == "late"
    assert second.replaces == first


def test_mark_again_what_stands_adds_nothing() -> None:
    session, [kim, _], lead = session_now()
    mark_register(session=session, marks={kim.pk: "present"}, by=lead)

    made = mark_register(session=session, marks={kim.pk: "present"}, by=lead)

    assert made == 0
    assert Mark.objects.count() == 1


def test_mark_rest_present_never_touches_apologies() -> None:
    session, [kim, sam], lead = session_now()
    mark_register(session=session, marks={kim.pk: "apologies"}, by=lead)

    registers.mark(session=session, taps=[], by=lead, rest=True)

    assert [standing(kim), standing(sam)] == ["apologies", "present"]


def test_mark_with_the_rest_is_one_act_and_marks_nobody_when_one_is_refused() -> None:
    session, [kim, _], lead = session_now()

    with pytest.raises(ValidationError, match="Minutes are for"):
        registers.mark(session=session, taps=[Tap(kim.pk, Said("present", 5))], by=lead, rest=True)

    assert Mark.objects.count() == 0


def test_mark_somebody_of_another_register_marks_nobody() -> None:
    session, [kim, _], lead = session_now()
    _, [stranger, _], _ = session_now()

    with pytest.raises(ValidationError, match="no longer on this register"):
        mark_register(session=session, marks={kim.pk: "present", stranger.pk: "present"}, by=lead)

    assert Mark.objects.count() == 0


def test_mark_days_before_the_session_is_refused() -> None:
    lead = create_user()
    work_group = create_work_group(sessions=1, leads=[lead])
    create_booking(work_group=work_group, people=1)
    row = Attendance.objects.get()

    with pytest.raises(ValidationError, match="opens two hours before"):
        mark_register(session=row.session, marks={row.pk: "present"}, by=lead)


def test_sign_wants_everybody_marked() -> None:
    session, [kim, sam], lead = session_now()
    mark_register(session=session, marks={kim.pk: "present"}, by=lead)

    with pytest.raises(ValidationError, match="1 person is still to mark"):
        registers.sign(session=session, by=lead)
    mark_register(session=session, marks={sam.pk: "absent"}, by=lead)
    registers.sign(session=session, by=lead)

    session.refresh_from_db()
    assert session.signed_by == lead


def test_mark_after_the_lock_asks_for_a_reason() -> None:
    session, [kim, sam], lead = session_now()
    mark_register(session=session, marks={kim.pk: "present", sam.pk: "absent"}, by=lead)
    registers.sign(session=session, by=lead)
    Session.objects.filter(pk=session.pk).update(signed_at=timezone.now() - timedelta(days=10))

    with pytest.raises(ValidationError, match="Say why"):
        mark_register(session=session, marks={sam.pk: "late"}, by=lead)
    mark_register(session=session, marks={sam.pk: "late"}, by=lead, reason="Came at half past; seen by the host")

    assert standing(sam) == "late"


def test_add_person_not_on_the_list_marks_them_present() -> None:
    session, _, lead = session_now()

    row = visitors.add(session=session, person=NewColleague("Jo March"), school=create_school(), by=lead)

    assert (row.place, standing(row)) == (None, "present")


def test_answer_cannot_come_sends_apologies_and_keeps_the_place() -> None:
    work_group = create_work_group(sessions=1)
    booking = create_booking(work_group=work_group, people=1)
    row = Attendance.objects.get()

    answers.answer(person=row.person, session=row.session, answer=answers.CANNOT, by=row.person)

    assert standing(row) == "apologies"
    assert booking.places.live().count() == 1


def test_answer_coming_after_all_takes_the_apologies_back() -> None:
    create_booking(work_group=create_work_group(sessions=1), people=1)
    row = Attendance.objects.get()
    answers.answer(person=row.person, session=row.session, answer=answers.CANNOT, by=row.person)

    answers.answer(person=row.person, session=row.session, answer=answers.COMING, by=row.person)

    assert standing(row) is None
    assert CalendarEntry.objects.get(person=row.person).answer == answers.COMING


def test_answer_for_a_session_one_is_not_expected_at_is_refused() -> None:
    session = create_work_group(sessions=1).sessions.get()

    with pytest.raises(ValidationError, match="not expected"):
        answers.answer(person=create_user(), session=session, answer=answers.CANNOT, by=create_user())
