"""Bars in rows and bars upright: to scale, in words for whoever cannot see them, and never markup of somebody's."""

import re

from booking.pictures import Column, Part, Row, columns, row_bars


def test_row_bars_are_to_scale_and_say_what_they_show() -> None:
    drawn = row_bars([Row("Primary", [Part("", 3, "full"), Part("", 1, "done")], 8, "4 of 8")], "Half of them started.")

    assert 'role="img" aria-label="Half of them started."' in drawn
    assert re.findall(r'<svg x="([\d.]+%)" width="([\d.]+%)"', drawn) == [("0.000%", "37.500%"), ("37.500%", "12.500%")]


def test_row_bars_of_nothing_are_empty_and_do_not_fail() -> None:
    drawn = row_bars([Row("Withdrew", [Part("", 0, "rest")], 0, "0")], "Nobody.")

    assert '<svg class="bar-parts" height="26" focusable="false"></svg>' in drawn


def test_columns_stand_on_the_line_and_are_as_high_as_their_share() -> None:
    drawn = columns([Column("2025-26", [Part("", 1, "full"), Part("", 1, "done")], 4, "2")], "Two started.")

    assert re.findall(r'y="([\d.]+)" width="[\d.]+%" height="([\d.]+)"', drawn) == [
        ("153.5", "42.5"),
        ("111.0", "42.5"),
    ]


def test_columns_of_which_nothing_is_known_say_so_and_are_no_bar_of_nought() -> None:
    drawn = columns([Column("2024-25", [], 4, "not held here"), Column("2025-26", [Part("", 0, "done")], 4, "0")], "")

    assert drawn.count('class="column-unknown"') == 1
    assert ">not held here</text>" in drawn


def test_charts_escape_what_people_typed() -> None:
    drawn = row_bars([Row("<b>A & B</b>", [], 1, "0")], 'Says "more"') + columns([Column("<i>", [], 1, "<u>")], "<s>")

    assert re.findall(r"<[bius]>", drawn) == []
    assert "&lt;b&gt;A &amp; B&lt;/b&gt;" in drawn
