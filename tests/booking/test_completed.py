"""Completion of many groups at once is the same as one by one, whatever they ask."""

import pytest

from accounts.models import School
from booking.completed import sessions_of_schools, tally
from booking.completion import schools, standings
from booking.models import Attendance, Session, WorkGroup
from tests.factories import create_school, create_teacher
from tests.series import Series

pytestmark = pytest.mark.django_db(transaction=True)


def one_by_one() -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    every = list(WorkGroup.objects.all())
    people, by_school = standings(every), schools(every)
    return {pair for pair, one in people.items() if one.is_complete}, {
        pair for pair, one in by_school.items() if one.is_complete
    }


@pytest.mark.parametrize(
    "rule",
    [
        {"completion_rule": "sessions", "completion_number": 3},
        {"completion_rule": "percent", "completion_number": 75},
        {"completion_rule": "percent", "completion_number": 0},
        {"completion_rule": "hours", "completion_number": 7},
        {"completion_rule": "tasks", "completion_number": 1},
        {"completion_rule": "sessions", "completion_number": 2, "completion_tasks": 1},
    ],
    ids=str,
)
def test_tally_completes_whom_the_standings_complete(rule: dict[str, object]) -> None:
    enough, few = Series(past=4, coming=0, **rule), Series(past=4, coming=0, **rule)
    enough.came("present", "late", "present", "absent")
    few.came("present", "apologies")
    # Two of a school who took turns have been there as often as one who came each time.
    few.mark(3, "present", person=create_teacher(school=few.school))

    found = tally(WorkGroup.objects.all())

    assert (found.complete_people, found.complete_schools) == one_by_one()


def test_tally_counts_what_was_caught_up_with_at_home_and_leaves_out_what_was_cancelled() -> None:
    home, other = Series(past=4, coming=0, completion_number=4), Series(past=4, coming=0, completion_number=4)
    home.came("present", "present", "absent")
    guest = other.mark(3, "present", person=home.ann, school=home.school)
    Attendance.objects.filter(pk=guest.pk).update(credited_to=home.session(3))
    Session.objects.filter(pk=home.session(4).pk).update(status=Session.Status.CANCELLED)

    found = tally(WorkGroup.objects.all())

    pair = home.group.pk, home.ann.pk
    assert (found.people[pair], pair in found.complete_people) == (3, True)
    assert (home.group.pk, home.school.pk) in found.complete_schools
    assert other.group.pk not in {group for group, _ in found.schools}
    assert (found.complete_people, found.complete_schools) == one_by_one()


def test_tally_takes_what_a_merged_school_attended_together() -> None:
    series, today = Series(past=3, coming=0, completion_number=3), create_school()
    series.came("present", "present")
    series.mark(3, "present", person=create_teacher(school=today), school=today)
    School.objects.filter(pk=series.school.pk).update(merged_into=today)
    as_one = {series.school.pk: today.pk}

    found = tally(WorkGroup.objects.all(), as_one)

    assert found.complete_schools == {(series.group.pk, today.pk)}
    assert sessions_of_schools(WorkGroup.objects.all(), as_one) == {(series.group.pk, today.pk): 3}
