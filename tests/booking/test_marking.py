"""What stands follows from all marks of a person's line, in whatever order phones have sent them."""

import itertools
import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from booking.actions import registers
from booking.expectations import session_called_off, stand_back, stand_in
from booking.integrity import violations
from booking.marking import Said, standing_of
from booking.models import Attendance, Mark
from booking.taking import Tap
from tests.booking.test_registers import session_now
from tests.factories import create_user, mark_register

AT = timezone.now()


def a_mark(pk: int, what: str, *, replaces: int | None = None, settled_by: int | None = None) -> Mark:
    return Mark(
        pk=pk,
        device_id=uuid.UUID(int=pk),
        what=what,
        at=AT + timedelta(minutes=pk),
        replaces_id=replaces,
        settled_by_id=settled_by,
    )


@given(data=st.data())
def test_standing_of_does_not_depend_on_the_order_in_which_marks_came(data: st.DataObject) -> None:
    marks: list[Mark] = []
    for pk in range(1, data.draw(st.integers(1, 7)) + 1):
        what = data.draw(st.sampled_from(["present", "late", "absent", "cleared"]))
        marks.append(a_mark(pk, what, replaces=data.draw(st.sampled_from([None, *range(1, pk)]))))

    shuffled = data.draw(st.permutations(marks))

    assert standing_of(shuffled) == standing_of(marks)


def test_standing_of_two_that_differ_is_what_both_began_from() -> None:
    base = a_mark(1, "apologies")
    one, other = a_mark(2, "present", replaces=1), a_mark(3, "late", replaces=1)

    assert standing_of([base, one, other]) == (base, True)


def test_standing_of_two_that_say_the_same_is_the_earlier() -> None:
    one, other = a_mark(1, "present"), a_mark(2, "present")

    assert standing_of([other, one]) == (one, False)


def test_standing_of_a_mark_that_was_taken_back_is_nothing() -> None:
    assert standing_of([a_mark(1, "present"), a_mark(2, "cleared", replaces=1)]) == (None, False)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_mark_from_two_phones_ends_the_same_in_whatever_order_they_arrive(order: tuple[int, ...]) -> None:
    session, [kim, _], lead = session_now()
    first = uuid.uuid4()
    phones = [
        [Tap(kim.pk, Said("present"), device_id=first), Tap(kim.pk, Said("late", 10), replaces=first)],
        [Tap(kim.pk, Said("absent"))],
        [Tap(kim.pk, Said("absent"))],
    ]

    for phone in order:
        registers.mark(session=session, taps=phones[phone], by=lead)

    kim.refresh_from_db()
    assert (kim.standing_mark, kim.contested, kim.marks.count()) == (None, True, 4)
    assert list(violations()) == []


@pytest.mark.django_db(transaction=True)
def test_mark_that_decides_settles_the_conflict() -> None:
    session, [kim, _], lead = session_now()
    present, absent = Tap(kim.pk, Said("present")), Tap(kim.pk, Said("absent"))
    for tap in (present, absent):
        registers.mark(session=session, taps=[tap], by=lead)

    seen = frozenset({absent.device_id})
    registers.mark(
        session=session, taps=[Tap(kim.pk, Said("late", 5), replaces=present.device_id, settles=seen)], by=lead
    )

    row = Attendance.objects.select_related("standing_mark").get(pk=kim.pk)
    assert (row.contested, row.standing_mark.says if row.standing_mark else ()) == (False, ("late", 5, ""))
    assert list(violations()) == []


@pytest.mark.django_db(transaction=True)
def test_mark_sent_twice_is_one_mark() -> None:
    session, [kim, _], lead = session_now()
    tap = Tap(kim.pk, Said("present"))

    made = [
        registers.mark(session=session, taps=[tap, tap], by=lead),
        registers.mark(session=session, taps=[tap], by=lead),
    ]

    assert (made, Mark.objects.count()) == ([1, 0], 1)


@pytest.mark.django_db(transaction=True)
def test_mark_that_replaces_what_is_not_on_the_line_marks_nobody() -> None:
    session, [kim, sam], lead = session_now()
    of_sam = Tap(sam.pk, Said("present"))
    registers.mark(session=session, taps=[of_sam], by=lead)

    with pytest.raises(ValidationError, match="not on this register"):
        registers.mark(session=session, taps=[Tap(kim.pk, Said("late"), replaces=of_sam.device_id)], by=lead)

    assert Mark.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_line_that_two_phones_differ_on_is_marked_and_stays_when_the_session_is_called_off() -> None:
    session, [kim, _], lead = session_now()
    for what in ("present", "absent"):
        registers.mark(session=session, taps=[Tap(kim.pk, Said(what))], by=lead)

    with transaction.atomic():
        session_called_off(session, now=timezone.now())

    assert list(Attendance.objects.all()) == [kim]
    assert (list(Attendance.objects.unmarked()), Mark.objects.count()) == ([], 2)


@pytest.mark.django_db(transaction=True)
def test_stand_in_who_has_come_stays_on_the_register_when_the_other_comes_too() -> None:
    session, [kim, _], lead = session_now()
    with transaction.atomic():
        stand_in(kim, create_user(name="Jo Bell"), by=lead, now=timezone.now())
    jo = Attendance.objects.get(person__name="Jo Bell")
    mark_register(session=session, marks={jo.pk: "present"}, by=lead)

    with transaction.atomic():
        stand_back(Attendance.objects.select_related("standing_mark").get(pk=kim.pk), by=lead, now=timezone.now())

    jo.refresh_from_db()
    assert jo.standing_mark is not None
    assert list(violations()) == []


@pytest.mark.django_db(transaction=True)
def test_sign_waits_until_a_conflict_is_decided() -> None:
    session, [kim, sam], lead = session_now()
    mark_register(session=session, marks={sam.pk: "present"}, by=lead)
    for what in ("present", "absent"):
        registers.mark(session=session, taps=[Tap(kim.pk, Said(what))], by=lead)

    with pytest.raises(ValidationError, match="on two phones"):
        registers.sign(session=session, by=lead)
