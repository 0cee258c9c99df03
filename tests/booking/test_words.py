"""Dates, times, distances and numbers as teachers say them."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from booking.models import Session
from booking.templatetags.prose import prose
from booking.templatetags.words import clock, clock_range, day, day_short, hours, mile_range, miles, number_word


def test_day_of_another_school_year_says_the_year() -> None:
    assert day(datetime(2017, 11, 7, 13, 15, tzinfo=UTC)) == "Tuesday 7 November 2017"


def test_day_of_this_school_year_does_not_say_the_year() -> None:
    today = timezone.localdate()

    assert [day(today), day_short(today)] == [
        f"{today:%A} {today.day} {today:%B}",
        f"{today:%a} {today.day} {today:%b}",
    ]


def test_day_is_the_day_in_london() -> None:
    assert day_short(datetime(2017, 7, 31, 23, 30, tzinfo=UTC)) == "Tue 1 Aug 2017"


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2027, 1, 20, 13, 15, tzinfo=UTC), "1.15pm"),
        (datetime(2027, 1, 20, 9, 0, tzinfo=UTC), "9am"),
        (datetime(2027, 1, 20, 12, 0, tzinfo=UTC), "12 noon"),
        (datetime(2027, 7, 20, 8, 15, tzinfo=UTC), "9.15am"),
    ],
)
def test_clock_is_the_time_in_london(moment: datetime, words: str) -> None:
    assert clock(moment) == words


def test_clock_range_is_from_start_to_end() -> None:
    dated = Session(
        starts_at=datetime(2027, 1, 20, 13, 15, tzinfo=UTC), ends_at=datetime(2027, 1, 20, 15, 45, tzinfo=UTC)
    )

    assert [clock_range(dated), clock_range(Session())] == ["1.15pm to 3.45pm", "time to be confirmed"]


@pytest.mark.parametrize(
    ("metres", "words"), [(800, "under a mile"), (1700, "about 1 mile"), (22500, "about 14 miles")]
)
def test_miles_are_round(metres: float, words: str) -> None:
    assert miles(metres) == words


@pytest.mark.parametrize(
    ("metres", "words"),
    [((5000, 22500), "3 to 14 miles"), ((300, 22500), "up to 14 miles"), ((300, 500), "under a mile")],
)
def test_mile_range_is_from_the_nearest_to_the_farthest(metres: tuple[int, int], words: str) -> None:
    assert mile_range(metres) == words


@pytest.mark.parametrize(("minutes", "words"), [(150, "2½ hours"), (60, "1 hour"), (440, "7¼ hours")])
def test_hours_are_to_the_quarter(minutes: int, words: str) -> None:
    assert hours(minutes) == words


def test_number_word_is_a_word_below_ten() -> None:
    assert [number_word(2), number_word(12)] == ["two", "12"]


def test_prose_shows_markdown_and_nothing_that_acts() -> None:
    html = prose("# Try\n\n**one** [x](javascript:alert(1)) <script>alert(1)</script> ![i](http://x.example/i.png)")

    assert "<h3>Try</h3>" in html
    assert "<strong>one</strong>" in html
    assert [bad for bad in ("<script", 'href="javascript', "<img") if bad in html] == []
