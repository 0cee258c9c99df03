"""Last year copied: what goes along, what does not, and nothing half done."""

from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import HistoryLine
from accounts.schoolyear import school_year_of
from booking.actions import copies, parts, rules
from booking.actions.parts import PartPlan
from booking.actions.rules import RulePlan
from booking.clocktimes import moment
from booking.copying import GroupCopy, SessionCopy
from booking.integrity import violations
from booking.models import Attachment, Booking, Contribution, Facilitation, SchoolRule, WorkGroup
from tests.factories import (
    create_attachment,
    create_booking,
    create_facilitation,
    create_hub_staff,
    create_project,
    create_school,
    create_task,
    create_user,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)

LATER = timedelta(weeks=52)


def a_year_on(group: WorkGroup, title: str = "") -> GroupCopy:
    sessions = [
        SessionCopy(one.pk, one.starts_at + LATER, one.ends_at + LATER)
        for one in group.sessions.all()
        if one.starts_at and one.ends_at
    ]
    return GroupCopy(group.pk, title or group.title, sessions)


def copied(group: WorkGroup, **options: bool) -> WorkGroup:
    year = group.year + 1
    [made] = copies.copy_groups(copies=[a_year_on(group)], year=year, by=create_hub_staff(), **options)
    return made


def test_copy_groups_takes_words_times_venues_tasks_and_files_along() -> None:
    group = create_work_group(sessions=2, title="Bars", bring="Cubes", uses_pulse=False, capacity=12)
    task = create_task(session=group.sessions.get(number=1), body="Before you calculate.")
    create_attachment(task=task, content=b"%PDF-1.7\nbars")

    made = copied(group)

    assert (made.status, made.year, made.bring, made.uses_pulse, made.capacity) == (
        "draft",
        group.year + 1,
        "Cubes",
        False,
        12,
    )
    assert [(one.number, one.title, one.venue_id, one.mode) for one in made.sessions.all()] == [
        (one.number, one.title, one.venue_id, one.mode) for one in group.sessions.all()
    ]
    again = made.sessions.get(number=1).task
    assert (again.title, again.body, again.copied_from) == (task.title, task.body, task)
    file = Attachment.objects.get(task=again)
    with file.file.open("rb") as content:
        assert content.read() == b"%PDF-1.7\nbars"
    assert file.file.name != task.attachments.get().file.name
    assert list(violations()) == []


def test_copy_groups_takes_no_people_bookings_or_places_along() -> None:
    group = create_work_group(sessions=1)
    create_booking(work_group=group)

    made = copied(group)

    made.refresh_from_db()
    assert (made.taken, made.taken_schools, made.waiting, made.last_turn) == (0, 0, 0, 0)
    assert Booking.objects.filter(work_group=made).count() == 0
    assert made.sessions.get().attendances.count() == 0


def test_copy_groups_takes_who_leads_it_along_but_not_who_covered_or_left() -> None:
    lead, gone, cover = create_user(), create_user(), create_user()
    group = create_work_group(sessions=1, leads=[lead])
    create_facilitation(work_group=group, person=gone, until=timezone.localdate())
    create_facilitation(work_group=group, person=cover, role=Facilitation.Role.COVER)

    made = copied(group)

    assert [(one.person, one.role) for one in made.facilitations.all()] == [(lead, "lead")]


def test_copy_groups_takes_parts_and_the_sessions_they_are_for_along() -> None:
    group, staff = create_work_group(sessions=2), create_hub_staff(email="first@hub.example")
    first = group.sessions.get(number=1)
    plans = [PartPlan("Reception", True, frozenset()), PartPlan("Head", False, frozenset([first.pk]))]
    parts.save_parts(work_group=group, parts=plans, by=staff)

    made = copied(group)

    assert made.has_parts
    assert list(made.parts.values_list("name", "required")) == [("Reception", True), ("Head", False)]
    of_sessions = [sorted(part.name for part in one.parts.all()) for one in made.sessions.all()]
    assert of_sessions == [[], ["Reception"]]


