"""The map of an area, drawn from eastings and northings alone: schools, venues, distance rings. Nothing is loaded.

A school's mark differs by shape and size as well as by colour: a filled disc was reached in the year, an open diamond
in former years, a small ring never. Where there are too many to tell apart, a disc stands for all schools of a square,
and what is filled of it for those reached. All positions are metres of the British National Grid (EPSG:27700).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import Protocol

from django.utils.safestring import SafeString, mark_safe

from accounts.places_near import METRES_PER_MILE, Point

NOW, BEFORE, NEVER = "now", "before", "never"
WIDE = 720
# As high as this at most, and at least, whatever the area's shape.
LOWEST, HIGHEST = 380, 860
# More marks than this stand for squares of the grid, so many across.
MOST_DOTS, ACROSS = 2000, 34
# Room around what is shown, in units of the drawing.
MARGIN = 26
# A letter of a town's name, and its line, in the wide drawing and on a phone, where names are larger.
LETTER, LINE, LARGER = 9, 17, 2.1
MOST_NAMES = 16
# Beside each disc of a square: how large it is for one school.
SMALLEST = 2.2


class Dot(Protocol):
    """A school with a place: where it stands, how it was reached, and what to call it."""

    @property
    def easting(self) -> int | None: ...
    @property
    def northing(self) -> int | None: ...
    @property
    def state(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def town(self) -> str: ...


@dataclass(frozen=True)
class Town:
    """A town's name, at the middle of its schools; the more schools, the sooner it finds room."""

    easting: float
    northing: float
    name: str
    schools: int


class Spot(Protocol):
    """Whatever stands somewhere."""

    @property
    def easting(self) -> int: ...
    @property
    def northing(self) -> int: ...


@dataclass(frozen=True)
class Frame:
    """What is shown, in metres, and how large it is drawn."""

    west: float
    south: float
    east: float
    north: float
    wide: int = WIDE
    margin: int = MARGIN

    @classmethod
    def around(cls, places: Sequence[tuple[float, float]], *, least: float = 10 * METRES_PER_MILE) -> "Frame":
        """A frame around almost all of these places, and at least so wide: one far away moves nothing."""
        if not places:
            return cls(0, 0, least, least)
        west, east = _almost_all([one[0] for one in places])
        south, north = _almost_all([one[1] for one in places])
        more_wide, more_high = max(0.0, least - (east - west)) / 2, max(0.0, least - (north - south)) / 2
        frame = cls(west - more_wide, south - more_high, east + more_wide, north + more_high)
        # As high as the drawing may be: wider instead of higher.
        too_high = (frame.north - frame.south) - (frame.east - frame.west) * (HIGHEST / WIDE)
        if too_high > 0:
            more = too_high * WIDE / HIGHEST / 2
            frame = cls(frame.west - more, frame.south, frame.east + more, frame.north)
        return frame

    @cached_property
    def scale(self) -> float:
        """Units of the drawing to a metre."""
        return (self.wide - 2 * self.margin) / (self.east - self.west)

    @cached_property
    def high(self) -> int:
        return max(LOWEST * self.wide // WIDE, round((self.north - self.south) * self.scale) + 2 * self.margin)

    def x(self, easting: float) -> float:
        return round(self.margin + (easting - self.west) * self.scale, 1)

    def y(self, northing: float) -> float:
        middle = (self.north + self.south) / 2
        return round(self.high / 2 - (northing - middle) * self.scale, 1)

    def holds(self, easting: float, northing: float) -> bool:
        x, y = self.x(easting), self.y(northing)
        return 0 <= x <= self.wide and 0 <= y <= self.high


@dataclass
class _Taken:
    """Boxes of the drawing in which words stand already: (left, top, right, bottom)."""

    boxes: list[tuple[float, float, float, float]] = field(default_factory=list)

    def take(self, x: float, y: float, width: float, height: float) -> bool:
        """Take a box around a point, if it is free."""
        box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        for other in self.boxes:
            if box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]:
                return False
        self.boxes.append(box)
        return True


