"""Lists that are handed in: what each row would do, row by row, before anything is written."""

from collections.abc import Callable, Sequence
from datetime import datetime

from booking.intake import attendance, bookings, pastyears, people
from booking.intake.lines import Given, Line, given_of
from booking.models import HandedList
from booking.models.handed import HandedKind

Plan = Callable[[Sequence[Given], HandedList, datetime], list[Line]]
PLANS: dict[str, Plan] = {
    HandedKind.PEOPLE: people.plan,
    HandedKind.BOOKINGS: bookings.plan,
    HandedKind.PAST_YEARS: pastyears.plan,
    HandedKind.ATTENDANCE: attendance.plan,
}


def plan(handed: HandedList, now: datetime) -> list[Line]:
    """What every row of the list would do in the hub as it stands now; a constant number of questions."""
    return PLANS[handed.kind](given_of(handed), handed, now)
