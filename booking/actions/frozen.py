"""Freeze a year's figures; correct what was frozen, by freezing anew beside it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import User
from accounts.schoolyear import school_year_begins, school_year_label
from booking.models import FrozenYear, WorkGroup


@transaction.atomic(durable=True)
def freeze(
    *, year: int, figures: dict[str, Any], engagements: list[Any], definitions: int, seen: int, note: str, by: User
) -> FrozenYear:
    """Keep a year's figures as they are now; the second time and later as a correction, which says why.

    `figures`, `engagements`: as the report of the year gives them. `seen`: the number of the last freezing that was on
    the page, so that nobody corrects what they have not seen. What was frozen before stays.
    """
    now, note = timezone.now(), note.strip()
    if now < school_year_begins(year):
        raise ValidationError("This year has not begun. There is nothing to freeze yet.")
    if not WorkGroup.objects.of_year(year).exclude(status=WorkGroup.Status.DRAFT).exists():
        raise ValidationError(
            f"No group of {school_year_label(year)} is held here: what a list says of it stays as it is, and there is "
            "nothing to freeze."
        )
    last = FrozenYear.objects.of_year(year).order_by("-number").values_list("number", flat=True).first() or 0
    if seen != last:
        raise ValidationError("Somebody has frozen this year meanwhile. Look at their figures first.")
    frozen = FrozenYear(
        year=year,
        number=last + 1,
        definitions=definitions,
        figures=figures,
        engagements=engagements,
        note=note,
        frozen_at=now,
        frozen_by=by,
    )
    frozen.full_clean()
    frozen.save(force_insert=True)
    history.write(
        "year_corrected" if frozen.is_correction else "year_frozen",
        about=[frozen],
        by=by,
        at=now,
        reason=note,
        details={"year": year, "number": frozen.number, "definitions": definitions},
        tells=False,
    )
    return frozen
