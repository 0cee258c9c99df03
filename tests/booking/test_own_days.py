"""A school's own days: above its authority's wherever school days are counted, and entered by who books for it."""

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client, override_settings
from django.utils import timezone

from accounts.models import School, User
from booking.actions import own_days
from booking.clocktimes import moment
from booking.expectations import tell_after
from booking.integrity import violations
from booking.models import OwnDays, SchoolHoliday
from booking.naming import unnamed
from booking.reminders import Stages
from booking.schooldays import SchoolCalendar, after_working_hours, school_days_after, school_days_until, whose_days
from tests.days import at
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_own_days,
    create_school,
    create_teacher,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)

LogIn = Callable[[User], Client]
MONDAY = date(2027, 1, 4)
DAY = timedelta(days=1)


def school_with_holiday() -> School:
    """Its authority's schools are shut for the fortnight from 5 July; it trains on 4 January."""
    school = create_school(la_code="856")
    SchoolHoliday.objects.create(la_code="856", name="Summer", first_on=date(2027, 7, 5), last_on=date(2027, 8, 31))
    create_own_days(school=school)
    return school


def test_own_days_go_before_the_authoritys_for_that_school_alone() -> None:
    school = school_with_holiday()
    create_own_days(school=school, name="Open", first_on=date(2027, 7, 5), last_on=date(2027, 7, 16), is_open=True)

    calendar = SchoolCalendar.load()

    days = [MONDAY, date(2027, 7, 6), date(2027, 7, 19), date(2027, 7, 10)]
    assert [calendar.is_school_day(day, "856", school.pk) for day in days] == [False, True, False, False]
    assert [calendar.is_school_day(day, "856") for day in days] == [True, False, False, False]
    assert (calendar.has_own(school.pk), calendar.has_own(school.pk + 1)) == (True, False)


def test_own_days_are_read_with_the_authoritys_in_one_query(django_assert_num_queries: Callable[..., object]) -> None:
    school = school_with_holiday()

    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        SchoolCalendar.load()
        calendar = SchoolCalendar.of("856", school.pk, since=MONDAY)

    assert not calendar.is_school_day(MONDAY, "856", school.pk)


def test_own_days_are_no_hours_of_an_offer_and_no_notice() -> None:
    school = school_with_holiday()
    friday = at(date(2027, 1, 1), 12)
    hours = {"la_code": "856", "school": school.pk}

    ends = [after_working_hours(friday, 5, la_code="856", school=pk) for pk in (school.pk, None)]
    until = [school_days_until(friday, friday + 6 * DAY, la_code="856", school=pk) for pk in (school.pk, None)]

    assert [end.astimezone(timezone.get_default_timezone()).day for end in ends] == [5, 4]
    assert until == [2, 3]
    assert next(school_days_after(MONDAY - DAY, **hours)) == MONDAY + DAY  # type: ignore[arg-type]


def test_own_days_move_the_day_on_which_names_are_due() -> None:
    lead = create_lead()
    group = create_work_group(sessions=1, naming_days=7)
    booking = create_booking(work_group=group, by=lead, people=[lead, None])
    booking.work_group.sessions.update(starts_at=at(60, 13), ends_at=at(60, 15))
    [before] = unnamed(timezone.now())
    assert before.by

    create_own_days(school=booking.school, first_on=before.by, last_on=before.by)

    [after] = unnamed(timezone.now())
    assert after.by
    assert after.by < before.by


def test_names_are_due_before_all_of_two_own_days() -> None:
    lead = create_lead()
    group = create_work_group(sessions=1, naming_days=5)
    booking = create_booking(work_group=group, by=lead, people=[lead, None])
    starts = moment(date(2031, 11, 12), time(13, 15))
    booking.work_group.sessions.update(starts_at=starts, ends_at=starts + timedelta(hours=2))
    for day in (date(2031, 11, 7), date(2031, 11, 10)):
        create_own_days(school=booking.school, first_on=day, last_on=day)

    [one] = unnamed(timezone.now())

    assert one.by == date(2031, 11, 6)


def test_whose_days_are_those_of_the_first_school_of_a_person() -> None:
    first, second = create_school(la_code="856"), create_school(la_code="857")
    person = create_teacher(school=first)
    person.memberships.create(school=second, role="teacher", state="active", started_at=timezone.now())

    assert whose_days([person.pk]) == {person.pk: ("856", first.pk)}


