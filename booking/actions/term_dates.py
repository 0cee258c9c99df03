"""The days on which an authority's schools are shut, as its calendar says: entered, changed, taken out; from a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import User
from accounts.schoolyear import school_year_of
from booking.models import SchoolHoliday, WorkGroup
from booking.templatetags.words import day_short


@transaction.atomic(durable=True)
def save_holiday(*, holiday: SchoolHoliday, by: User) -> SchoolHoliday:
    """Enter a holiday of an authority, or change one; the groups of that year show it anew.

    Raises ValidationError where another holiday of the same authority falls on one of these days.
    """
    now = timezone.now()
    years = set()
    if holiday.pk:
        stored = SchoolHoliday.objects.select_for_update(no_key=True).filter(pk=holiday.pk).first()
        if stored is None:
            raise ValidationError("Somebody has taken this holiday out meanwhile. Enter it as a new one.")
        years = _years(stored)
    holiday.full_clean()
    others = SchoolHoliday.objects.filter(la_code=holiday.la_code).exclude(pk=holiday.pk)
    other = others.filter(first_on__lte=holiday.last_on, last_on__gte=holiday.first_on).first()
    if other is not None:
        raise ValidationError(
            f"“{other.name}” of this authority lies there already: {day_short(other.first_on)} to "
            f"{day_short(other.last_on)}. Change that one, or choose days beside it."
        )
    holiday.save()
    _touch_groups(years | _years(holiday))
    history.write("holiday_saved", about=[holiday], by=by, at=now, details=_details(holiday), tells=False)
    return holiday


@transaction.atomic(durable=True)
def remove_holiday(*, holiday: SchoolHoliday, by: User) -> None:
    """Take a holiday out: its days are school days again."""
    now = timezone.now()
    history.write("holiday_removed", about=[holiday], by=by, at=now, details=_details(holiday), tells=False)
    _touch_groups(_years(holiday))
    holiday.delete()


@dataclass(frozen=True)
class HolidayRow:
    """A holiday as somebody has agreed to it in a preview."""

    la_code: str
    name: str
    first_on: date
    last_on: date


@transaction.atomic(durable=True)
def take_in(*, rows: Sequence[HolidayRow], source: str, by: User) -> int:
    """Enter holidays that were looked at before, all of them or none. Returns how many.

    Raises ValidationError, naming the row, where it cannot stand or meanwhile something else lies on its days.
    """
    now = timezone.now()
    if not rows:
        raise ValidationError("Tick at least one row that is to be taken in.")
    made, years = list[SchoolHoliday](), set[int]()
    held = list(SchoolHoliday.objects.filter(la_code__in={row.la_code for row in rows}))
    for row in rows:
        holiday = SchoolHoliday(la_code=row.la_code, name=row.name, first_on=row.first_on, last_on=row.last_on)
        try:
            holiday.full_clean()
        except ValidationError as refusal:
            words = " ".join(refusal.messages)
            raise ValidationError(f"“{row.name}”, {day_short(row.first_on)}: {words} Nothing was kept.") from refusal
        for other in [*held, *made]:
            if other.la_code == row.la_code and other.first_on <= row.last_on and row.first_on <= other.last_on:
                raise ValidationError(
                    f"“{row.name}”, {day_short(row.first_on)}: “{other.name}” lies there meanwhile. Nothing was kept: "
                    "take its tick away."
                )
        made.append(holiday)
        years |= _years(holiday)
    SchoolHoliday.objects.bulk_create(made)
    _touch_groups(years)
    for code in sorted({one.la_code for one in made}):
        own = [one for one in made if one.la_code == code]
        span = {"first_on": min(one.first_on for one in own), "last_on": max(one.last_on for one in own)}
        details = {"la_code": code, "holidays": [one.pk for one in own]}
        details |= {name: day.isoformat() for name, day in span.items()}
        history.write("holidays_imported", about=own, by=by, at=now, reason=source, details=details, tells=False)
    return len(made)


def _years(holiday: SchoolHoliday) -> set[int]:
    return {school_year_of(holiday.first_on), school_year_of(holiday.last_on)}


def _touch_groups(years: set[int]) -> None:
    """Their number lines are shaded anew. By id, as everybody locks them."""
    groups = WorkGroup.objects.filter(year__in=years)
    list(groups.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    groups.touch()


def _details(holiday: SchoolHoliday) -> dict[str, object]:
    days = {"first_on": holiday.first_on.isoformat(), "last_on": holiday.last_on.isoformat()}
    return {"holiday": holiday.pk, "la_code": holiday.la_code, **days}
