"""The map of the area, and what it says as a table: schools by authority, phase and distance, reached or not."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from django.conf import settings
from django.db.models import Count
from django.utils.safestring import SafeString

from accounts.models import Phase
from accounts.models.schools import urns_of
from accounts.places_near import METRES_PER_MILE, Point, locate, metres_between, not_located
from accounts.schoolyear import school_year_label
from booking.models import Session, Venue
from booking.pictures import Part
from booking.pictures.area import (
    BEFORE,
    MOST_DOTS,
    NEVER,
    NOW,
    Frame,
    Town,
    area_key,
    area_map,
)
from booking.reports.paging import PageAfter, page_after
from booking.reports.reached import Seen, Wish, schools_of
from booking.tables import Cell, Table

# Venues used most, where there are more than can be told apart.
MOST_VENUES = 60
PAGE = 50
BANDS = [(5, "Up to 5 miles"), (10, "5 to 10 miles"), (20, "10 to 20 miles"), (10**6, "Over 20 miles")]
NOWHERE = "Place not known"


@dataclass
class Line:
    """One row of the table: how many schools there are, and how they were reached."""

    title: str
    # The school year.
    label: str
    now: int = 0
    before: int = 0
    never: int = 0

    @property
    def of(self) -> int:
        return self.now + self.before + self.never

    @property
    def parts(self) -> list[Part]:
        return [
            Part(f"in {self.label}", self.now, "done"),
            Part("in former years", self.before, "credit"),
            Part("never", self.never, "coming"),
        ]


@dataclass
class Area:
    """The area as its page shows it."""

    schools: list[Seen]
    centre: Point | None
    # Where distances are from, though it was asked for in vain.
    centre_error: str
    venues: list[Point]
    venues_left_out: int
    whole: Line
    tables: list[tuple[str, list[Line]]] = field(default_factory=list)

    @property
    def listed(self) -> int:
        return sum(one.listed for one in self.schools)

    @property
    def unplaced(self) -> int:
        return sum(one.easting is None for one in self.schools)

    def of_state(self, state: str) -> list[Seen]:
        """Those reached so: "now", "before", "reached" (one of both) or "never"; all, for anything else."""
        if state == "reached":
            return [one for one in self.schools if one.state != NEVER]
        return [one for one in self.schools if one.state == state] if state in (NOW, BEFORE, NEVER) else self.schools

    def metres(self, one: Seen) -> int | None:
        """How far from the centre, in a straight line."""
        if self.centre is None or one.easting is None or one.northing is None:
            return None
        return metres_between(self.centre, Point(one.easting, one.northing, ""))


def area_of(wish: Wish, *, near: str = "") -> Area:
    """The area, with distances from a place that is named, else from the lead school."""
    schools = schools_of(wish)
    venues, left_out = venues_of(wish.year)
    label = school_year_label(wish.year)
    centre, error = _centre(near, schools)
    area = Area(schools, centre, error, venues, left_out, Line("All together", label))
    phases = dict(Phase.choices)
    by_phase = Counter((one.phase, one.state) for one in schools)
    for state in (NOW, BEFORE, NEVER):
        setattr(area.whole, state, sum(count for (_, how), count in by_phase.items() if how == state))
    area.tables = [
        (
            "Local authority",
            _lines(label, Counter((one.la, one.state) for one in schools), lambda la: la or "Not known"),
        ),
        ("Phase", _lines(label, by_phase, lambda phase: phases.get(phase, "Not known"))),
    ]
    if centre is not None:
        order = [words for _, words in BANDS] + [NOWHERE]
        lines = _lines(label, Counter((band(area.metres(one)), one.state) for one in schools), str)
        area.tables.append(("Distance", sorted(lines, key=lambda line: order.index(line.title))))
    return area


def band(metres: int | None) -> str:
    if metres is None:
        return NOWHERE
    return next(words for miles, words in BANDS if metres <= miles * METRES_PER_MILE)


def _lines(label: str, counts: Mapping[tuple[str, str], int], words: Callable[[str], str]) -> list[Line]:
    """A line for each, from how often each was seen with each state."""
    found: dict[str, Line] = {}
    for (what, state), count in counts.items():
        title = words(what)
        line = found.setdefault(title, Line(title, label))
        setattr(line, state, getattr(line, state) + count)
    return sorted(found.values(), key=lambda line: (-line.of, line.title))


def _centre(near: str, schools: Sequence[Seen]) -> tuple[Point | None, str]:
    """Where distances are from: what was typed, else the lead school, else the middle of the schools."""
    error = ""
    if near:
        venue = Venue.objects.filter(name__iexact=near, easting__isnull=False).first()
        point = (Point.of(venue) if venue else None) or locate(near)
        if point is not None:
            return point, ""
        error = not_located(near, or_else="a venue of ours, ")
    lead = locate(settings.HUB_LEAD_SCHOOL) if settings.HUB_LEAD_SCHOOL else None
    return lead or _middle(schools), error


def _middle(schools: Sequence[Seen]) -> Point | None:
    placed = [(one.easting, one.northing) for one in schools if one.easting is not None and one.northing is not None]
    if not placed:
        return None
    east, north = sorted(one[0] for one in placed), sorted(one[1] for one in placed)
    return Point(east[len(east) // 2], north[len(north) // 2], "the middle of these schools")


def venues_of(year: int) -> tuple[list[Point], int]:
    """Venues that have a place on the map, used in groups of a school year, the most used first; how many more."""
    used = (
        Session.objects.planned()
        .filter(work_group__year=year, venue__easting__isnull=False)
        .order_by()
        .values_list("venue", "venue__name", "venue__easting", "venue__northing")
        .annotate(times=Count("pk"))
        .order_by("-times", "venue__name", "venue")
    )
    rows = list(used)
    pins = [
        Point(east, north, f"{name}: {times} session{'' if times == 1 else 's'}")
        for _, name, east, north, times in rows[:MOST_VENUES]
    ]
    return pins, len(rows) - len(pins)


def picture(area: Area, state: str, *, title: str, never: str) -> tuple[SafeString, SafeString]:
    """The map, and what its marks mean."""
    placed = [
        (one.easting, one.northing) for one in area.schools if one.easting is not None and one.northing is not None
    ]
    frame = Frame.around(placed)
    dots = [one for one in area.of_state(state) if one.easting is not None]
    drawing = area_map(
        frame,
        dots,
        venues=area.venues,
        towns=towns_of(area.schools),
        centre=area.centre,
        title=title,
        words=f"{sentence(area.whole, never)} The tables beside say the same by authority, phase and distance.",
        label=area.whole.label,
    )
    return drawing, area_key(area.whole.label, never, squares=len(dots) > MOST_DOTS, venues=bool(area.venues))


def sentence(line: Line, never: str) -> str:
    """What the picture says."""
    return (
        f"Of {line.of} open state-funded school{'' if line.of == 1 else 's'}, {line.now} reached in {line.label} "
        f"and {line.before} more in former years. {never}: {line.never}."
    )


class InTown(Protocol):
    @property
    def town(self) -> str: ...
    @property
    def easting(self) -> int | None: ...
    @property
    def northing(self) -> int | None: ...


def towns_of(schools: Iterable[InTown]) -> list[Town]:
    """Towns by the middle of their schools."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in schools:
        if one.town and one.easting is not None and one.northing is not None:
            town = sums[one.town]
            town[0] += one.easting
            town[1] += one.northing
            town[2] += 1
    return [Town(east / count, north / count, name, count) for name, (east, north, count) in sums.items()]


def page_of_schools(area: Area, state: str, *, after: str) -> PageAfter[tuple[Seen, int | None]]:
    """Schools by name with their metres, those that follow one of them; from the beginning where that one has gone."""
    page = page_after(area.of_state(state), after, PAGE, key=lambda one: str(one.pk))
    return PageAfter([(one, area.metres(one)) for one in page.rows], page.next, page.is_first)


def table_of(area: Area, state: str, words: dict[str, str], *, name: str) -> Table:
    """The same schools as a file, with their numbers on the register."""
    head = ["School", "URN", "Town", "Local authority", "Phase", "Reached", "Miles", "Easting", "Northing"]
    schools = area.of_state(state)
    urns = urns_of(one.pk for one in schools)
    phases = dict(Phase.choices)

    def rows() -> Iterator[list[Cell]]:
        for one in schools:
            metres = area.metres(one)
            miles = None if metres is None else round(metres / METRES_PER_MILE, 1)
            yield [
                one.name,
                urns.get(one.pk),
                one.town,
                one.la,
                phases.get(one.phase, ""),
                words[one.state],
                miles,
                one.easting,
                one.northing,
            ]

    return Table(name, head, rows())
