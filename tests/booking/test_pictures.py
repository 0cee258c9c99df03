"""The pictures mean what they show: parts make the whole, x is proportional to the date, every holiday is there."""

import re
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.pictures import (
    Holiday,
    Part,
    Stop,
    bar_model,
    bar_strip,
    levels,
    number_line,
    number_words,
    position,
    ten_frame,
)
from booking.reports.examples import FIRST, HOLIDAYS, STOPS, pictures

LAST = FIRST + timedelta(days=364)


def draw(stops: list[Stop], holidays: list[Holiday] | None = None, today: date = date(2025, 1, 21)) -> str:
    return number_line(stops, holidays or [], today, FIRST, LAST, detail=True)


def test_number_line_puts_points_in_proportion_to_dates() -> None:
    days = [date(2024, 9, 1), date(2025, 3, 2), date(2025, 8, 31)]

    xs = [position(day, FIRST, LAST) for day in days]

    assert (xs[1] - xs[0]) / (xs[2] - xs[0]) == pytest.approx(182 / 364, abs=0.001)


def test_number_line_draws_every_point_once() -> None:
    drawn = re.findall(r'<circle class="line-point is-\w+" cx="([\d.]+)"', draw(STOPS))

    assert sorted(float(x) for x in drawn) == [position(stop.on, FIRST, LAST) for stop in STOPS if stop.on]


def test_number_line_has_a_tick_at_each_first_of_a_month() -> None:
    firsts = [date(2024, month, 1) for month in range(9, 13)] + [date(2025, month, 1) for month in range(1, 9)]

    drawn = re.findall(r'<path class="line-tick" d="M([\d.]+) ', draw([]))

    assert [float(x) for x in drawn] == [*(position(day, FIRST, LAST) for day in firsts), position(LAST, FIRST, LAST)]


@given(st.lists(st.dates(FIRST, LAST), min_size=1, max_size=9, unique=True))
def test_number_line_labels_never_touch(days: list[date]) -> None:
    stops = [Stop(number, day, "Bars", "Oadby", "coming") for number, day in enumerate(sorted(days), 1)]

    drawn = re.findall(r'<text class="line-place [\w-]+" x="([\d.]+)"', draw(stops, today=date(2024, 8, 31)))

    xs = [float(x) for x in drawn]
    assert len(xs) == len(stops)
    assert all(after - before >= 5 * 7.6 for before, after in pairwise(xs))
    assert all(0 <= x <= 1000 for x in xs)


def test_number_line_shades_and_names_every_holiday() -> None:
    html = draw(STOPS, HOLIDAYS)

    shaded = re.findall(r'<rect class="line-holiday" x="([\d.]+)"[^>]*><title>([^<]+)</title>', html)
    assert shaded == [(str(position(one.first, FIRST, LAST)), one.name) for one in HOLIDAYS]
    # Shaded, in the key below, in the words read aloud, and on the upright line.
    assert {one.name: html.count(one.name) for one in HOLIDAYS} == {one.name: 4 for one in HOLIDAYS}


def test_number_line_jumps_are_solid_behind_us_and_dotted_to_come() -> None:
    html = draw(STOPS)

    assert (html.count("line-jump is-done"), html.count("line-jump is-coming")) == (3, 2)
    assert (html.count("has-jump is-behind"), html.count('has-jump"')) == (3, 2)


def test_number_line_jumps_over_a_cancelled_session() -> None:
    days = [date(2025, 1, 7), date(2025, 2, 4), date(2025, 3, 4)]
    stops = [Stop(number, day, "Bars", "Oadby", "coming") for number, day in enumerate(days, 1)]
    stops[1] = replace(stops[1], state="cancelled")

    html = draw(stops)

    assert (html.count("line-jump"), html.count("line-cross")) == (1, 1)
    assert "Tuesday 4 February, cancelled" in html


def test_number_line_marks_today_where_no_session_is() -> None:
    html = draw(STOPS, today=date(2025, 2, 3))

    x = position(date(2025, 2, 3), FIRST, LAST)
    assert re.findall(r'<path class="line-stem is-now" d="M([\d.]+) ', html) == [str(x)]


def test_number_line_lists_a_session_without_a_date() -> None:
    html = draw([Stop(1, None, "Later", "Oadby", "unplaced")])

    assert "Date to be confirmed: 1. Later" in html
    assert "line-point" not in html


