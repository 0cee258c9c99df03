"""An authority's school year: when its schools are shut, as a list and as a line."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.models import HistoryLine, School
from booking.models import SchoolHoliday
from booking.pictures import Holiday, number_line
from booking.reports.shown import window
from booking.schooldays import bank_holidays_between

ACTS = ["holiday_saved", "holiday_removed"]
SHOWN = 10


@dataclass
class AuthorityYear:
    """One authority in one school year."""

    code: str
    name: str
    holidays: list[SchoolHoliday]
    line: SafeString


@dataclass
class Done:
    """One act on the term dates: of which authority, and which days it was about."""

    line: HistoryLine
    name: str
    first_on: date
    last_on: date


def authority_years(year: int) -> list[AuthorityYear]:
    """The hub's authorities in their own order, then others that have dates in this year."""
    first, last = window(year)
    found: dict[str, list[SchoolHoliday]] = {code: [] for code in settings.HUB_AUTHORITIES}
    for one in SchoolHoliday.objects.filter(last_on__gte=first, first_on__lte=last).order_by("first_on", "pk"):
        found.setdefault(one.la_code, []).append(one)
    today, names = timezone.localdate(), names_of(found)
    return [
        AuthorityYear(code, names[code], own, _line(own, today, first, last) if own else SafeString())
        for code, own in found.items()
    ]


def bank_holidays_of(year: int) -> list[tuple[date, str]]:
    return bank_holidays_between(*window(year))


def done_lately() -> list[Done]:
    """What was done about term dates, newest first; of what was taken out too."""
    lines = list(HistoryLine.objects.filter(verb__in=ACTS).select_related("by").order_by("-at", "-pk")[:SHOWN])
    names = names_of({line.details["la_code"] for line in lines})
    return [
        Done(
            line,
            names[line.details["la_code"]],
            date.fromisoformat(line.details["first_on"]),
            date.fromisoformat(line.details["last_on"]),
        )
        for line in lines
    ]


def names_of(codes: Iterable[str]) -> dict[str, str]:
    """The hub's authorities by their names, others as the register of schools calls them."""
    known = dict(settings.HUB_AUTHORITIES)
    others = {code for code in codes if code not in known}
    if others:
        schools = School.objects.filter(la_code__in=others).exclude(la_name="")
        known |= dict(schools.order_by("-pk").values_list("la_code", "la_name"))
    return {code: known.get(code, f"Authority {code}") for code in codes}


def _line(own: list[SchoolHoliday], today: date, first: date, last: date) -> SafeString:
    shut = [Holiday(one.name, one.first_on, one.last_on) for one in own]
    return number_line([], shut, today, first, last, detail=True)
