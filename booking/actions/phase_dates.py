"""Dates of tests and examinations, which groups of certain phases had better avoid."""

from collections.abc import Mapping
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking.models import PhaseDates
from booking.models.programme import PHASES


@transaction.atomic(durable=True)
def save_dates(*, dates: PhaseDates, by: User) -> PhaseDates:
    """Enter dates to avoid, or change them. They warn from now on, and move nothing."""
    now = timezone.now()
    if dates.pk and not PhaseDates.objects.select_for_update(no_key=True).filter(pk=dates.pk).exists():
        raise ValidationError("Somebody has taken these dates out meanwhile. Enter them as new ones.")
    dates.full_clean()
    dates.save()
    history.write("phase_dates_saved", about=[dates], by=by, at=now, details=_details(dates), tells=False)
    return dates


@transaction.atomic(durable=True)
def remove_dates(*, dates: PhaseDates, by: User) -> None:
    """Take dates out: they warn nobody any more."""
    now = timezone.now()
    history.write("phase_dates_removed", about=[dates], by=by, at=now, details=_details(dates), tells=False)
    dates.delete()


@transaction.atomic(durable=True)
def copy_dates(*, days: Mapping[int, tuple[date, date]], by: User) -> list[PhaseDates]:
    """Enter these dates once more with other days, as looked up for the next year: all of them, or none."""
    now = timezone.now()
    if not days:
        raise ValidationError("Tick at least one that is to be taken over.")
    made = []
    for old in PhaseDates.objects.filter(pk__in=days):
        first_on, last_on = days[old.pk]
        new = PhaseDates(pk=None, first_on=first_on, last_on=last_on)
        for name in ("name", "source", *PHASES.values()):
            setattr(new, name, getattr(old, name))
        try:
            new.full_clean()
        except ValidationError as refusal:
            raise ValidationError(f"{old.name}: {' '.join(refusal.messages)} Nothing was taken over.") from refusal
        new.save()
        history.write("phase_dates_copied", about=[new], by=by, at=now, details=_details(new), tells=False)
        made.append(new)
    return made


def _details(dates: PhaseDates) -> dict[str, object]:
    span = {"first_on": dates.first_on.isoformat(), "last_on": dates.last_on.isoformat()}
    return {"phase_dates": dates.pk, **span}
