"""A year in figures: signed up is not engaged, and no name stands in them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import School, User
from accounts.schoolyear import school_year_of
from booking.actions import places
from booking.models import Attendance, Booking, PastEngagement, Session
from booking.reports import year as reports
from booking.reports.year import engagement, sections
from booking.reports.year.schools import Engagements
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_project,
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

    year = reports.of_year(school_year_of(timezone.localdate()))

    whole = year.whole
    assert (whole["schools_accepted"], whole["schools_started"], whole["came"]) == (3, 1, 2)
    assert [
        (line.title, line.accepted, line.started, line.of, line.per_cent) for line in year.coverage.authorities
    ] == [("Leicestershire", 3, 1, 3, 33)]


def test_figures_ask_the_same_number_of_questions_for_three_groups(
    django_assert_max_num_queries: Callable[[int], object],
) -> None:
    for number in (1, 2):
        for _ in range(number):
            create_booking(work_group=create_work_group())
        with django_assert_max_num_queries(15):  # type: ignore[attr-defined]
            engagement.of_year(school_year_of(timezone.localdate()), timezone.now())
        with django_assert_max_num_queries(32):  # type: ignore[attr-defined]
            reports.of_year(school_year_of(timezone.localdate()))


def test_figures_are_shown_to_a_reader_without_any_name(log_in: Callable[[User], Client]) -> None:
    lead = create_lead(name="Lena Unmistakable")
    create_booking(work_group=create_work_group(), by=lead)
    reader = create_user(hub_role="reader")

    page = log_in(reader).get("/office/figures/").content.decode()

    assert "From applying to completing" in page
    assert "the board’s copy" in page
    assert "Unmistakable" not in page
    assert lead.memberships.get().school.name not in page


def test_figures_count_people_and_schools_that_completed_a_group_apart() -> None:
    done = Series(past=3, coming=0, completion_number=3)
    done.came("present", "present", "apologies")
    stand_in = create_teacher(school=done.school)
    done.mark(3, "present", person=stand_in)
    both = Series(past=3, coming=0, completion_number=3, project=done.group.project)
    both.came("present", "late", "online")

    year = reports.of_year(done.group.year)

    assert (year.whole["schools_completed"], year.whole["people_completed"]) == (2, 1)
    assert [(line.stages["completed"], line.people["completed"]) for line in year.projects] == [(2, 1)]


def test_figures_keep_the_stages_apart() -> None:
    over = Series(past=3, coming=0, completion_number=3)
    over.came("present", "absent", "present")
    going_on = Series(past=1, coming=2, completion_number=3, project=over.group.project)
    going_on.came("late")
    gone = create_booking(work_group=going_on.group, people=1)
    places.withdraw(booking=gone, reason="cover", by=gone.made_by)
    asked = create_work_group(recruitment="application", project=over.group.project, sessions=1)
    create_booking(work_group=asked, people=1)

    year = reports.of_year(over.group.year)

    assert year.stages == {
        "applied": 4,
        "accepted": 3,
        "started": 2,
        "active": 1,
        "completed": 0,
        "withdrew": 1,
        "ended": 1,
    }
    assert (year.leavings.before, [(one.title, one.count) for one in year.leavings.reasons]) == (
        1,
        [("Cover refused", 1)],
    )
    assert [(one.title, one.count) for one in year.leavings.notice if one.count] != []


def test_figures_of_an_application_taken_back_are_no_withdrawal() -> None:
    asked = create_work_group(recruitment="application", sessions=1)
    booking = create_booking(work_group=asked, people=1)
    places.withdraw(booking=booking, reason="other", by=booking.made_by)

    year = reports.of_year(asked.year)

    assert (year.stages["applied"], year.stages["accepted"], year.stages["withdrew"]) == (1, 0, 0)


def test_figures_take_a_merged_school_as_the_school_of_today() -> None:
    series = Series(past=2, coming=0, completion_number=2)
    today = create_school()
    series.mark(1, "present")
    series.mark(2, "present", person=create_teacher(school=today), school=today)
    School.objects.filter(pk=series.school.pk).update(status=School.Status.CLOSED, merged_into=today)

    year = reports.of_year(series.group.year)

    assert (year.whole["schools_started"], year.whole["schools_completed"]) == (1, 1)
    assert year.coverage.beside == 0


def test_figures_of_the_board_put_lines_of_fewer_than_three_schools_together() -> None:
    projects = [create_project(title=title) for title in ("Large", "Lone", "Next", "Empty")]
    groups = [create_work_group(project=project, sessions=1, capacity=None) for project in projects]
    for group, schools in zip(groups, (4, 1, 3, 0), strict=True):
        for _ in range(schools):
            create_booking(work_group=group)

    year = reports.for_board(reports.of_year(groups[0].year))

    assert [(line.title, line.stages["applied"]) for line in year.projects] == [
        ("Empty", 0),
        ("Large", 4),
        ("2 smaller projects together", 4),
    ]
    notes = [note for one in sections.sections(year) for note in one.notes]
    assert "Projects of fewer than three schools are put together, so that no line points to one school." in notes


def test_figures_say_not_held_before_the_first_year_and_never_nought() -> None:
    group = create_work_group(sessions=1)
    school = create_school()
    for back, outcome in ((2, "completed"), (2, "withdrew"), (4, "")):
        PastEngagement.objects.create(
            school=school,
            title=f"Readiness {outcome}",
            year=group.year - back,
            started=outcome != "withdrew",
            outcome=outcome,
            source="a list",
            taken_in_at=timezone.now(),
        )

    lines = reports.of_year(group.year).years

    assert [(line.year - group.year, line.started, line.completed, line.withdrew, line.source) for line in lines] == [
        (-5, None, None, None, ""),
        (-4, 1, 0, 0, "from a list"),
        (-3, None, None, None, ""),
        (-2, 1, 1, 1, "from a list"),
        (-1, None, None, None, ""),
        (0, 0, 0, 0, "counted here"),
    ]


def test_figures_leave_as_a_table_of_the_same_copy(log_in: Callable[[User], Client]) -> None:
    booking = create_booking(work_group=create_work_group())
    reader, staff = create_user(hub_role="reader"), create_hub_staff()

    of_reader = log_in(reader).get("/office/figures/?table=projects&as=csv")
    of_staff = log_in(staff).get("/office/figures/schools/?as=csv")
    unknown = log_in(staff).get("/office/figures/?table=nothing&as=csv")

    first = b"".join(of_reader.streaming_content).decode().splitlines()
    assert first[0].startswith("\ufeffProject,Groups,Sessions,Applied,Accepted,Started")
    rows = b"".join(of_staff.streaming_content).decode().splitlines()
    urn = booking.school.urns.get().urn
    assert [row.split(",")[:2] for row in rows[1:]] == [[urn, booking.school.name]]
    assert unknown.status_code == 404


def test_school_by_school_says_when_one_left_and_not_why(log_in: Callable[[User], Client]) -> None:
    booking = create_booking(work_group=create_work_group(), people=1)
    places.withdraw(booking=booking, reason="illness", by=booking.made_by)
    staff = log_in(create_hub_staff())

    page = staff.get("/office/figures/schools/").content.decode()
    made = staff.get("/office/figures/schools/?as=csv").getvalue().decode()

    left = timezone.localdate()
    assert (f"{left:%-d %B %Y}" in page, f"{left:%d/%m/%Y}" in made) == (True, True)
    assert ("Illness" in page, "Illness" in made, "Reason" in made) == (False, False, False)


def test_school_by_school_counts_people_where_their_sessions_count() -> None:
    home, other = Series(past=2, coming=0), Series(past=2, coming=0)
    guest = other.mark(1, "present", person=home.ann, school=home.school)
    Attendance.objects.filter(pk=guest.pk).update(credited_to=home.session(1))
    other.mark(2, "present")
    Session.objects.filter(pk=other.session(2).pk).update(status=Session.Status.CANCELLED)

    found = {(one.project, one.school): (one.sessions, one.people) for one in Engagements(home.group.year)}

    assert found == {(home.group.project, home.school): (1, 1), (other.group.project, other.school): (0, 0)}


def test_figures_set_each_project_against_the_schools_it_is_for() -> None:
    primary = create_work_group(for_primary=True, sessions=1, project=create_project(title="Bars"))
    anybody = create_work_group(for_primary=False, sessions=1, project=create_project(title="Counting"))
    bookings = [create_booking(work_group=group) for group in (primary, primary, anybody)]
    for booking, phase in zip(bookings, ("2", "4", "2"), strict=True):
        School.objects.filter(pk=booking.school_id).update(phase=phase)
    create_school(phase="2")
    create_school(phase="2", state_funded=False)

    year = reports.of_year(primary.year)

    shares = [one.reach for one in year.projects if one.reach]
    assert [(one.title, one.of, one.accepted, one.started) for one in shares] == [
        ("Bars", 3, 1, 0),
        ("Counting", 4, 1, 0),
    ]
    assert [row.words for row in sections.reach(year).rows] == ["0 of 3, 0\u00a0%", "0 of 4, 0\u00a0%"]


def test_figures_of_the_board_leave_small_projects_out_of_the_shares() -> None:
    projects = [create_project(title=title) for title in ("Large", "Lone", "Next")]
    groups = [create_work_group(project=project, sessions=1, capacity=None) for project in projects]
    for group, schools in zip(groups, (4, 1, 3), strict=True):
        for _ in range(schools):
            create_booking(work_group=group)

    section = sections.reach(reports.for_board(reports.of_year(groups[0].year)))

    assert [line[:3] for line in section.lines] == [["Large", 8, 4]]
    assert section.notes[1:] == [
        "Projects of fewer than three schools are left out, so that no line points to one school."
    ]


def test_school_by_school_says_when_one_first_applied_and_first_came(log_in: Callable[[User], Client]) -> None:
    home, other = Series(past=3, coming=1), Series(past=2, coming=1)
    home.came("absent", "present", "late")
    before = create_school()
    School.objects.filter(pk=before.pk).update(status=School.Status.CLOSED, merged_into=home.school)
    guest = other.mark(1, "present", person=create_teacher(school=before), school=before)
    first = home.booking.made_at - timedelta(days=40)
    Booking.objects.filter(pk=home.booking.pk).update(made_at=first)

    found = {
        one.school: (one.applied_on, one.came_on) for one in Engagements(home.group.year, project=home.group.project_id)
    }
    Attendance.objects.filter(pk=guest.pk).update(credited_to=home.session(1))
    caught_up = {one.school: one.came_on for one in Engagements(home.group.year, project=home.group.project_id)}
    page = log_in(create_hub_staff()).get("/office/figures/schools/").content.decode()

    applied_on = timezone.localdate(first)
    at = home.session(2).starts_at, other.session(1).starts_at
    assert found == {home.school: (applied_on, timezone.localdate(at[0]))}
    assert caught_up == {home.school: min(timezone.localdate(one) for one in at)}
    assert f"applied {applied_on:%-d %b %Y}" in page
    assert "Why a school left is in no file" in page


def test_figures_of_the_bar_at_the_top_leave_as_a_table(log_in: Callable[[User], Client]) -> None:
    series = Series(past=1, coming=1)
    series.came("present")
    create_booking(work_group=create_work_group())
    create_school()

    made = log_in(create_user(hub_role="reader")).get("/office/figures/?table=hero&as=csv").getvalue().decode()

    assert [line.rpartition(",")[0] for line in made.splitlines()[1:]] == [
        "Completed a group,0",
        '"Started, and completed none yet",1',
        '"Accepted, not come yet",1',
        "Not with us this year,1",
        "All open state-funded schools,3",
    ]
