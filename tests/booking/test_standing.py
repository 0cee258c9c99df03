"""Where people stand, in words and as a bar: on their own page, their school's, their group's and the office's."""

from fractions import Fraction

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from booking.models import Attendance
from booking.reports.standing import Shown, may_not_finish, of_school
from tests.factories import create_facilitation, create_hub_staff, create_lead, create_task, create_user
from tests.series import Series

HOURS = {"completion_rule": "hours", "completion_number": 6}
pytestmark = pytest.mark.django_db(transaction=True)


def page(person: User, name: str, *arguments: int) -> str:
    client = Client()
    client.force_login(person)
    response = client.get(reverse(name, args=arguments))
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    ("fields", "marks", "said"),
    [
        ({}, ("present", "present", "absent"), "You need both sessions left."),
        ({"completion_number": 3}, ("present", "present", "absent"), "You need one of the two sessions left."),
        ({"completion_number": 2}, ("present", "late", ""), "You have completed it."),
        (
            {"completion_rule": "hours", "completion_number": 6},
            ("present",),
            "You need 3½ hours more of the 5 to come.",
        ),
        ({"completion_number": 1, "completion_tasks": 2}, ("present",), "You need to try two more research tasks."),
    ],
)
def test_standing_says_what_is_still_needed(fields: dict[str, object], marks: tuple[str, ...], said: str) -> None:
    series = Series(**fields)
    series.came(*marks)

    assert Shown(series.stands()).sentence == said


def test_standing_says_since_when_it_is_not_reachable_and_never_why() -> None:
    series = Series()
    row = series.mark(1, "apologies")
    assert row.standing_mark
    type(row.standing_mark).objects.update(reason="illness")
    series.mark(2, "absent")
    series.mark(3, "present")

    shown = page(series.ann, "my_sessions")

    assert "No longer reachable since session 2 on" in shown
    assert "llness" in shown  # their own reason, on their own page
    lead = page(series.booking.made_by, "school_standing")
    assert "No longer reachable since session 2 on" in lead
    assert "llness" not in lead


@pytest.mark.parametrize("minutes", [1, 7, 8, 22, 37, 149])
def test_standing_bar_is_in_quarters_and_its_parts_are_the_whole(minutes: int) -> None:
    series = Series()
    series.mark(1, "late", minutes=minutes)
    series.mark(2, "left_early", minutes=minutes)
    series.mark(3, "absent")

    parts = [Fraction(part.value) for part in Shown(series.stands()).parts]

    assert sum(parts) == Fraction(25, 2)
    assert all((4 * part).denominator == 1 for part in parts)


def test_standing_of_our_people_is_for_our_school_alone() -> None:
    series, other = Series(), create_lead()
    series.came("present")

    assert [line.person for line in of_school(series.school, series.group.year)] == [series.ann]
    assert series.ann.name not in page(other, "school_standing")


def test_standing_of_a_group_shows_who_may_not_finish_first() -> None:
    series, fran = Series(), create_user(name="Fran")
    create_facilitation(work_group=series.group, person=fran)
    series.came("present", "absent")

    shown = page(fran, "work_group_standing", series.group.pk)

    assert "May not finish" in shown
    assert "Needs three of the three sessions left" not in shown
    assert series.ann.name in page(create_hub_staff(), "office_standing")


def test_may_not_finish_leaves_out_whoever_only_came_late_and_groups_that_are_over() -> None:
    late, over = Series(past=4, coming=1), Series(past=5, coming=0)
    over.came("absent", "absent", "absent", "absent", "absent")

    assert (late.stands().is_reachable, over.stands().is_reachable) == (False, False)
    assert may_not_finish([late.group, over.group]) == []


def test_standing_of_whoever_only_stood_in_says_that_the_hours_count() -> None:
    series, sam = Series(), create_user()
    row = series.mark(1, "present", person=sam)
    Attendance.objects.filter(pk=row.pk).update(place=series.place)

    shown = Shown(series.stands(sam))

    assert (shown.sentence, shown.state) == ("You came for part of it; the hours count.", "")
    assert shown.hours == "2½ of 2½ hours"


def test_group_page_says_what_completes_it() -> None:
    series = Series(completion_tasks=2)
    create_task(session=series.session(1))

    shown = Client().get(series.group.get_absolute_url()).content.decode()

    assert "Attend at least 4 of 5 sessions and try at least 2 of 4 research tasks" in shown
