"""Schools without contact, and for each the nearest group that it could still book: whom to invite, and where to."""

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import F, Q

from accounts.models import SchoolURN
from accounts.schoolyear import school_year_label
from booking.models import SchoolRule, Session, WorkGroup
from booking.pictures.area import METRES_PER_MILE, NEVER
from booking.reports.placing import places_of
from booking.reports.programme import PHASES
from booking.reports.reached import Seen, Wish, schools_of
from booking.tables import Cell, Table

PAGE = 50
# Schools by their pupils: more than, up to.
PUPILS = {"100": (0, 100), "210": (100, 210), "420": (210, 420), "more": (420, 10**6)}
PUPIL_WORDS = [("100", "Up to 100 pupils"), ("210", "101 to 210"), ("420", "211 to 420"), ("more", "Over 420")]
MEALS = [20, 30, 40]
# Not known stands behind every distance.
FAR = 10**9


@dataclass(frozen=True)
class Open:
    """A group that still takes bookings: where and when it meets next in person."""

    work_group: WorkGroup
    session: Session
    easting: float
    northing: float

    @property
    def phases(self) -> set[str]:
        return {name for name, flag in PHASES.items() if getattr(self.work_group, flag)}


@dataclass
class Row:
    """One school, the nearest open group for its phase, and how far that meets next. None where there is none."""

    school: Seen
    open: Open | None
    metres: int | None

    @property
    def key(self) -> tuple[int, str, int]:
        """Where it stands in the list: the nearest first, then by name."""
        return (FAR if self.metres is None else self.metres, self.school.name, self.school.pk)


@dataclass
class Found:
    rows: list[Row]
    groups: list[WorkGroup] = field(default_factory=list)

    def page(self, after: str) -> tuple[list[Row], str, bool]:
        """(rows, after which the next page begins: empty on the last; is it the first?). `after`: metres and school.

        By what stands last on a page, so that a school that has gone since leaves no gap.
        """
        metres, _, pk = after.partition("-")
        begin = 0
        if metres.isdecimal() and pk.isdecimal() and len(after) < 24:
            keys = [(row.key[0], row.school.pk) for row in self.rows]
            begin = keys.index((int(metres), int(pk))) + 1 if (int(metres), int(pk)) in set(keys) else 0
            begin = begin or bisect_left([key[0] for key in keys], int(metres))
        rows = self.rows[begin : begin + PAGE]
        last = f"{rows[-1].key[0]}-{rows[-1].school.pk}" if len(self.rows) > begin + PAGE else ""
        return rows, last, begin == 0


def without_contact(wish: Wish, now: datetime, *, pupils: str = "", meals: int = 0, group: int = 0) -> Found:
    """Schools that nobody ever came for, as far as it is held, with those of whom more is asked.

    `meals`: at least so many pupils of a hundred have free school meals, where that is known. `group`: only this group
    is looked at, and schools for whose phase it is. A constant number of queries.
    """
    groups = open_groups(now, wish.year)
    nearest = Nearest([one for one in groups if one.work_group.pk == group] if group else groups)
    low, high = PUPILS.get(pupils, (-1, 10**6))
    rows = []
    for one in schools_of(wish):
        if one.state != NEVER or (pupils in PUPILS and not (one.pupils is not None and low < one.pupils <= high)):
            continue
        if meals and (one.meals is None or one.meals < Decimal(meals)):
            continue
        found, metres = nearest.to(one)
        if found is not None or not group:
            rows.append(Row(one, found, metres))
    rows.sort(key=lambda row: row.key)
    return Found(rows, sorted((one.work_group for one in groups), key=lambda one: (one.title, one.pk)))


def open_groups(now: datetime, year: int) -> list[Open]:
    """Published groups of a school year or a later one that still take bookings and meet somewhere that is known."""
    takes = (Q(opens_at__isnull=True) | Q(opens_at__lte=now)) & (Q(closes_at__isnull=True) | Q(closes_at__gt=now))
    room = Q(capacity__isnull=True) | Q(taken__lt=F("capacity")) | Q(unit=WorkGroup.Unit.SESSION)
    schools = Q(capacity_schools__isnull=True) | Q(taken_schools__lt=F("capacity_schools"))
    groups = WorkGroup.objects.published().filter(takes, room, schools, year__gte=year)
    sessions = (
        Session.objects.coming(now)
        .filter(work_group__in=groups, venue__isnull=False)
        .exclude(mode=Session.Mode.ONLINE)
        .select_related("venue__school", "work_group")
        .order_by("starts_at", "pk")
    )
    first: dict[int, Session] = {}
    for session in sessions:
        first.setdefault(session.work_group_id, session)
    places = places_of([one.venue for one in first.values() if one.venue])
    return [
        Open(one.work_group, one, place.easting, place.northing)
        for one in first.values()
        if one.venue_id and (place := places.get(one.venue_id))
    ]


