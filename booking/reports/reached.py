"""The schools of the area, and whether each was reached: this year, in former years, or not as far as it is held here.

The denominator is that of the figures: open state-funded schools. One query reads them all with what pages need of
them, for at most some ten thousand schools; no model is made for each.
"""

from dataclasses import dataclass
from typing import NamedTuple

from accounts.models import School
from accounts.models.schools import phases_taught
from booking.contact import reached
from booking.models import Project
from booking.pictures.area import BEFORE, NEVER, NOW

# Schools by their pupils: more than, up to.
PUPILS = {"100": (0, 100), "210": (100, 210), "420": (210, 420), "more": (420, 10**6)}


@dataclass(frozen=True)
class Wish:
    """Which schools, and contact in which year (and before it) and project; every part but the year may be empty.

    `meals`: at least so many pupils of a hundred have free school meals, where that is known.
    """

    year: int
    project: Project | None = None
    phase: str = ""
    la: str = ""
    pupils: str = ""
    meals: int = 0


class Seen(NamedTuple):
    """A school as lists and the map show it. `state`: now, before or never."""

    pk: int
    name: str
    town: str
    la: str
    phase: str
    kind: str
    easting: int | None
    northing: int | None
    low_age: int | None
    high_age: int | None
    state: str
    # Reached in the year by a list of it alone: its figures do not count it.
    listed: bool = False

    @property
    def phases(self) -> set[str]:
        """The phases of the programme that it teaches."""
        return phases_taught(self.low_age, self.high_age, self.phase, self.kind)


COLUMNS = ("pk", "name", "town", "la_name", "phase", "kind", "easting", "northing", "low_age", "high_age")


def schools_of(wish: Wish, *, only_never: bool = False) -> list[Seen]:
    """All open state-funded schools that fit, by name. Five queries."""
    contacts = reached(wish.year, wish.project)
    schools = School.objects.counted()
    if wish.phase:
        schools = schools.teaching(wish.phase)
    if wish.la:
        schools = schools.filter(la_code=wish.la)
    if wish.pupils in PUPILS:
        more, most = PUPILS[wish.pupils]
        schools = schools.filter(pupils__gt=more, pupils__lte=most)
    if wish.meals:
        schools = schools.filter(fsm_percent__gte=wish.meals)
    found = []
    for row in schools.order_by("name", "town", "pk").values_list(*COLUMNS):
        state = NOW if row[0] in contacts.now else BEFORE if row[0] in contacts.before else NEVER
        if state == NEVER or not only_never:
            found.append(Seen._make((*row, state, row[0] in contacts.listed)))
    return found
