"""Last year's figures, frozen as a hub does in September, and corrected once."""

from datetime import datetime, timedelta

from accounts import history
from accounts.models import User
from booking.demo.people import OFFICE
from booking.models import FrozenYear
from booking.reports import year as reports


def freeze(year: int, now: datetime) -> None:
    """Of the year before this one; one figure was put right later, when a register was found."""
    office = User.objects.get(email=OFFICE)
    figures = reports.of_year(year, now)
    kept = figures.frozen_figures
    rows = reports.engagements(figures)
    before = dict(kept, whole=dict(kept["whole"], came=kept["whole"]["came"] - 4, marked=kept["whole"]["marked"] - 4))
    corrections = ["", "The register of one session was found on paper and entered: four more came."]
    for number, (what, note) in enumerate(zip([before, kept], corrections, strict=True), start=1):
        at = now - timedelta(days=30 - 10 * number)
        frozen = FrozenYear.objects.create(
            year=year,
            number=number,
            definitions=reports.VERSION,
            figures=what,
            engagements=rows,
            note=note,
            frozen_at=at,
            frozen_by=office,
        )
        verb = "year_corrected" if frozen.is_correction else "year_frozen"
        details = {"year": year, "number": number, "definitions": reports.VERSION}
        history.write(verb, about=[frozen], by=office, at=at, reason=note, details=details, tells=False)
