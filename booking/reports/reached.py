"""The schools of the area, and whether each was reached: this year, in former years, or not as far as it is held here.

The denominator is that of the figures: open state-funded schools. One query reads them all with what pages need of
them, for at most some ten thousand schools; no model is made for each.
"""

from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q

from accounts.models import School
from accounts.models.schools import phases_taught
from booking.contact import came, successors
from booking.models import Project
from booking.pictures.area import BEFORE, NEVER, NOW


@dataclass(frozen=True)
class Wish:
    """Which schools, and contact in which year (and before it) and project; every part but the year may be empty."""

    year: int
    project: Project | None = None
    phase: str = ""
    la: str = ""


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
    pupils: int | None
    low_age: int | None
    high_age: int | None
    # Pupils with free school meals, in a hundred.
    meals: float | None
    state: str

    @property
    def phases(self) -> set[str]:
        """The phases of the programme that it teaches."""
        return phases_taught(self.low_age, self.high_age, self.phase, self.kind)


COLUMNS = (
    "pk", "name", "town", "la_name", "phase", "kind", "easting", "northing", "pupils", "low_age", "high_age",
    "fsm_percent",
)  # fmt: skip


def schools_of(wish: Wish) -> list[Seen]:
    """All open state-funded schools that fit, by name. Two queries.

    A school is as reached as the one it took in: what came of a merger keeps its predecessors' contacts.
    """
    now = came(year=wish.year, project=wish.project)
    before = came(year=wish.year, before=True, project=wish.project)
    inherited = _inherited(now, before)
    schools = School.objects.open().filter(state_funded=True)
    if wish.phase:
        schools = schools.teaching(wish.phase)
    if wish.la:
        schools = schools.filter(la_code=wish.la)
    rows = schools.order_by("name", "town", "pk").annotate(is_now=now, is_before=before)
    found = []
    for *own, is_now, is_before in rows.values_list(*COLUMNS, "is_now", "is_before").iterator(chunk_size=4000):
        was = inherited.get(own[0], "")
        state = NOW if is_now or was == NOW else BEFORE if is_before or was == BEFORE else NEVER
        found.append(Seen._make((*own, state)))
    return found


def _inherited(now: Q, before: Q) -> dict[int, str]:
    """How the schools were reached that went into others: the successor's id, and the nearest of them."""
    gone = School.objects.filter(merged_into__isnull=False).order_by()
    rows = list(gone.annotate(is_now=now, is_before=before).values_list("pk", "merged_into", "is_now", "is_before"))
    after = successors((pk, into) for pk, into, _, _ in rows)
    found: dict[int, str] = {}
    for pk, _, is_now, is_before in rows:
        if is_now:
            found[after[pk]] = NOW
        elif is_before:
            found.setdefault(after[pk], BEFORE)
    return found