def test_number_line_escapes_what_people_type() -> None:
    holiday = Holiday("<b>Fair</b>", date(2025, 1, 1), date(2025, 1, 2))
    stop = Stop(1, date(2025, 1, 7), "<script>x</script>", "O'<b>", "done", url='"><i>', task="a & <i>")
    after = Stop(2, date(2025, 3, 7), "Bars", "Oadby", "coming")

    html = draw([stop, after], [holiday])

    assert [tag for tag in ("<script", "<i>", "O'<b", "<b>Fair") if tag in html] == []
    assert "a &amp; &lt;i&gt;" in html


def test_small_number_line_says_what_it_shows() -> None:
    html = number_line(STOPS, [], date(2025, 1, 21), FIRST, LAST, detail=False)

    assert 'aria-label="6 sessions, 8 October to 13 May"' in html
    assert (html.count("line-point"), html.count("line-jump")) == (6, 5)


def test_pictures_carry_no_inline_style() -> None:
    assert [name for name, html in pictures().items() if "style=" in html] == []


def test_ten_frame_counts_named_held_and_ours() -> None:
    html = ten_frame(20, 1, 1, 14, 2)

    counters = re.findall(r'class="counter ([\w -]+)"', html)
    assert sorted(counters) == sorted(["is-ours"] + ["is-ours is-held"] + ["is-named"] * 13 + ["is-held"])
    assert "<b>4 of 20 places left.</b> 14 named, 2 held for names to follow. 2 are yours." in html


@pytest.mark.parametrize(("capacity", "outline"), [(10, "M0 0H100V20H100V40H0Z"), (7, "M0 0H100V20H40V40H0Z")])
def test_ten_frame_has_a_cell_for_each_place_and_no_other(capacity: int, outline: str) -> None:
    html = ten_frame(capacity, 0, 0, 0, 0)

    assert f'<path class="frame-box" d="{outline}"/>' in html


@pytest.mark.parametrize(
    ("capacity", "taken", "words"),
    [
        (12, 12, "All 12 places are taken."),
        (12, 0, "All 12 places are free."),
        (None, 3, "3 places taken; no limit."),
        (None, 1, "1 place taken; no limit."),
        (120, 84, "36 of 120 places left."),
    ],
)
def test_ten_frame_says_what_it_shows(capacity: int | None, taken: int, words: str) -> None:
    assert words in ten_frame(capacity, 0, 0, taken, 0)


@given(st.lists(st.fractions(min_value=Fraction(1, 4), max_value=20), min_size=1, max_size=5))
def test_bar_model_parts_fill_the_bar(values: list[Fraction]) -> None:
    html = bar_model([Part("x", value, "done") for value in values], "all", "hours", whole=sum(values))

    drawn = re.findall(r'<svg x="([\d.]+)%" width="([\d.]+)%" height="46">', html)
    shares = [100 * value / sum(values) for value in values]
    assert [float(width) for _, width in drawn] == pytest.approx(shares, abs=0.01)
    assert sum(float(width) for _, width in drawn) == pytest.approx(100, abs=0.01)


def test_bar_model_refuses_parts_that_do_not_make_the_whole() -> None:
    with pytest.raises(ValueError, match="the parts make 5, not 6"):
        bar_model([Part("attended", 5, "done")], "6 hours", "hours", whole=6)


@given(st.lists(st.integers(min_value=0, max_value=60), min_size=1, max_size=8))
def test_bar_strip_parts_fill_the_bar_and_nothing_is_read_aloud(values: list[int]) -> None:
    html = bar_strip([Part("x", value, kind) for value, kind in zip(values, levels(len(values)), strict=True)])

    drawn = [float(width) for width in re.findall(r'width="([\d.]+)%" height="22">', html)]
    assert sum(drawn) == pytest.approx(100 if any(values) else 0, abs=0.01)
    assert len(drawn) == sum(value > 0 for value in values)
    assert html.startswith('<svg class="bar-parts is-strip" height="22" aria-hidden="true"')


def test_levels_are_as_far_apart_as_five_allow() -> None:
    assert [[int(kind[-1]) for kind in levels(count)] for count in (1, 2, 3, 4, 5, 7)] == [
        [1],
        [1, 5],
        [1, 3, 5],
        [1, 2, 4, 5],
        [1, 2, 3, 4, 5],
        [1, 2, 3, 4, 5, 1, 2],
    ]
    assert levels(3, from_middle=True) == ["level4", "level2", "level5"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Fraction(5, 2), "2½"),
        (Fraction(1, 4), "¼"),
        (7, "7"),
        (Fraction(27, 4), "6¾"),
        (Fraction(1, 3), "0.3"),
        (0, "0"),
    ],
)
def test_number_words_are_written_as_on_the_board(value: Fraction, words: str) -> None:
    assert number_words(value) == words
