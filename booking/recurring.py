"""Dates by a rule: every third Tuesday, the first Thursday of each month or half term, with holidays left out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import models

from booking.terms import TermYear

WEEK = timedelta(days=7)
MOST = 40
# A rule that finds no more dates by then has none.
MOST_TRIED = 200


class Every(models.TextChoices):
    WEEKS = "weeks", "Every so many weeks"
    MONTH = "month", "Once a month"
    HALF_TERM = "half_term", "Once every half term"


class Meets(models.TextChoices):
    """What happens to a date on which schools are shut."""

    LEAVE_OUT = "leave_out", "Leave it out and go on to the next"
    WEEK_LATER = "week_later", "Take the same weekday a week later"
    KEEP = "keep", "Keep it: we meet all the same"


@dataclass(frozen=True)
class DateRule:
    """From which day on, on which weekday (0: Monday), how many times, and how often.

    `nth`: which such weekday of a month or half term; -1: the last.
    """

    first: date
    weekday: int
    times: int
    every: str = Every.WEEKS
    weeks: int = 1
    nth: int = 1
    holidays: str = Meets.LEAVE_OUT


def days_by(rule: DateRule, is_open: Callable[[date], bool], terms: Callable[[int], TermYear]) -> list[date]:
    """The days of a rule, in their order.

    `is_open`: is it a school day there? `terms`: the school year that begins in a year, for rules by half terms.
    Raises ValidationError where the rule finds fewer days than it asks for.
    """
    if not 1 <= rule.times <= MOST:
        raise ValidationError(f"From one session to {MOST} can be added at once.")
    found: list[date] = []
    for day in _candidates(rule, terms):
        meets = _free(day, rule, is_open, found)
        if meets is not None:
            found.append(meets)
        if len(found) == rule.times:
            return found
    words = f"{len(found)} date{'' if len(found) == 1 else 's'}"
    raise ValidationError(f"Only {words} could be found by this rule. Ask for fewer, or choose another rule.")


def _candidates(rule: DateRule, terms: Callable[[int], TermYear]) -> Iterator[date]:
    if rule.every == Every.WEEKS:
        begins = rule.first + timedelta(days=(rule.weekday - rule.first.weekday()) % 7)
        yield from (begins + number * rule.weeks * WEEK for number in range(MOST_TRIED))
        return
    stretches = _months(rule.first) if rule.every == Every.MONTH else _half_terms(rule.first, terms)
    for first, last in stretches:
        such = [day for day in _days(first, last) if day.weekday() == rule.weekday]
        if such and len(such) >= rule.nth:
            day = such[-1] if rule.nth < 0 else such[rule.nth - 1]
            if day >= rule.first:
                yield day


def _months(first: date) -> Iterator[tuple[date, date]]:
    begins = first.replace(day=1)
    for _ in range(2 * MOST):
        following = (begins + timedelta(days=32)).replace(day=1)
        yield begins, following - timedelta(days=1)
        begins = following


def _half_terms(first: date, terms: Callable[[int], TermYear]) -> Iterator[tuple[date, date]]:
    year = first.year if first.month >= 8 else first.year - 1
    while True:
        term = terms(year)
        if not term.is_known:
            return
        yield from term.half_terms
        year += 1


def _free(day: date, rule: DateRule, is_open: Callable[[date], bool], found: list[date]) -> date | None:
    """The day, or the one that takes its place; None where it is left out."""
    if found and day <= found[-1]:
        return None  # one moved a week on has come up to it
    if rule.holidays == Meets.KEEP or is_open(day):
        return day
    if rule.holidays == Meets.LEAVE_OUT:
        return None
    later = (day + number * WEEK for number in range(1, 9))
    return next((one for one in later if is_open(one)), None)


def _days(first: date, last: date) -> Iterator[date]:
    yield from (first + timedelta(days=number) for number in range((last - first).days + 1))