def test_save_days_refuses_days_that_overlap_and_other_peoples_schools() -> None:
    lead, stranger = create_lead(), create_lead()
    school = lead.memberships.get().school
    own_days.save_days(days=OwnDays(school=school, name="A", first_on=MONDAY, last_on=MONDAY + DAY), by=lead)

    with pytest.raises(ValidationError, match="lies there already"):
        own_days.save_days(days=OwnDays(school=school, name="B", first_on=MONDAY + DAY, last_on=MONDAY + DAY), by=lead)
    for by in (stranger, create_teacher(school=school)):
        with pytest.raises(ValidationError, match="do not book for this school"):
            own_days.save_days(days=OwnDays(school=school, name="C", first_on=MONDAY, last_on=MONDAY), by=by)
    with pytest.raises(ValidationError, match="must not be before the first"):
        own_days.save_days(days=OwnDays(school=school, name="D", first_on=MONDAY, last_on=MONDAY - DAY), by=lead)

    assert list(OwnDays.objects.values_list("name", flat=True)) == ["A"]
    assert list(violations()) == []


def test_page_keeps_changes_and_takes_out_days_of_ones_own_school(log_in: LogIn) -> None:
    lead, other = create_lead(), create_lead()
    year = timezone.localdate().year
    monday = next(day for day in (date(year, 11, 1 + n) for n in range(7)) if day.weekday() == 0)
    data = {"kind": "shut", "name": "Training day", "first_on": monday.isoformat(), "last_on": ""}
    client = log_in(lead)

    client.post("/schools/days/", data)
    days = OwnDays.objects.get()
    theirs = log_in(other).get(f"/schools/days/{days.pk}/").status_code
    client.post(f"/schools/days/{days.pk}/", data | {"name": "Moved", "first_on": (monday + DAY).isoformat()})
    days.refresh_from_db()
    page = client.get(f"/schools/days/?year={monday.year}").content.decode()
    client.post(f"/schools/days/{days.pk}/", {"remove": "1"})

    assert (days.name, days.first_on, days.last_on, days.is_open) == ("Moved", monday + DAY, monday + DAY, False)
    assert (theirs, "Moved" in page, OwnDays.objects.count()) == (404, True, 0)


def test_page_opens_with_a_holiday_in_which_the_school_is_open(log_in: LogIn) -> None:
    lead = create_lead()
    school = lead.memberships.get().school
    holiday = SchoolHoliday.objects.create(
        la_code=school.la_code, name="Summer", first_on=date(2027, 7, 5), last_on=date(2027, 7, 16)
    )

    page = log_in(lead).get(f"/schools/days/?year=2026&open={holiday.pk}").content.decode()
    odd = (
        log_in(lead)
        .post("/schools/days/", {"kind": "open", "name": "Open", "first_on": "2027-03-01"}, follow=True)
        .content.decode()
    )

    assert 'value="Open in Summer"' in page
    assert "We know of no holiday of your authority on these days" in odd


def test_office_enters_days_of_a_school_that_rings(log_in: LogIn) -> None:
    school, staff = create_school(), create_hub_staff()
    url = f"/office/schools/{school.pk}/days/"

    wrong = log_in(staff).post(url, {"kind": "shut", "name": "Training day", "first_on": "2027-06-31"})
    log_in(staff).post(url, {"kind": "shut", "name": "Training day", "first_on": "2027-06-30"})

    assert (wrong.status_code, OwnDays.objects.get().first_on) == (200, date(2027, 6, 30))


def test_own_days_move_reminders_and_what_waits_for_quiet_hours() -> None:
    lead = create_lead()
    school = lead.memberships.get().school
    session = create_work_group(sessions=1, reminder_days=[1]).sessions.get()
    starts = at(30, 13)
    session.starts_at = starts
    plain = SchoolCalendar.load()
    [(_, due)] = Stages.of(session, None, school.la_code, plain).offsets
    day = due.date()

    create_own_days(school=school, first_on=day, last_on=day)
    calendar = SchoolCalendar.load()

    [(_, earlier)] = Stages.of(session, None, school.la_code, calendar, school.pk).offsets
    assert earlier == at(plain.last_on_or_before(day - DAY, school.la_code), 7, 30)
    with override_settings(HUB_QUIET_HOURS=True):
        later = calendar.next_moment(school.la_code, at(day, 10), school.pk)
        assert later == at(plain.first_on_or_after(day + DAY, school.la_code), 7, 30)
        assert tell_after([starts], at(day - 9 * DAY, 9), school.la_code, calendar, school.pk) < starts
