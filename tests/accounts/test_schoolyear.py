"""School years to choose between."""

from collections.abc import Iterable

import pytest

from accounts.schoolyear import year_choices


@pytest.mark.parametrize(
    ("years", "chosen", "found"),
    [
        (range(2025, 2027), 0, [2025, 2026]),
        (range(2025, 2027), 2026, [2025, 2026]),
        (range(2025, 2027), 2019, [2019, 2025, 2026]),
        (range(2026, 2024, -1), 2019, [2026, 2025, 2019]),
        (range(2026, 2024, -1), 2030, [2030, 2026, 2025]),
        ([], 2026, [2026]),
    ],
)
def test_years_to_choose_have_the_chosen_one_in_its_order(years: Iterable[int], chosen: int, found: list[int]) -> None:
    assert [year for year, _ in year_choices(years, chosen)] == found


def test_years_to_choose_are_labelled() -> None:
    assert year_choices([2026]) == [(2026, "2026-27")]
