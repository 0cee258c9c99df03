"""Schools without contact, and for each the nearest group that it could still book: whom to invite, and where to."""

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from accounts.models import School
from accounts.models.schools import urns_of
from accounts.places_near import METRES_PER_MILE
from accounts.schoolyear import school_year_label
from accounts.typed import number_in
from booking.models import SchoolRule, Session, Venue, WorkGroup
from booking.models.programme import PHASES
from booking.reports.paging import PageAfter, page_after
from booking.reports.placing import places_of
from booking.reports.reached import Seen, Wish, schools_of
from booking.tables import Cell, Table

PAGE = 50
PUPIL_WORDS = [("100", "Up to 100 pupils"), ("210", "101 to 210"), ("420", "211 to 420"), ("more", "Over 420")]
MEALS = [20, 30, 40]
# Not known stands behind every distance.
FAR = 10**9


class Open(NamedTuple):
    """A group that still takes bookings, where it meets next in person, and for which phases it is."""

    work_group: int
    session: int
    easting: float
    northing: float
    phases: frozenset[str]


class Row(NamedTuple):
    """One school, the nearest open group for its phase, and how far that meets next. None where there is none."""

    school: Seen
    open: Open | None
    metres: int | None

    @property
    def key(self) -> tuple[int, str, int]:
        """Where it stands in the list: the nearest first, then by name."""
        return (FAR if self.metres is None else self.metres, self.school.name, self.school.pk)


@dataclass(frozen=True)
class Shown:
    """A row with all that is said of it."""

    row: Row
    school: School
    session: Session | None
    invited: list[str]


@dataclass
class Found:
    rows: list[Row]
    # All groups that take bookings, by their ids.
    groups: list[int]

    def page(self, after: str) -> PageAfter[Row]:
        """`after`: metres and school. Where that one has gone, those as far away follow: none is missed."""
        as_far = bisect_left(self.rows, number_in(after.partition("-")[0]), key=lambda row: row.key[0])
        return page_after(self.rows, after, PAGE, key=lambda row: f"{row.key[0]}-{row.school.pk}", otherwise=as_far)


def without_contact(wish: Wish, now: datetime, *, group: int = 0) -> Found:
    """Schools that nobody ever came for, as far as it is held, each with the nearest open group.

    `group`: only this one is looked at, and schools for whose phase it is. A constant number of queries.
    """
    groups = open_groups(now, wish.year)
    nearest = Nearest([one for one in groups if one.work_group == group] if group else groups)
    rows = []
    for school in schools_of(wish, only_never=True):
        found, metres = nearest.to(school)
        if found is not None or not group:
            rows.append(Row(school, found, metres))
    rows.sort(key=lambda row: row.key)
    return Found(rows, [one.work_group for one in groups])


def open_groups(now: datetime, year: int) -> list[Open]:
    """Published groups of a school year or a later one that still take bookings and meet somewhere that is known."""
    groups = WorkGroup.objects.bookable(now).filter(year__gte=year).order_by()
    phases = {
        pk: frozenset(name for name, is_for in zip(PHASES, flags, strict=True) if is_for)
        for pk, *flags in groups.values_list("pk", *PHASES.values())
    }
    sessions = Session.objects.coming(now).filter(work_group__in=groups, venue__isnull=False)
    sessions = sessions.exclude(mode=Session.Mode.ONLINE).order_by("starts_at", "pk")
    first: dict[int, tuple[int, int]] = {}
    for group, session, venue in sessions.values_list("work_group", "pk", "venue"):
        first.setdefault(group, (session, venue or 0))
    known: dict[int, tuple[float, float]] = {
        pk: (east or 0, north or 0)
        for pk, east, north in Venue.objects.filter(easting__isnull=False).values_list("pk", "easting", "northing")
    }
    others = Venue.objects.filter(easting__isnull=True, sessions__in=sessions).select_related("school").distinct()
    known |= {pk: (place.easting, place.northing) for pk, place in places_of(others).items()}
    return [
        Open(group, session, *known[venue], phases[group])
        for group, (session, venue) in first.items()
        if venue in known
    ]


def shown(rows: Sequence[Row], lists: Iterable[WorkGroup] = ()) -> list[Shown]:
    """The rows of a page with their schools and sessions. `lists`: groups to whose list a school may be invited."""
    schools = School.objects.in_bulk([row.school.pk for row in rows])
    sessions = Session.objects.select_related("work_group", "venue").in_bulk(
        {row.open.session for row in rows if row.open}
    )
    asked = invited(lists, schools)
    return [
        Shown(row, schools[row.school.pk], sessions.get(row.open.session) if row.open else None, asked[row.school.pk])
        for row in rows
        if row.school.pk in schools
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


def invited(groups: Iterable[WorkGroup], schools: Collection[int]) -> defaultdict[int, list[str]]:
    """To which of these groups each of these schools is invited already."""
    names = {group.pk: group.title for group in groups}
    rules = SchoolRule.objects.filter(work_group__in=names, school__in=schools, kind=SchoolRule.Kind.ONLY)
    found: defaultdict[int, list[str]] = defaultdict(list)
    for school, group in rules.values_list("school", "work_group"):
        found[school].append(names[group])
    return found


HEAD = (
    "School",
    "URN",
    "Town",
    "Local authority",
    "Pupils",
    "Free school meals, per cent",
    "Nearest open group",
    "School year",
    "Meets next",
    "Where",
    "Miles",
)
ROWS_AT_ONCE = 500


def table_of(found: Found, *, name: str) -> Table:
    """The whole list as a file, some hundred rows at a time."""
    urns = urns_of(row.school.pk for row in found.rows)

    def rows() -> Iterator[list[Cell]]:
        for begin in range(0, len(found.rows), ROWS_AT_ONCE):
            for one in shown(found.rows[begin : begin + ROWS_AT_ONCE]):
                school, session, metres = one.school, one.session, one.row.metres
                near: list[Cell] = [None] * 5
                if session is not None and metres is not None:
                    group = session.work_group
                    near = [
                        group.title,
                        school_year_label(group.year),
                        session.starts_at,
                        str(session.venue),
                        round(metres / METRES_PER_MILE, 1),
                    ]
                yield [
                    school.name,
                    urns.get(school.pk),
                    school.town,
                    school.la_name,
                    school.pupils,
                    school.fsm_percent,
                    *near,
                ]

    return Table(name, HEAD, rows())
