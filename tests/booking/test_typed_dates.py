"""Days and times as people write them, and the nights on which a time is none."""

from datetime import date, time

import pytest
from django.core.exceptions import ValidationError

from booking.clocktimes import moment
from booking.typed_dates import read_day, read_times


@pytest.mark.parametrize(
    "words",
    [
        "22/9/2026",
        "22/09/26",
        "22.9.2026",
        "22-09-2026",
        "2026-09-22",
        "22 September 2026",
        "22nd Sept 2026",
        "22nd of September, 2026",
        "Tue 22 Sep",
        "Tuesday, 22 September",
        "22/9",
        "September 22 2026",
        "22-Sep-26",
        "20260922",
        "Tues, 22 Sep 2026",
        "22/09/2026 00:00:00",
    ],
)
def test_read_day_in_every_way_that_people_write_it(words: str) -> None:
    assert read_day(words, school_year=2026) == date(2026, 9, 22)


def test_read_day_without_a_year_lies_in_the_school_year() -> None:
    days = [read_day(words, school_year=2026) for words in ("1 Sep", "31 Dec", "1 January", "31/8")]

    assert days == [date(2026, 9, 1), date(2026, 12, 31), date(2027, 1, 1), date(2027, 8, 31)]


def test_read_day_without_a_year_is_refused_where_no_school_year_is_meant() -> None:
    with pytest.raises(ValidationError) as refused:
        read_day("15 February", school_year=None)

    assert refused.value.messages == ["“15 February” has no year."]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("31 June 2027", "“31 June 2027” is no day: June 2027 has 30 days."),
        ("30/2/2027", "“30/2/2027” is no day: February 2027 has 28 days."),
        ("0 June", "“0 June” is no day: June 2027 has 30 days."),
        ("Wed 22 Sep", "22 September 2026 is a Tuesday, not a Wednesday."),
        ("9/22/2026", "“9/22/2026” is no day: there are twelve months, and the day comes first."),
        ("22 Septober", "“22 Septober” is not a day as we read one: no month is called “septober”."),
        ("soon", "“soon” is not a day as we read one, such as 22 September 2026."),
        ("", "“” is not a day as we read one, such as 22 September 2026."),
        ("22 Sep 1917", "“22 Sep 1917”: 1917 is far from now. Is the year right?"),
        ("²²/9/2026", "“²²/9/2026” is not a day as we read one, such as 22 September 2026."),
        ("=1+1", "“=1+1” is not a day as we read one, such as 22 September 2026."),
    ],
)
def test_read_day_that_is_none_is_refused_in_a_sentence(words: str, sentence: str) -> None:
    with pytest.raises(ValidationError) as refused:
        read_day(words, school_year=2026)

    assert refused.value.messages == [sentence]


@pytest.mark.parametrize(
    ("words", "times"),
    [
        ("1.15pm", (time(13, 15), None)),
        ("1:15 p.m.", (time(13, 15), None)),
        ("13:15", (time(13, 15), None)),
        ("13:15:00", (time(13, 15), None)),
        ("1315", (time(13, 15), None)),
        ("1.15", (time(13, 15), None)),
        ("9.15", (time(9, 15), None)),
        ("09:15", (time(9, 15), None)),
        ("01:30", (time(1, 30), None)),
        ("12am", (time(0, 0), None)),
        ("noon", (time(12, 0), None)),
        ("1.15-4pm", (time(13, 15), time(16, 0))),
        ("1.15pm to 4pm", (time(13, 15), time(16, 0))),
        ("11.30-1pm", (time(11, 30), time(13, 0))),
        ("9am – 12 noon", (time(9, 0), time(12, 0))),
        ("9-11.30am", (time(9, 0), time(11, 30))),
        ("9-3.30", (time(9, 0), time(15, 30))),
        ("4-1.15pm", (time(16, 0), time(13, 15))),
        ("13:15 until 16:00", (time(13, 15), time(16, 0))),
    ],
)
def test_read_times_in_every_way_that_people_write_them(words: str, times: tuple[time, time | None]) -> None:
    assert read_times(words) == times


@pytest.mark.parametrize("words", ["", "soon", "25:00", "9:75", "1-2-3", "13pm-", "0pm", "1.15pm ish", "²:00"])
def test_read_times_that_are_none_are_refused(words: str) -> None:
    with pytest.raises(ValidationError):
        read_times(words)


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (date(2027, 3, 28), "On that night the clocks go forward, and this time does not exist."),
        (date(2026, 10, 25), "On that night the clocks go back, and this time comes twice. Choose another."),
    ],
)
def test_moment_on_a_night_on_which_the_clocks_change_is_refused(day: date, sentence: str) -> None:
    with pytest.raises(ValidationError) as refused:
        moment(day, time(1, 30))

    assert refused.value.messages == [sentence]


def test_moment_in_the_morning_after_the_clocks_change_is_the_same_on_the_clock() -> None:
    before, after = (moment(day, time(9, 15)) for day in (date(2026, 10, 23), date(2026, 10, 26)))

    assert [one.hour for one in (before, after)] == [9, 9]
    assert (before.utcoffset() == after.utcoffset()) is False
