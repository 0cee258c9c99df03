"""Dates by a rule, and the same day of term in another year."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from booking.demo.year import holidays
from booking.recurring import DateRule, Every, Meets, days_by
from booking.terms import TermYear, same_day_of_term

TUESDAY, THURSDAY = 1, 3


def term_year(year: int, la_code: str = "855") -> TermYear:
    """A year of the county as the demonstration has it, with the summer before."""
    before = [days for days in holidays(year - 1, la_code) if days[0] == "Summer"]
    return TermYear(year, [(first, last) for _, first, last in [*before, *holidays(year, la_code)]])


def by(rule: DateRule) -> list[date]:
    return days_by(rule, lambda day: term_year(day.year - (day.month < 9)).is_school_day(day), term_year)


def test_days_every_third_tuesday_leave_holidays_out() -> None:
    days = by(DateRule(first=date(2026, 9, 22), weekday=TUESDAY, times=6, weeks=3))

    assert all(term_year(2026).is_school_day(day) for day in days)
    assert len(days) == 6
    assert {(day - days[0]).days % 21 for day in days} == {0}


def test_days_that_fall_in_a_holiday_come_a_week_later() -> None:
    rule = DateRule(first=date(2026, 9, 22), weekday=TUESDAY, times=4, weeks=1, holidays=Meets.WEEK_LATER)

    days = by(rule)

    assert days == sorted(set(days))
    assert all(term_year(2026).is_school_day(day) for day in days)


def test_days_that_are_kept_stand_whatever_the_holidays() -> None:
    days = by(DateRule(first=date(2026, 12, 8), weekday=TUESDAY, times=4, holidays=Meets.KEEP))

    assert days == [date(2026, 12, 8) + timedelta(weeks=number) for number in range(4)]


def test_days_begin_on_the_first_such_weekday_from_the_day_given() -> None:
    assert by(DateRule(first=date(2026, 9, 21), weekday=TUESDAY, times=1)) == [date(2026, 9, 22)]


def test_days_on_the_first_thursday_of_each_month_leave_january_out_where_schools_are_shut() -> None:
    days = by(DateRule(first=date(2026, 9, 1), weekday=THURSDAY, times=5, every=Every.MONTH))

    assert [day for day in days if day.day > 7] == []
    assert days[:3] == [date(2026, 9, 3), date(2026, 10, 1), date(2026, 11, 5)]


def test_days_on_the_last_thursday_of_each_month() -> None:
    days = by(DateRule(first=date(2026, 9, 1), weekday=THURSDAY, times=2, every=Every.MONTH, nth=-1))

    assert days == [date(2026, 9, 24), date(2026, 10, 29)]


def test_days_once_every_half_term_are_six_in_a_year() -> None:
    days = by(DateRule(first=date(2026, 9, 1), weekday=THURSDAY, times=6, every=Every.HALF_TERM))

    year = term_year(2026)
    assert len(year.half_terms) == 6
    assert [sum(first <= day <= last for day in days) for first, last in year.half_terms] == [1] * 6


def test_days_by_half_terms_that_nobody_has_entered_are_refused() -> None:
    rule = DateRule(first=date(2026, 9, 1), weekday=THURSDAY, times=6, every=Every.HALF_TERM)

    with pytest.raises(ValidationError, match="Only 0 dates could be found"):
        days_by(rule, lambda day: True, lambda year: TermYear(year, []))


def test_same_day_of_term_is_the_same_weekday_of_the_same_week() -> None:
    before, after = term_year(2025), term_year(2026)
    days = [day for number in range(300) if before.is_school_day(day := date(2025, 9, 1) + timedelta(days=number))]

    found = [same_day_of_term(day, before, after)[0] for day in days]

    assert [day.weekday() for day in found] == [day.weekday() for day in days]
    assert [after.week_of(day) for day in found] == [before.week_of(day) for day in days]


def test_same_day_of_term_without_term_dates_is_52_weeks_later() -> None:
    day, words = same_day_of_term(date(2025, 9, 23), term_year(2025), TermYear(2026, []))

    assert (day, words) == (date(2026, 9, 22), "52 weeks")


def test_same_day_of_term_of_a_day_in_a_holiday_is_52_weeks_later() -> None:
    first = holidays(2025, "855")[0][1]

    assert same_day_of_term(first, term_year(2025), term_year(2026)) == (first + timedelta(weeks=52), "outside term")


def test_first_day_of_a_year_follows_the_summer_where_it_is_known() -> None:
    early = TermYear(2026, [(date(2026, 7, 11), date(2026, 8, 25))])

    assert [one.first_day for one in (early, TermYear(2026, []))] == [date(2026, 8, 26), date(2026, 9, 1)]