def area_map(
    frame: Frame,
    dots: Sequence[Dot],
    *,
    venues: Sequence[Point] = (),
    towns: Sequence[Town] = (),
    centre: Point | None = None,
    title: str,
    words: str,
    label: str,
) -> SafeString:
    """The whole area in a school year (`label`).

    `title`: what it is; `words`: the same in a sentence or two, for who does not see it.
    """
    marks = _squares(frame, dots, label) if len(dots) > MOST_DOTS else _dots(frame, dots)
    parts = [
        f'<svg class="area" viewBox="0 0 {frame.wide} {frame.high}" role="img" '
        'aria-labelledby="area-title area-words" focusable="false">',
        f'<title id="area-title">{escape(title)}</title><desc id="area-words">{escape(words)}</desc>',
        f'<rect class="area-ground" width="{frame.wide}" height="{frame.high}"/>',
        _rings(frame, centre) if centre else "",
        marks,
        _pins(frame, venues),
        _centre(frame, centre) if centre else "",
        _words(frame, dots, towns, centre),
        _scale_bar(frame),
        "</svg>",
    ]
    return mark_safe("".join(parts))  # noqa: S308  # every text is escaped where it is put in


def place_map(
    frame: Frame,
    venues: Sequence[Point],
    schools: Iterable[Spot],
    *,
    towns: Sequence[Town],
    home: Point | None,
    words: str,
) -> SafeString:
    """Where a group meets: venues, faint dots for the schools around, and the reader's own place, where it is known."""
    parts = [
        f'<svg class="area is-small" viewBox="0 0 {frame.wide} {frame.high}" role="img" '
        f'aria-label="{escape(words)}" focusable="false">',
        f'<rect class="area-ground" width="{frame.wide}" height="{frame.high}"/>',
        '<g class="area-faint">',
        *(
            f'<circle cx="{frame.x(one.easting)}" cy="{frame.y(one.northing)}" r="2"/>'
            for one in schools
            if frame.holds(one.easting, one.northing)
        ),
        "</g>",
    ]
    if home is not None:
        x, y = frame.x(home.easting), frame.y(home.northing)
        parts += [
            f'<path class="area-way" d="M{x} {y}L{frame.x(one.easting)} {frame.y(one.northing)}"/>'
            for one in venues[:1]
        ]
        parts.append(f'<circle class="area-home" cx="{x}" cy="{y}" r="6"><title>{escape(home.words)}</title></circle>')
    parts += [_pins(frame, venues), _words(frame, (), towns, None), _scale_bar(frame), "</svg>"]
    return mark_safe("".join(parts))  # noqa: S308  # every text is escaped where it is put in


def area_key(label: str, never: str, *, squares: bool, venues: bool) -> SafeString:
    """What the marks mean; `label`: the school year, `never`: the words for a school without contact."""
    if squares:
        marks = [
            (f"{_square(10, 10, 9, 0.4, 0)}", f"filled: reached in {label}, of all schools of a square"),
            (f"{_square(10, 10, 9, 0, 0.6)}", "up to the broken line: in former years"),
        ]
    else:
        marks = [(_shape(kind, 10, 10), label) for kind, label in _kinds(label, never)]
    if venues:
        marks.append((_pin(10, 12, ""), "a venue"))
    keys = "".join(
        '<li><svg class="area-swatch" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false">'
        f"{mark}</svg> <span>{escape(label)}</span></li>"
        for mark, label in marks
    )
    return mark_safe(f'<ul class="bar-key">{keys}</ul>')  # noqa: S308  # escaped above


def _kinds(label: str, never: str) -> list[tuple[str, str]]:
    return [(NOW, f"reached in {label}"), (BEFORE, "in former years"), (NEVER, never)]


def _almost_all(values: list[float]) -> tuple[float, float]:
    """From where to where almost all values lie: of a hundred, one at each end may stand outside, if it is far out."""
    ordered = sorted(values)
    cut = len(ordered) // 100
    low, high = ordered[cut], ordered[-1 - cut]
    reach = max(high - low, 1.0) * 0.15
    inside = [one for one in ordered if low - reach <= one <= high + reach]
    return inside[0], inside[-1]


# ── Schools ────────────────────────────────────────────────────────────────────────────────────────────────────────
def _dots(frame: Frame, dots: Sequence[Dot]) -> str:
    """One mark for each, those never reached below the others, each with its school's name."""
    marks: dict[str, list[str]] = {NEVER: [], BEFORE: [], NOW: []}
    for dot in dots:
        east, north = dot.easting or 0, dot.northing or 0
        if frame.holds(east, north):
            words = f"{dot.name}, {dot.town}" if dot.town else dot.name
            marks[dot.state].append(_shape(dot.state, frame.x(east), frame.y(north), words))
    return "".join(f"<g>{''.join(of)}</g>" for of in marks.values())


