"""An authority's weeks of term and half terms, counted over its holidays: so a date is found again in another year."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from booking.models import SchoolHoliday
from booking.schooldays import is_working_day

DAY, WEEK = timedelta(days=1), timedelta(days=7)
# Of shorter ones (a training day, a polling day) no half term ends.
HOLIDAY = timedelta(days=4)
# The summer holidays have about six weeks: what is longer is looked at twice.
LONG = timedelta(days=60)
# Schools go back in the last days of August at the earliest, and in the second week of September at the latest.
EARLIEST_START, LATEST_START = (8, 20), (9, 15)
# A year is known once this many holidays of a week are, Christmas among them.
FEWEST_HOLIDAYS = 3

Days = tuple[date, date]


@dataclass(frozen=True)
class TermYear:
    """The school year of one authority; `shut`: its holidays, first and last day, both included, in their order."""

    year: int
    shut: Sequence[Days]

    @cached_property
    def is_known(self) -> bool:
        """Has the hub entered enough of its holidays that weeks of term can be counted?"""
        long = [(first, last) for first, last in self.shut if last - first >= HOLIDAY and self._is_inside(first)]
        christmas = date(self.year, 12, 25)
        return len(long) >= FEWEST_HOLIDAYS and any(first <= christmas <= last for first, last in long)

    @cached_property
    def first_day(self) -> date:
        """The first school day: the day after the summer holidays, where they are known, else from 1 September."""
        earliest, latest = date(self.year, *EARLIEST_START), date(self.year, *LATEST_START)
        summer = [last for first, last in self.shut if earliest - DAY <= last <= latest and last - first > 2 * WEEK]
        day = max(summer) + DAY if summer else date(self.year, 9, 1)
        while not self.is_school_day(day):
            day += DAY
        return day

    @cached_property
    def weeks(self) -> list[date]:
        """The Mondays of all weeks in which there is school, from the first on."""
        monday, found = self.first_day - timedelta(days=self.first_day.weekday()), []
        while monday < date(self.year + 1, 8, 1):
            if any(self.is_school_day(monday + timedelta(days=number)) for number in range(5)):
                found.append(monday)
            monday += WEEK
        return found

    @cached_property
    def half_terms(self) -> list[Days]:
        """The stretches of school between holidays of a week and more: first and last school day of each."""
        found: list[Days] = []
        for monday in self.weeks:
            days = [day for number in range(5) if self.is_school_day(day := monday + timedelta(days=number))]
            if found and not any(found[-1][1] < first and last < days[0] for first, last in self._long):
                found[-1] = found[-1][0], days[-1]
            else:
                found.append((days[0], days[-1]))
        return found

    @cached_property
    def _long(self) -> list[Days]:
        return [(first, last) for first, last in self.shut if last - first >= HOLIDAY]

    def is_school_day(self, day: date) -> bool:
        return is_working_day(day) and not any(first <= day <= last for first, last in self.shut)

    def week_of(self, day: date) -> int | None:
        """Which week of term it lies in, from 1; None outside all of them."""
        monday = day - timedelta(days=day.weekday())
        return self.weeks.index(monday) + 1 if monday in self.weeks else None

    def day_in(self, week: int, weekday: int) -> date | None:
        """That weekday of that week of term; None where the year has fewer weeks."""
        return self.weeks[week - 1] + timedelta(days=weekday) if 1 <= week <= len(self.weeks) else None

    def _is_inside(self, day: date) -> bool:
        return date(self.year, 9, 1) <= day < date(self.year + 1, 7, 1)


class Terms:
    """The school years of every authority, read once."""

    def __init__(self) -> None:
        self._shut: dict[str, list[Days]] = {}
        rows = SchoolHoliday.objects.order_by("first_on", "pk").values_list("la_code", "first_on", "last_on")
        for la_code, first, last in rows:
            self._shut.setdefault(la_code, []).append((first, last))
        self._years: dict[tuple[str, int], TermYear] = {}

    def of(self, la_code: str, year: int) -> TermYear:
        """The school year that begins in September of `year`, with whatever is known of it."""
        key = la_code, year
        if key not in self._years:
            first, last = date(year, 7, 1), date(year + 1, 9, 15)
            inside = [days for days in self._shut.get(la_code, []) if days[1] >= first and days[0] <= last]
            self._years[key] = TermYear(year, inside)
        return self._years[key]


def same_day_of_term(day: date, before: TermYear, after: TermYear) -> tuple[date, str]:
    """The same weekday of the same week of term in another school year, and how it was found, in words if not so.

    Where either year's holidays are not entered, or the day lay in no week of term: 52 weeks later for each year.
    """
    plain = day + 52 * WEEK * (after.year - before.year)
    if not before.is_known or not after.is_known:
        return plain, "52 weeks"
    week = before.week_of(day)
    if week is None:
        return plain, "outside term"
    found = after.day_in(week, day.weekday())
    if found is None:
        return after.weeks[-1] + timedelta(days=day.weekday()), "last week"
    return found, ""