class Nearest:
    """Finds the nearest group for a school's phase by squares of the grid, so that few are looked at for each."""

    def __init__(self, groups: Sequence[Open]) -> None:
        self.groups = groups
        east, north = [one.easting for one in groups] or [0.0], [one.northing for one in groups] or [0.0]
        area = max(1.0, (max(east) - min(east)) * (max(north) - min(north)))
        # About one group to a square.
        self.side = max(1000.0, math.sqrt(area / max(1, len(groups))))
        self.cells: dict[tuple[str, int, int], list[int]] = defaultdict(list)
        self.extents: dict[str, tuple[int, int, int, int]] = {}
        for number, one in enumerate(groups):
            column, row = int(one.easting // self.side), int(one.northing // self.side)
            for phase in one.phases:
                self.cells[phase, column, row].append(number)
                west, south, right, top = self.extents.get(phase, (column, row, column, row))
                self.extents[phase] = min(west, column), min(south, row), max(right, column), max(top, row)

    def to(self, school: Seen) -> tuple[Open | None, int | None]:
        """(the nearest group for one of the school's phases, metres to it); without a place: nothing."""
        if school.easting is None or school.northing is None or not self.groups:
            return None, None
        best: tuple[float, int] = (math.inf, -1)
        for phase in school.phases & self.extents.keys():
            best = min(best, self._of_phase(phase, school.easting, school.northing, best))
        return (self.groups[best[1]], round(math.sqrt(best[0]))) if best[1] >= 0 else (None, None)

    def _of_phase(self, phase: str, east: int, north: int, best: tuple[float, int]) -> tuple[float, int]:
        """Ring by ring of squares around the school, until no nearer one can follow."""
        column, row = int(east // self.side), int(north // self.side)
        west, south, right, top = self.extents[phase]
        last = max(abs(column - west), abs(right - column), abs(row - south), abs(top - row))
        # A school far out begins where the first groups can be.
        ring = max(0, west - column, column - right, south - row, row - top)
        while ring <= last and (ring - 1) * self.side < math.sqrt(best[0]):
            for cell in _ring(column, row, ring):
                for number in self.cells.get((phase, *cell), ()):
                    one = self.groups[number]
                    metres = (one.easting - east) ** 2 + (one.northing - north) ** 2
                    best = min(best, (metres, number))
            ring += 1
        return best


def _ring(column: int, row: int, ring: int) -> Iterator[tuple[int, int]]:
    if not ring:
        yield column, row
        return
    for step in range(-ring, ring + 1):
        yield column + step, row - ring
        yield column + step, row + ring
    for step in range(1 - ring, ring):
        yield column - ring, row + step
        yield column + ring, row + step


def invitation_groups(year: int) -> list[WorkGroup]:
    """Groups of invited schools, of this school year or later, that a school can be put on the list of."""
    kept = WorkGroup.objects.filter(status__in=[WorkGroup.Status.PUBLISHED, WorkGroup.Status.DRAFT], year__gte=year)
    return list(kept.filter(recruitment=WorkGroup.Recruitment.INVITATION).order_by("title", "pk"))


def invited(groups: Iterable[WorkGroup], schools: Collection[int]) -> dict[int, list[str]]:
    """To which of these groups each of these schools is invited already."""
    names = {group.pk: group.title for group in groups}
    rules = SchoolRule.objects.filter(work_group__in=names, school__in=schools, kind=SchoolRule.Kind.ONLY)
    found: dict[int, list[str]] = defaultdict(list)
    for school, group in rules.values_list("school", "work_group"):
        found[school].append(names[group])
    return found


def table_of(found: Found, *, name: str) -> Table:
    head = ["School", "URN", "Town", "Local authority", "Pupils", "Free school meals, per cent", "Nearest open group",
            "School year", "Meets next", "Where", "Miles"]  # fmt: skip
    urns = dict(SchoolURN.objects.filter(closed_on__isnull=True).values_list("school", "urn"))

    def rows() -> Iterator[list[Cell]]:
        for row in found.rows:
            one, near = row.school, row.open
            own: list[Cell] = [one.name, urns.get(one.pk), one.town, one.la, one.pupils, one.meals]
            if near is None or row.metres is None:
                yield [*own, None, None, None, None, None]
                continue
            group, session = near.work_group, near.session
            yield [*own, group.title, school_year_label(group.year), session.starts_at, str(session.venue),
                   round(row.metres / METRES_PER_MILE, 1)]  # fmt: skip

    return Table(name, head, rows())
