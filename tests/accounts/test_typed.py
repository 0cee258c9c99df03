"""What anybody may have typed where a number belongs."""

import pytest

from accounts.typed import number_in, page_in


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), ("", 0), ("-1", 0), ("1.5", 0), ("²", 0), ("x", 0), ("9" * 14, int("9" * 14)), ("9" * 15, 0)],
)
def test_number_in_is_a_whole_number_that_an_id_can_be(text: str, number: int) -> None:
    assert number_in(text) == number


@pytest.mark.parametrize(("text", "page"), [("3", 3), ("0", 1), ("", 1), ("last", 1), ("1000000", 1)])
def test_page_in_is_the_first_where_none_is_asked_for(text: str, page: int) -> None:
    assert page_in(text) == page
