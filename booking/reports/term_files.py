"""What a file of term dates would do: each of its lines beside what is held already, before anything is written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings

from accounts.schoolyear import why_far
from booking.models import SchoolHoliday
from booking.schooldays import authority_names, is_working_day
from booking.templatetags.words import day_short
from booking.term_files import Line
from booking.terms import LONG

# What calendars of authorities hold besides holidays: days on which schools are open.
OPEN_DAYS = (
    "term starts",
    "term begins",
    "term ends",
    "school opens",
    "schools open",
    "schools return",
    "first day of",
    "last day of",
)


@dataclass(frozen=True)
class Row:
    """A line as it would be taken in. `problem`: why it cannot be; `doubt`: why somebody had better look first."""

    number: int
    name: str
    la_code: str
    authority: str
    first: date | None
    last: date | None
    problem: str = ""
    doubt: str = ""

    @property
    def can_be_taken(self) -> bool:
        return not self.problem


def rows_of(lines: Sequence[Line], la_code: str, today: date) -> list[Row]:
    """Each line as a row. `la_code`: of whom it is where the line does not say."""
    codes = [_code(line.authority) or la_code for line in lines]
    held: dict[str, list[SchoolHoliday]] = {}
    for one in SchoolHoliday.objects.filter(la_code__in=set(codes)).order_by("first_on"):
        held.setdefault(one.la_code, []).append(one)
    names, before, found = authority_names(codes), list[Row](), list[Row]()
    for line, code in zip(lines, codes, strict=True):
        row = _row(line, code, names[code], held.get(code, []), before, today)
        found.append(row)
        if row.can_be_taken:
            before.append(row)
    return found


def _code(words: str) -> str:
    """The authority that a line names: by its code, or as the hub calls it. Anything else is not known."""
    if words.isdecimal() and len(words) == 3:
        return words
    known = {name.casefold(): code for code, name in settings.HUB_AUTHORITIES.items()}
    return known.get(words.strip().casefold(), "")


def _row(
    line: Line, code: str, authority: str, held: Iterable[SchoolHoliday], before: Iterable[Row], today: date
) -> Row:
    problem, doubt = line.problem, ""
    if not problem and line.authority and not _code(line.authority):
        problem = f"“{line.authority[:40]}” is no authority that the hub knows; give its code of three figures."
    if not problem and line.first and line.last:
        problem = why_far(line.first, today) or _against(line.first, line.last, line.name, code, held, before)
        doubt = _doubt(line.name, line.first, line.last)
        if problem and doubt:
            problem, doubt = f"{doubt} {problem}", ""
    return Row(line.number, line.name, code, authority, line.first, line.last, problem, doubt)


def _against(
    first: date, last: date, name: str, code: str, held: Iterable[SchoolHoliday], before: Iterable[Row]
) -> str:
    """What is held already, or stands higher in the file, on one of these days."""
    for one in held:
        if (one.first_on, one.last_on) == (first, last):
            return f"It is held already, as “{one.name}”."
        if one.first_on <= last and first <= one.last_on:
            return f"“{one.name}” lies there already: {day_short(one.first_on)} to {day_short(one.last_on)}."
    for row in before:
        if row.la_code == code and row.first and row.last and row.first <= last and first <= row.last:
            return f"It overlaps line {row.number}, “{row.name}”."
    return ""


def _doubt(name: str, first: date, last: date) -> str:
    words = name.casefold()
    if any(one in words for one in OPEN_DAYS) or (words.endswith(" term") and "half" not in words):
        return "It reads like days on which schools are open. Only days on which they are shut belong here."
    if last - first > LONG:
        return f"It is {(last - first).days + 1} days long. Are both days right?"
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    if not any(is_working_day(day) for day in days):
        return "It is a weekend or a bank holiday, and known already."
    return ""