def _shape(kind: str, x: float, y: float, words: str = "") -> str:
    title = f"<title>{escape(words)}</title>" if words else ""
    if kind == NOW:
        return f'<circle class="area-now" cx="{x:g}" cy="{y:g}" r="5">{title}</circle>'
    if kind == BEFORE:
        return f'<path class="area-before" d="M{x:g} {y - 5.5:g}l5.5 5.5-5.5 5.5-5.5-5.5z">{title}</path>'
    return f'<circle class="area-never" cx="{x:g}" cy="{y:g}" r="3">{title}</circle>'


def _squares(frame: Frame, dots: Sequence[Dot], label: str) -> str:
    """A disc for each square of the grid: its area is the schools there, what is filled of it those reached."""
    side = (frame.east - frame.west) / ACROSS
    rows = math.ceil(frame.high / frame.scale / side)
    lowest = (frame.north + frame.south) / 2 - rows * side / 2
    every = Counter(
        (int(((dot.easting or 0) - frame.west) // side), int(((dot.northing or 0) - lowest) // side), dot.state)
        for dot in dots
    )
    cells: dict[tuple[int, int], dict[str, int]] = defaultdict(lambda: {NOW: 0, BEFORE: 0, NEVER: 0})
    for (column, row, state), count in every.items():
        if -1 <= column <= ACROSS and 0 <= row < rows:
            cells[column, row][state] = count
    fullest = max((sum(counts.values()) for counts in cells.values()), default=1)
    largest = side * frame.scale / 2 - 0.5
    parts = []
    for (column, row), counts in sorted(cells.items()):
        whole = sum(counts.values())
        radius = max(SMALLEST, largest * math.sqrt(whole / fullest))
        x, y = frame.x(frame.west + (column + 0.5) * side), frame.y(lowest + (row + 0.5) * side)
        here = f"{whole} school{'' if whole == 1 else 's'} here"
        words = f"{here}: {counts[NOW]} in {label}, {counts[BEFORE]} in former years"
        parts.append(_square(x, y, radius, counts[NOW] / whole, (counts[NOW] + counts[BEFORE]) / whole, words))
    return "".join(parts)


def _square(x: float, y: float, radius: float, now: float, known: float, words: str = "") -> str:
    """All schools as a disc, and in it those ever known and those reached in the year, by their shares of the area."""
    marks = [f'<circle class="area-all" cx="{x:g}" cy="{y:g}" r="{radius:.1f}"/>']
    if known > now:
        marks.append(f'<circle class="area-known" cx="{x:g}" cy="{y:g}" r="{radius * math.sqrt(known):.1f}"/>')
    if now:
        marks.append(f'<circle class="area-now" cx="{x:g}" cy="{y:g}" r="{radius * math.sqrt(now):.1f}"/>')
    return f"<g>{f'<title>{escape(words)}</title>' if words else ''}{''.join(marks)}</g>"


# ── Venues, rings, names, scale ────────────────────────────────────────────────────────────────────────────────────
def _pins(frame: Frame, venues: Sequence[Point]) -> str:
    return "".join(
        _pin(frame.x(one.easting), frame.y(one.northing), one.words)
        for one in venues
        if frame.holds(one.easting, one.northing)
    )


def _pin(x: float, y: float, words: str) -> str:
    title = f"<title>{escape(words)}</title>" if words else ""
    return f'<path class="area-venue" d="M{x:g} {y - 8:g}l7 12h-14z">{title}</path>'


def _centre(frame: Frame, centre: Point) -> str:
    x, y = frame.x(centre.easting), frame.y(centre.northing)
    return (
        f'<path class="area-centre" d="M{x - 8:g} {y:g}h16M{x:g} {y - 8:g}v16">'
        f"<title>{escape(centre.words)}: distances are from here</title></path>"
    )


def ring_miles(frame: Frame, centre: Point) -> list[int]:
    """How far the rings are: three to five of them, in round miles, out to the farthest corner's half."""
    reach = (
        max(
            frame.east - centre.easting,
            centre.easting - frame.west,
            frame.north - centre.northing,
            centre.northing - frame.south,
        )
        / METRES_PER_MILE
    )
    step = next((one for one in (1, 2, 5, 10, 20, 50) if reach / one <= 6), 100)
    return [step * number for number in range(1, max(2, int(reach / step) + 1))]


def _rings(frame: Frame, centre: Point) -> str:
    x, y = frame.x(centre.easting), frame.y(centre.northing)
    rings = "".join(
        f'<circle class="area-ring" cx="{x:g}" cy="{y:g}" r="{miles * METRES_PER_MILE * frame.scale:.1f}"/>'
        for miles in ring_miles(frame, centre)
    )
    return f"<g>{rings}</g>"


def _words(frame: Frame, dots: Sequence[Dot], towns: Sequence[Town], centre: Point | None) -> str:
    """How far the rings are, and names of towns where they find room, those with most schools first.

    On a phone words are larger, so that fewer of them stand there.
    """
    wide, narrow = _Taken(), _Taken()
    for taken in (wide, narrow):  # where the scale bar stands
        taken.take(110, frame.high - 20, 230, 44)
    parts = []
    for miles, x, y in _ring_spots(frame, dots, centre) if centre else ():
        words = f"{miles} mile{'' if miles == 1 else 's'}"
        if wide.take(x, y, 60, LINE):
            also = narrow.take(x, y, 60 * LARGER, LINE * LARGER)
            kind = "" if also else " is-lesser"
            parts.append(f'<text class="area-miles{kind}" x="{x:.1f}" y="{y:.1f}" dy="0.35em">{words}</text>')
    most = len(parts) + MOST_NAMES
    for town in sorted(towns, key=lambda one: (-one.schools, one.name)):
        x, y = frame.x(town.easting), frame.y(town.northing) - 14
        y = y if y > LINE else y + 28  # below its schools, where there is no room above
        width = len(town.name) * LETTER
        x = min(max(x, width / 2 + 4), frame.wide - width / 2 - 4)
        if not frame.holds(town.easting, town.northing) or not wide.take(x, y, width, LINE):
            continue
        half = width * LARGER / 2
        inside = half < x < frame.wide - half
        kind = "" if inside and narrow.take(x, y, width * LARGER, LINE * LARGER) else " is-lesser"
        parts.append(f'<text class="area-town{kind}" x="{x:g}" y="{y:g}" dy="0.35em">{escape(town.name)}</text>')
        if len(parts) == most:
            break
    return f"<g>{''.join(parts)}</g>"


def _ring_spots(frame: Frame, dots: Sequence[Dot], centre: Point) -> list[tuple[int, float, float]]:
    """(miles, x, y) of what is written on each ring: of eight directions the one with fewest schools in the way."""
    x, y = frame.x(centre.easting), frame.y(centre.northing)
    crowd = Counter(
        (int(frame.x(dot.easting or 0) // 30), int(frame.y(dot.northing or 0) // 18)) for dot in dots[:MOST_DOTS]
    )
    found = []
    for miles in ring_miles(frame, centre):
        radius = miles * METRES_PER_MILE * frame.scale
        spots = [
            (x + radius * math.sin(turn * math.pi / 4), y - radius * math.cos(turn * math.pi / 4)) for turn in range(8)
        ]
        inside = [one for one in spots if 32 < one[0] < frame.wide - 32 and 12 < one[1] < frame.high - 46]
        if inside:
            spot = min(inside, key=lambda one: _crowd_at(crowd, *one))
            found.append((miles, *spot))
    return found


def _crowd_at(crowd: Mapping[tuple[int, int], int], x: float, y: float) -> int:
    """How many schools are behind words that stand there."""
    columns, rows = {int((x + side) // 30) for side in (-30, 0, 30)}, {int((y + side) // 18) for side in (-9, 9)}
    return sum(crowd.get((column, row), 0) for column in columns for row in rows)


def _scale_bar(frame: Frame) -> str:
    """A number line of miles."""
    across = (frame.east - frame.west) / METRES_PER_MILE
    step = next((one for one in (1, 2, 5, 10, 20) if one >= across / 8), 50)
    unit = step * METRES_PER_MILE * frame.scale
    y, marks = frame.high - 30, []
    for number in range(3):
        x = 16 + number * unit
        words = f"{number * step}{' miles' if number == 2 else ''}"
        marks.append(f'<path class="area-tick" d="M{x:.1f} {y - 4}v8"/>')
        marks.append(f'<text class="area-scale-words" x="{x:.1f}" y="{y + 18}">{words}</text>')
    behind = (
        f'<rect class="area-ground" x="4" y="{y - 10}" width="{2 * unit + 56:.0f}" height="36" fill-opacity="0.85"/>'
    )
    return f'<g class="area-scale">{behind}<path class="area-tick" d="M16 {y}h{2 * unit:.1f}"/>{"".join(marks)}</g>'
