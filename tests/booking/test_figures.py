"""A year in figures: signed up is not engaged, and no name stands in them."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.schoolyear import school_year_of
from booking.actions import places
from booking.models import Attendance
from booking.reports import figures
from tests.factories import (
    create_booking,
    create_lead,
    create_school,
    create_session,
    create_teacher,
    create_user,
    create_work_group,
    mark_register,
)
from tests.series import Series

pytestmark = pytest.mark.django_db(transaction=True)


def test_figures_count_schools_signed_up_and_engaged_apart() -> None:
    work_group = create_work_group(sessions=1)
    came, never, left = (create_lead() for _ in range(3))
    bookings = [create_booking(work_group=work_group, by=lead) for lead in (came, never, left)]
    places.withdraw(booking=bookings[2], reason="other", by=left)
    past = create_session(work_group=work_group, days=-7, number=9)
    for place in bookings[0].places.all():
        row = Attendance.objects.create(
            session=past,
            person=place.person,
            place=place,
            school=bookings[0].school,  # type: ignore[misc]  # named
        )
        mark_register(session=past, marks={row.pk: "present"}, by=came)
    create_school(state_funded=False)

    year = figures.of_year(school_year_of(timezone.localdate()))

    assert (year.whole.signed_up, year.whole.engaged, year.whole.came) == (3, 1, 2)
    assert [(line.title, line.signed_up, line.engaged, line.of, line.per_cent) for line in year.authorities] == [
        ("Leicestershire", 3, 1, 3, 33)
    ]


def test_figures_ask_the_same_number_of_questions_for_three_groups(
    django_assert_max_num_queries: Callable[[int], object],
) -> None:
    for number in (1, 2):
        for _ in range(number):
            create_booking(work_group=create_work_group())
        with django_assert_max_num_queries(15):  # type: ignore[attr-defined]
            figures.of_year(school_year_of(timezone.localdate()))


def test_figures_are_shown_to_a_reader_without_any_name(log_in: Callable[[User], Client]) -> None:
    lead = create_lead(name="Lena Unmistakable")
    create_booking(work_group=create_work_group(), by=lead)
    reader = create_user(hub_role="reader")

    page = log_in(reader).get("/office/figures/").content.decode()

    assert "Schools engaged" in page
    assert "Unmistakable" not in page


def test_figures_count_people_and_schools_that_completed_a_group_apart() -> None:
    done = Series(past=3, coming=0, completion_number=3)
    done.came("present", "present", "apologies")
    stand_in = create_teacher(school=done.school)
    done.mark(3, "present", person=stand_in)
    both = Series(past=3, coming=0, completion_number=3, project=done.group.project)
    both.came("present", "late", "online")

    year = figures.of_year(done.group.year)

    assert (year.whole.completed, year.whole.finished) == (2, 1)
    assert [(line.completed, line.finished) for line in year.projects] == [(2, 1)]
