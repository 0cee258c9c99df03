"""Days on which it is better not to meet, as sentences: warnings beside a date, which never stop anybody.

Whoever sets a date, moves one or offers one shows these: setting groups up, changes, offers and catch-ups alike.
"""

from collections.abc import Collection
from datetime import date

from booking.models import SchoolHoliday
from booking.schooldays import authority_names, bank_holidays_between


class DaysToAvoid:
    """What speaks against each day between two, read once for many dates."""

    def __init__(self, first: date, last: date, *, la_codes: Collection[str], phases: Collection[str] = ()) -> None:
        """`la_codes`: whose term dates count; `phases`: of whom the dates of tests and examinations count."""
        self._bank = dict(bank_holidays_between(first, last))
        self._holidays = list(
            SchoolHoliday.objects.filter(la_code__in=la_codes, first_on__lte=last, last_on__gte=first).order_by(
                "first_on", "la_code"
            )
        )
        self._names = authority_names({one.la_code for one in self._holidays})

    def on(self, day: date) -> list[str]:
        """Why that day is a bad one, each reason as a sentence; none where nothing is known against it."""
        found = []
        if day.weekday() >= 5:
            found.append(f"{day:%A} is no school day.")
        if day in self._bank:
            found.append(f"It is a bank holiday: {self._bank[day]}.")
        found += [
            f"{one.name} in {self._names[one.la_code]}." for one in self._holidays if one.first_on <= day <= one.last_on
        ]
        return found
