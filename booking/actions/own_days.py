"""A school's own days, above its authority's: shut on a training day, open while others are not."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import School, User
from booking.models import OwnDays
from booking.templatetags.words import day_short


@transaction.atomic(durable=True)
def save_days(*, days: OwnDays, by: User) -> OwnDays:
    """Enter days of a school, or change them; from now on nothing is due, offered or reminded of on a day it is shut.

    Raises ValidationError where `by` does not act for the school, or other days of its own lie there.
    """
    now = timezone.now()
    school = _lock(days, by)
    if days.pk and not OwnDays.objects.filter(pk=days.pk, school=school).exists():
        raise ValidationError("Somebody has taken these days out meanwhile. Enter them as new ones.")
    days.full_clean()
    others = OwnDays.objects.filter(school=school, first_on__lte=days.last_on, last_on__gte=days.first_on)
    other = others.exclude(pk=days.pk).first()
    if other is not None:
        raise ValidationError(
            f"“{other.name}” of your school lies there already: {day_short(other.first_on)} to "
            f"{day_short(other.last_on)}. Change that, or choose days beside it."
        )
    days.save()
    history.write("own_days_saved", about=[school], by=by, at=now, details=_details(days), tells=False)
    return days


@transaction.atomic(durable=True)
def remove_days(*, days: OwnDays, by: User) -> None:
    """Take days of a school out: its authority's dates hold on them again."""
    now = timezone.now()
    school = _lock(days, by)
    history.write("own_days_removed", about=[school], by=by, at=now, details=_details(days), tells=False)
    OwnDays.objects.filter(pk=days.pk).delete()


def _lock(days: OwnDays, by: User) -> School:
    """The school whose days these are; two colleagues who enter days at once wait for each other."""
    school = School.objects.select_for_update(no_key=True).get(pk=days.school_id)
    if not by.leads(school):
        raise ValidationError("You do not book for this school. Please ask the hub.")
    return school


def _details(days: OwnDays) -> dict[str, object]:
    span = {"first_on": days.first_on.isoformat(), "last_on": days.last_on.isoformat()}
    return {"own_days": days.pk, "school": days.school_id, "is_open": days.is_open, **span}
