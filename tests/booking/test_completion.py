"""What counts: sessions, hours and tasks, and whether they are enough."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from booking.actions import programme, series
from booking.changing import SessionPlan
from booking.completion import Standing, schools, standings
from booking.models import Attendance, Mark, Part, Place, Reflection, Session
from booking.models.places import Status
from tests.factories import (
    create_hub_staff,
    create_school,
    create_session,
    create_task,
    create_teacher,
    create_work_group,
)
from tests.series import Series

pytestmark = pytest.mark.django_db(transaction=True)


def hows(standing: Standing) -> list[str]:
    return [one.how for one in standing.counted]


def test_standing_tells_what_was_attended_missed_and_is_to_come() -> None:
    group = Series()
    group.came("present", "apologies", "online")

    standing = group.stands()

    assert hows(standing) == ["attended", "missed", "attended", "coming", "coming"]
    assert (standing.attended, standing.minutes, standing.lacks) == (2, 300, 2)
    assert (standing.is_complete, standing.is_reachable, standing.is_close) == (False, True, True)
    assert standing.asked.words == "Attend at least 4 of 5 sessions"


def test_standing_is_lost_at_the_session_that_was_one_too_many() -> None:
    group = Series()
    group.came("present", "apologies", "absent")

    standing = group.stands()

    assert (standing.is_reachable, standing.is_close) == (False, False)
    assert standing.lost_at == group.session(3)


def test_standing_is_close_after_two_missed_in_a_row_and_not_after_two_apart() -> None:
    apart, in_a_row = Series(past=4, coming=4), Series(past=4, coming=4)
    apart.came("absent", "present", "absent", "present")
    in_a_row.came("present", "present", "absent", "apologies")

    assert (apart.stands().is_close, in_a_row.stands().is_close) == (False, True)


def test_standing_counts_apologies_for_a_session_to_come_as_not_coming() -> None:
    group = Series()
    group.came("present", "absent", "present", "apologies")

    standing = group.stands()

    assert (hows(standing)[3], standing.is_reachable) == ("cannot", False)


def test_standing_of_whoever_joined_late_is_measured_by_the_whole_series() -> None:
    group = Series(completion_rule="percent", completion_number=75)
    group.came("", "", "present")

    standing = group.stands()

    assert hows(standing)[:3] == ["before", "before", "attended"]
    assert (standing.asked.words, standing.is_reachable) == ("Attend at least 4 of 5 sessions (75 per cent)", False)


def test_standing_takes_late_and_early_minutes_off_and_nothing_where_they_are_unknown() -> None:
    group = Series(completion_rule="hours", completion_number=7)
    group.mark(1, "late", minutes=30)
    group.mark(2, "left_early")
    group.mark(3, "present")

    standing = group.stands()

    assert (standing.minutes, standing.is_complete) == (120 + 150 + 150, True)
    assert standing.asked.words == "Attend at least 7 of 12½ hours"


def test_standing_credits_what_was_caught_up_with_to_the_session_at_home() -> None:
    group, beside = Series(), create_work_group(sessions=0)
    home = group.mark(1, "apologies")
    there = create_session(work_group=beside, days=-3)
    row = Attendance.objects.create(session=there, person=group.ann, school=group.school, credited_to=home.session)
    row.standing_mark = Mark.objects.create(attendance=row, what="late", minutes=20, at=timezone.now())
    row.save()

    standing = group.stands()

    assert (standing.counted[0].how, standing.minutes) == ("caught_up", 130)
    assert (beside.pk, group.ann.pk) not in standings([beside])


def test_standing_leaves_out_a_cancelled_session_that_nothing_replaces() -> None:
    group = Series(past=4, coming=0)
    group.came("present", "present", "present")
    Session.objects.filter(pk=group.session(4).pk).update(status="cancelled")
    create_session(work_group=group.group, number=5, days=9)

    standing = group.stands()

    assert (standing.asked.words, standing.is_complete) == ("Attend at least 3 of 4 sessions", True)
    assert standing.asked.left_out_words == (
        "We cancelled a session and did not replace it: it does not count, and one fewer is asked for."
    )
    Session.objects.filter(work_group=group.group, number=5).update(replaces=group.session(4))
    assert group.stands().asked.words == "Attend all 4 sessions"
    assert group.stands().asked.left_out == 0


def test_standing_counts_only_sessions_for_their_part() -> None:
    group = Series(past=4, coming=0, has_parts=True, completion_rule="percent", completion_number=100)
    reception, heads = (Part.objects.create(work_group=group.group, name=name) for name in ("Reception", "Heads"))
    group.session(2).parts.add(heads)
    Place.objects.filter(pk=group.place.pk).update(part=reception)
    group.came("present", "", "present", "present")

    standing = group.stands()

    assert (hows(standing), standing.is_complete) == (["attended"] * 3, True)


def test_standing_asks_for_tasks_besides_and_for_no_more_than_were_set() -> None:
    group = Series(past=2, coming=0, completion_number=2, completion_tasks=2)
    group.came("present", "present")
    tasks = [create_task(session=group.session(1))]

    before = group.stands()
    reflect(group.ann, tasks, "stuck", "tried")

    assert (before.asked.words, before.is_complete) == ("Attend all 2 sessions and try the research task", False)
    assert group.stands().is_complete


def test_standing_expects_a_task_between_sessions_while_they_go_on() -> None:
    group = Series(completion_rule="tasks", completion_number=2)
    group.came("absent", "absent", "absent")
    reflect(group.ann, [create_task(session=group.session(1))], "tried")

    standing = group.stands()

    assert standing.asked.words == "Try at least 2 of 4 research tasks"
    assert (standing.lacks, standing.is_reachable, standing.is_close) == (1, True, True)


def test_standing_of_whoever_never_came_is_not_complete_by_tasks_alone() -> None:
    going_on = Series(completion_rule="tasks", completion_number=1)
    over = Series(past=3, coming=0, completion_rule="tasks", completion_number=1)
    for group in (going_on, over):
        group.came("absent", "absent", "absent")
        reflect(group.ann, [create_task(session=group.session(1))], "tried")

    stands = [(one.is_complete, one.is_reachable) for one in (going_on.stands(), over.stands())]

    assert stands == [(False, True), (False, False)]


def test_standing_is_not_close_where_sessions_are_enough_and_a_task_is_open() -> None:
    group = Series(past=4, coming=1, completion_number=2, completion_tasks=1)
    create_task(session=group.session(1))
    group.came("present", "present", "absent", "absent")

    assert (group.stands().lacks, group.stands().lacks_tasks, group.stands().is_close) == (0, 1, False)


def reflect(person: User, tasks: Sequence[object], *outcomes: str) -> None:
    for task in tasks:
        for outcome in outcomes:
            Reflection.objects.update_or_create(task=task, person=person, defaults={"outcome": outcome})


def test_standing_gives_a_session_to_who_went_and_not_to_who_sent_them() -> None:
    group = Series(past=5, coming=0, completion_number=5)
    group.came("present", "present", "substitute", "present", "present")
    sam = create_teacher(school=group.school)
    stand_in = group.mark(3, "present", person=sam)
    Attendance.objects.filter(pk=stand_in.pk).update(place=group.place)

    standing, school = group.stands(), schools([group.group])[group.group.pk, group.school.pk]

    assert (standing.counted[2].how, standing.minutes, standing.is_complete) == ("sent", 600, False)
    assert (group.stands(sam).minutes, group.stands(sam).has_place) == (150, False)
    assert (school.is_complete, school.minutes) == (True, 750)


def test_standing_keeps_hours_for_each_school_of_who_moved() -> None:
    group, other = Series(past=4, coming=0), create_school()
    group.came("present", "present", "present", "late")
    Attendance.objects.filter(session__number__gte=3, person=group.ann).update(school=other)

    standing = group.stands()

    assert standing.minutes_for == {group.school.pk: 300, other.pk: 300}
    assert standing.is_complete


def test_standing_waits_for_a_register_that_is_not_taken() -> None:
    group = Series()
    group.came("present", "absent")
    Attendance.objects.create(session=group.session(3), person=group.ann, place=group.place, school=group.school)

    assert (hows(group.stands())[2], group.stands().is_reachable) == ("unmarked", True)


def test_standings_take_as_many_queries_for_many_as_for_one(django_assert_num_queries: object) -> None:
    groups = [Series().group for _ in range(3)]

    with django_assert_num_queries(4):  # type: ignore[operator]
        one = standings(groups[:1])
    with django_assert_num_queries(4):  # type: ignore[operator]
        three = standings(groups)

    assert (len(one), len(three)) == (1, 3)


def test_standing_has_no_place_once_it_was_given_up() -> None:
    group = Series()
    group.came("present")
    Place.objects.filter(pk=group.place.pk).update(live=False, withdrawn_at=timezone.now() - timedelta(days=1))

    standing = group.stands()

    assert (standing.has_place, hows(standing)) == (False, ["attended", "coming", "coming"])
    assert group.booking.status == Status.CONFIRMED


def test_session_added_in_place_of_a_cancelled_one_leaves_the_rule_as_it_was() -> None:
    group, staff, client = Series(past=1, coming=4), create_hub_staff(), Client()
    programme.cancel_session(session=group.session(5), reason="Boiler", by=staff)
    assert group.stands().asked.words == "Attend at least 3 of 4 sessions"
    client.force_login(staff)
    address = reverse("office_session_create", args=[group.group.pk])
    day = timezone.localdate() + timedelta(days=60)
    data = {"title": "Again", "day": str(day), "begins": "13:00", "ends": "15:00", "mode": "online"}
    data |= {"replaces": str(group.session(5).pk)}
    assert "In place of" in client.get(address).content.decode()

    client.post(address, data | {"seen": client.post(address, data).context["stands"]})

    assert group.stands().asked.words == "Attend at least 4 of 5 sessions"
    assert "In place of" not in client.get(address).content.decode()


def test_session_cannot_stand_in_for_one_that_takes_place() -> None:
    group, staff = Series(past=1, coming=2), create_hub_staff()
    plan = SessionPlan(title="More", when_words="in May", replaces=group.session(2))

    with pytest.raises(ValidationError, match="Only a cancelled session"):
        series.add_sessions(work_group=group.group, plans=[plan], by=staff)
