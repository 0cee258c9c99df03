"""Until when an offer stands: hours from 8am to 6pm, on school days of the school's own authority."""

from datetime import datetime

import pytest
from django.utils import timezone

from booking.models import SchoolHoliday
from booking.schooldays import after_working_hours
from booking.templatetags.words import working_time

pytestmark = pytest.mark.django_db


def london(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=timezone.get_default_timezone())


@pytest.mark.parametrize(
    ("made", "hours", "ends"),
    [
        ("2026-11-24T10:00", 5, "2026-11-24T15:00"),
        ("2026-11-24T10:20", 5, "2026-11-24T16:00"),
        ("2026-11-24T10:00", 30, "2026-11-27T10:00"),
        ("2026-11-24T22:30", 10, "2026-11-25T18:00"),
        ("2026-11-25T06:00", 10, "2026-11-25T18:00"),
        ("2026-11-27T17:30", 10, "2026-11-30T18:00"),
        ("2026-11-28T12:00", 5, "2026-11-30T13:00"),
        ("2026-12-24T12:00", 10, "2026-12-29T12:00"),  # Christmas Day, and Boxing Day on the Monday after
        ("2026-10-23T12:00", 10, "2026-10-26T12:00"),  # the clocks go back between
    ],
)
def test_working_hours_are_counted_from_eight_to_six_on_school_days(made: str, hours: int, ends: str) -> None:
    assert after_working_hours(london(made), hours, la_code="855") == london(ends)


def test_working_hours_leave_out_the_holidays_of_the_authority() -> None:
    SchoolHoliday.objects.create(la_code="855", name="Half term", first_on="2026-10-19", last_on="2026-10-23")

    ends = [after_working_hours(london("2026-10-16T12:00"), 10, la_code=la) for la in ("855", "856")]

    assert ends == [london("2026-10-26T12:00"), london("2026-10-19T12:00")]


def test_working_time_is_said_in_days_where_it_is_whole_days() -> None:
    assert [working_time(hours) for hours in (10, 30, 25)] == [
        "one school day",
        "three school days",
        "25 working hours",
    ]