def test_copy_groups_takes_rules_along_but_not_whom_the_hub_invited() -> None:
    staff, ours, theirs = create_hub_staff(email="first@hub.example"), create_school(), create_school()
    group = create_work_group(sessions=1, recruitment="invitation", lists_schools=True)
    rules.save_rules(work_group=group, rules={"state_funded": RulePlan(blocks=True)}, by=staff)
    SchoolRule.objects.create(work_group=group, school=ours, kind="only")
    SchoolRule.objects.create(work_group=group, school=theirs, kind="not", reason="In the trial")

    made = copied(WorkGroup.objects.get(pk=group.pk))

    assert list(made.eligibility_rules.values_list("kind", "blocks")) == [("state_funded", True)]
    assert list(made.school_rules.values_list("school", "kind", "reason")) == [(theirs.pk, "not", "In the trial")]
    assert (made.has_rules, made.lists_schools) == (True, True)


def test_copy_groups_takes_the_contribution_to_cover_along_but_nothing_that_was_passed_on() -> None:
    group, school = create_work_group(sessions=1), create_school()
    rule = {"amount": Decimal("240.50"), "per": "person", "condition": "sessions", "sessions": 4}
    Contribution.objects.create(work_group=group, **rule)
    group.passed_on.create(school=school, amount=Decimal(240), at=timezone.now())

    made = copied(group)

    assert {name: getattr(made.contribution, name) for name in rule} == rule
    assert made.passed_on.count() == 0
    assert Contribution.objects.count() == 2


def test_copy_groups_moves_the_days_of_booking_by_52_weeks_on_the_clock() -> None:
    opens = moment(date(2026, 3, 27), time(9))
    group = create_work_group(sessions=1, year=2026, opens_at=opens, fewest_schools=4, decide_by=date(2026, 9, 4))

    made = copied(group)

    # The clocks have gone forward between the two: nine o'clock stays nine o'clock.
    assert made.opens_at == moment(date(2027, 3, 26), time(9))
    assert made.decide_by == date(2027, 9, 3)


def test_copy_groups_that_ran_side_by_side_run_side_by_side_again() -> None:
    home = create_work_group(sessions=0, title="Bars")
    beside = create_work_group(sessions=0, title="Bars: second cohort", project=home.project, parallel_to=home)

    made = copies.copy_groups(copies=[a_year_on(beside), a_year_on(home)], year=home.year + 1, by=create_hub_staff())

    assert [one.parallel_to for one in made] == [made[1], None]


def test_copy_groups_of_which_one_is_there_already_copies_none() -> None:
    first, second = create_work_group(title="Bars"), create_work_group(title="Area")
    staff = create_hub_staff()
    copies.copy_groups(copies=[a_year_on(second)], year=second.year + 1, by=staff)

    with pytest.raises(ValidationError, match="“Area” is there in"):
        copies.copy_groups(copies=[a_year_on(first), a_year_on(second)], year=first.year + 1, by=staff)

    assert WorkGroup.objects.of_year(first.year + 1).count() == 1


def test_copy_groups_into_their_own_year_is_refused() -> None:
    group = create_work_group()

    with pytest.raises(ValidationError, match="Choose a later year"):
        copies.copy_groups(copies=[a_year_on(group, "Other")], year=group.year, by=create_hub_staff())


def test_copy_groups_empties_the_codes_of_national_projects_and_says_what_they_were() -> None:
    national = create_project(kind="national", code="NCP26-01")
    local = create_project(kind="local", code="L1")
    groups = [create_work_group(project=one, sessions=0) for one in (national, local)]

    copies.copy_groups(
        copies=[a_year_on(one) for one in groups], year=groups[0].year + 1, by=create_hub_staff(), empty_codes=True
    )

    for one in (national, local):
        one.refresh_from_db()
    assert (national.code, local.code) == ("", "L1")
    assert [line.details for line in HistoryLine.objects.about(national)] == [{"code": "NCP26-01"}]


def test_copy_groups_keeps_words_for_a_date_that_is_still_to_be_confirmed() -> None:
    group = create_work_group(sessions=0, year=school_year_of(timezone.localdate()))
    session = group.sessions.create(when_words="week of 11 January")
    copy = GroupCopy(group.pk, group.title, [SessionCopy(session.pk, None, None, "week of 10 January")])

    [made] = copies.copy_groups(copies=[copy], year=group.year + 1, by=create_hub_staff())

    assert list(made.sessions.values_list("starts_at", "when_words")) == [(None, "week of 10 January")]
