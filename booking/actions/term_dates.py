"""The days on which an authority's schools are shut, as its calendar says: entered, changed, taken out."""

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
