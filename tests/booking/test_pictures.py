"""The pictures mean what they show: parts make the whole, x is proportional to the date, every holiday is there."""

import re
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.pictures import Holiday, Part, Stop, bar_model, number_line, number_words, position, ten_frame
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

    assert [float(x) for x in drawn] == [position(stop.on, FIRST, LAST) for stop in STOPS if stop.on]


def test_number_line_shades_and_names_every_holiday() -> None:
    html = draw(STOPS, HOLIDAYS)

    assert html.count("line-holiday") == len(HOLIDAYS)
    assert [one.name for one in HOLIDAYS if html.count(one.name) >= 2] == [one.name for one in HOLIDAYS]


def test_number_line_jumps_are_solid_behind_us_and_dotted_to_come() -> None:
    html = draw(STOPS)

    assert (html.count("line-jump is-done"), html.count("line-jump is-coming")) == (3, 2)


def test_number_line_lists_a_session_without_a_date() -> None:
    html = draw([Stop(1, None, "Later", "Oadby", "unplaced")])

    assert "Date to be confirmed" in html
    assert "line-point" not in html


def test_number_line_escapes_what_people_type() -> None:
    html = draw([Stop(1, date(2025, 1, 7), "<script>x</script>", "O'<b>", "done", task="a & <i>")])

    assert "<script" not in html
    assert "<i>" not in html
    assert "a &amp; &lt;i&gt;" in html


def test_pictures_carry_no_inline_style() -> None:
    assert [name for name, html in pictures().items() if "style=" in html] == []


def test_ten_frame_counts_named_held_and_ours() -> None:
    html = ten_frame(20, 1, 1, 14, 2)

    counters = re.findall(r'class="counter ([\w -]+)"', html)
    assert sorted(counters) == sorted(["is-ours"] + ["is-ours is-held"] + ["is-named"] * 13 + ["is-held"])
    assert "4 of 20 places left. 14 named, 2 held for names to follow. 2 are yours." in html


@pytest.mark.parametrize(
    ("capacity", "taken", "words"),
    [
        (12, 12, "All 12 places are taken."),
        (12, 0, "All 12 places are free."),
        (None, 3, "3 places taken; no limit."),
        (120, 84, "36 of 120 places left."),
    ],
)
def test_ten_frame_says_what_it_shows(capacity: int | None, taken: int, words: str) -> None:
    assert words in ten_frame(capacity, 0, 0, taken, 0)


@given(st.lists(st.fractions(min_value=Fraction(1, 4), max_value=20), min_size=1, max_size=5))
def test_bar_model_parts_fill_the_bar(values: list[Fraction]) -> None:
    html = bar_model([Part("x", value, "done") for value in values], "all", "hours", whole=sum(values))

    widths = [float(width) for width in re.findall(r'y="34" width="([\d.]+)"', html)]
    assert sum(widths) == pytest.approx(600, abs=1)


def test_bar_model_refuses_parts_that_do_not_make_the_whole() -> None:
    with pytest.raises(ValueError, match="the parts make 5, not 6"):
        bar_model([Part("attended", 5, "done")], "6 hours", "hours", whole=6)


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
