"""Where venues stand: by their own coordinates, by those of the school that hosts, or about, by their postcode."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from django.utils.safestring import SafeString

from accounts.models import School
from accounts.places_near import METRES_PER_MILE, Point, locate_postcodes, metres_between
from booking.models import Venue
from booking.pictures.area import Frame, place_map
from booking.reports.area import towns_of
from booking.templatetags.words import miles

# How far around a venue a map shows at least, and how many schools at most.
AROUND, MOST_AROUND = round(4 * METRES_PER_MILE), 150
# Whoever is farther away is told how far, and not drawn.
FARTHEST = round(45 * METRES_PER_MILE)
WIDE = 380


@dataclass(frozen=True)
class Place:
    """A place on the map. `about`: the postcode it was found by; empty where it is exact."""

    easting: float
    northing: float
    about: str = ""


def places_of(venues: Iterable[Venue]) -> dict[int, Place]:
    """Each venue's place, by its id; those found nowhere are missing. At most one query (and the venues' schools)."""
    found, asked = {}, {}
    for venue in venues:
        point = Point.of(venue) or (Point.of(venue.school) if venue.school_id and venue.school else None)
        if point is not None:
            found[venue.pk] = Place(point.easting, point.northing)
        elif venue.postcode:
            asked[venue.pk] = venue.postcode
    if asked:
        by_postcode = locate_postcodes(set(asked.values()))
        for pk, postcode in asked.items():
            if near := by_postcode.get(postcode):
                found[pk] = Place(near.easting, near.northing, postcode)
    return found


class Near(NamedTuple):
    """A school around: only its place, and its town."""

    town: str
    easting: int
    northing: int


@dataclass(frozen=True)
class Whereabouts:
    """A small map of where a group meets, and what else to say of it; `map` is empty where no place is known."""

    map: SafeString
    words: str


def whereabouts(venues: Iterable[Venue], *, home: Point | None = None) -> Whereabouts:
    """Where these venues stand among the schools around; how far from the reader's place, where it is known.

    At most two queries.
    """
    venues = list({venue.pk: venue for venue in venues}.values())
    places = places_of(venues)
    pins = [Point(one.easting, one.northing, str(venue)) for venue in venues if (one := places.get(venue.pk))]
    if not pins:
        return Whereabouts(SafeString(""), "Where this is on the map is not known yet." if venues else "")
    far = None if home is None else metres_between(home, pins[0])
    shown = home if far is not None and far <= FARTHEST else None
    corners = [(one.easting, one.northing) for one in pins] + ([(shown.easting, shown.northing)] if shown else [])
    frame = replace(Frame.around(_with_room(corners), least=2 * AROUND), wide=WIDE)
    near = _around(frame)
    words = [
        f"{venue}: about here, by its postcode {place.about}."
        for venue in venues
        if (place := places.get(venue.pk)) and place.about
    ]
    if home is not None and far is not None:
        to = f"{pins[0].words} is" if len(pins) > 1 else "It is"
        words.append(f"{to} {miles(far)} in a straight line from {home.words}.")
    names = ", ".join(one.words for one in pins)
    drawing = place_map(
        frame,
        pins,
        near,
        towns=sorted(towns_of(near), key=lambda one: -one.schools)[:5],
        home=shown,
        words=" ".join([f"A map of {names}, among the schools around.", *words]),
    )
    return Whereabouts(drawing, " ".join(words))


def _with_room(corners: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The same with some room on every side, so that nothing stands at the edge, or where the scale is."""
    east, north = [one[0] for one in corners], [one[1] for one in corners]
    room = 0.2 * max(max(east) - min(east), max(north) - min(north)) + METRES_PER_MILE
    return [(min(east) - room, min(north) - 1.3 * room), (max(east) + room, max(north) + room)]


def _around(frame: Frame) -> list[Near]:
    """Schools within a frame; of very many some, evenly."""
    high = frame.high / frame.scale
    middle = (frame.north + frame.south) / 2
    found = School.objects.open().filter(
        easting__range=(int(frame.west), int(frame.east)),
        northing__range=(int(middle - high / 2), int(middle + high / 2)),
    )
    rows = list(found.order_by("pk").values_list("town", "easting", "northing"))
    return [Near(town, east or 0, north or 0) for town, east, north in rows[:: len(rows) // MOST_AROUND + 1]]
