"""An authority's school year: when its schools are shut, as a list and as a line."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.models import HistoryLine, School
from booking.models import OwnDays, SchoolHoliday
from booking.pictures import Holiday, number_line
from booking.reports.shown import window
from booking.schooldays import authority_names, bank_holidays_between

ACTS = ["holiday_saved", "holiday_removed", "holidays_imported"]
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
    today, names = timezone.localdate(), authority_names(found)
    return [
        AuthorityYear(code, names[code], own, _line(own, today, first, last) if own else SafeString())
        for code, own in found.items()
    ]


def bank_holidays_of(year: int) -> list[tuple[date, str]]:
    return bank_holidays_between(*window(year))


def done_lately() -> list[Done]:
    """What was done about term dates, newest first; of what was taken out too."""
    lines = list(HistoryLine.objects.filter(verb__in=ACTS).select_related("by").order_by("-at", "-pk")[:SHOWN])
    names = authority_names({line.details["la_code"] for line in lines})
    return [
        Done(
            line,
            names[line.details["la_code"]],
            date.fromisoformat(line.details["first_on"]),
            date.fromisoformat(line.details["last_on"]),
        )
        for line in lines
    ]


def _line(own: list[SchoolHoliday], today: date, first: date, last: date) -> SafeString:
    shut = [Holiday(one.name, one.first_on, one.last_on) for one in own]
    return number_line([], shut, today, first, last, detail=True)


@dataclass
class SchoolDays:
    """One school's year: when its authority's schools are shut, and what differs here."""

    authority: str
    holidays: list[tuple[SchoolHoliday, bool]]
    own: list[OwnDays]
    line: SafeString


def days_of_school(school: School, year: int) -> SchoolDays:
    """With each holiday of the authority whether the school is open on all of its days."""
    first, last = window(year)
    within = {"last_on__gte": first, "first_on__lte": last}
    holidays = list(SchoolHoliday.objects.filter(la_code=school.la_code, **within).order_by("first_on"))
    own = list(OwnDays.objects.filter(school=school, **within))
    shut = list[Holiday]()
    for day, name in _shut_days(holidays, own):
        if shut and shut[-1].name == name and (day - shut[-1].last).days == 1:
            shut[-1] = Holiday(name, shut[-1].first, day)
        else:
            shut.append(Holiday(name, day, day))
    open_then = [(one.first_on, one.last_on) for one in own if one.is_open]
    return SchoolDays(
        authority=authority_names([school.la_code])[school.la_code] if school.la_code else "",
        holidays=[
            (one, any(begins <= one.first_on and one.last_on <= ends for begins, ends in open_then)) for one in holidays
        ],
        own=own,
        line=number_line([], shut, timezone.localdate(), first, last, detail=True),
    )


def _shut_days(holidays: list[SchoolHoliday], own: list[OwnDays]) -> list[tuple[date, str]]:
    """Each day on which the school is shut, in order, with what it is called."""
    named: dict[date, str] = {}
    for one in holidays:
        named |= dict.fromkeys(_days(one), one.name)
    for days in own:
        for day in _days(days):
            if days.is_open:
                named.pop(day, None)
            else:
                named[day] = days.name
    return sorted(named.items())


def _days(span: SchoolHoliday | OwnDays) -> list[date]:
    return [span.first_on + timedelta(days=number) for number in range((span.last_on - span.first_on).days + 1)]
