"""Where somebody is, from a postcode or a school's name, by the places of schools alone: no other service is asked."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, Self

from django.db.models import Avg, Q
from django.db.models.functions import Length

from accounts.models import School

METRES_PER_MILE = 1609.344

# Outward code, and the inward code where it was given: "LE2 5TP", "le25tp", "LE2 5", "LE2".
_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][0-9A-Z]?)(?: *([0-9])(?:([A-Z]{2}))?)?", re.ASCII)
_WHOLE_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][0-9A-Z]?) *([0-9])([A-Z]{2})", re.ASCII)


class Placed(Protocol):
    """A school, a venue: whatever stands somewhere, or nowhere known."""

    easting: int | None
    northing: int | None


@dataclass(frozen=True)
class Point:
    """A place in metres of the British National Grid (EPSG:27700), and what to call it."""

    easting: float
    northing: float
    words: str

    @classmethod
    def of(cls, thing: Placed) -> Self | None:
        """Where a school or venue stands; None where that is not known."""
        if thing.easting is None or thing.northing is None:
            return None
        return cls(thing.easting, thing.northing, str(thing))


def metres_between(one: Point, other: Point) -> int:
    """The straight line, in metres; the grid is flat enough for the distances people travel to a meeting."""
    return round(math.hypot(one.easting - other.easting, one.northing - other.northing))


def not_located(typed: str, *, or_else: str = "") -> str:
    """Why nothing can be said of miles. `or_else`: what else may be typed there."""
    return f"We could not find “{typed}”. Try {or_else}a full postcode, such as LE2 5TP, or a school’s name."


def locate(text: str) -> Point | None:
    """The place of a postcode (with any spaces), a URN or a school's name; None where no school tells it.

    A postcode that no school has is the mean of the schools in its sector (LE2 5), then of those in its district (LE2);
    the words say so.
    """
    return locate_postcode(text) if _postcode(text) else _of_school(" ".join(text.split()))


def locate_postcode(text: str) -> Point | None:
    """The place of a postcode, whole or in part; None where the text is none, or no school tells its place."""
    postcode = _postcode(text)
    return _of_postcode(*postcode) if postcode else None


def locate_postcodes(texts: Iterable[str]) -> dict[str, Point]:
    """The places of many postcodes by one query, each as `locate_postcode` does; what is found nowhere is missing."""
    asked = {text: postcode for text in texts if (postcode := _postcode(text))}
    if not asked:
        return {}
    districts = Q()
    for district, _, _ in set(asked.values()):
        districts |= Q(postcode__startswith=f"{district} ")
    placed = School.objects.filter(districts, easting__isnull=False).order_by()
    rows = list(placed.values_list("postcode", "easting", "northing"))
    found = {}
    for text, (district, sector, unit) in asked.items():
        whole = f"{district} {sector or ''}{unit or ''}".strip()
        for name in dict.fromkeys((whole, f"{district} {sector}" if sector else whole, f"{district} ")):
            if mine := [row for row in rows if row[0].startswith(name)]:
                east, north = sum(row[1] or 0 for row in mine), sum(row[2] or 0 for row in mine)
                near = name.strip()
                words = whole if near == whole else f"{whole} (by the schools in {near})"
                found[text] = Point(east / len(mine), north / len(mine), words)
                break
    return found


def postcode_district(text: str) -> str | None:
    """The district (LE2) of a postcode, whole or in part; None where the text is no postcode."""
    postcode = _postcode(text)
    return postcode[0] if postcode else None


def _postcode(text: str) -> tuple[str, str | None, str | None] | None:
    text = " ".join(text.upper().split())
    found = _WHOLE_POSTCODE.fullmatch(text) or _POSTCODE.fullmatch(text)
    return (found[1], found[2], found[3]) if found else None


def _of_postcode(district: str, sector: str | None, unit: str | None) -> Point | None:
    """One query for all three widths: the narrowest that any school stands in is taken."""
    asked = f"{district} {sector or ''}{unit or ''}".strip()
    widths = {"district": Q(postcode__startswith=f"{district} ")}
    if sector:
        widths["sector"] = Q(postcode__startswith=f"{district} {sector}")
    if unit:
        widths["unit"] = Q(postcode=asked)
    means = School.objects.filter(widths["district"], easting__isnull=False).aggregate(
        **{f"{width}_easting": Avg("easting", filter=within) for width, within in widths.items()},
        **{f"{width}_northing": Avg("northing", filter=within) for width, within in widths.items()},
    )
    names = {"unit": asked, "sector": f"{district} {sector}", "district": district}
    for width, name in names.items():
        if width in widths and means[f"{width}_easting"] is not None:
            words = asked if name == asked else f"{asked} (by the schools in {name})"
            return Point(means[f"{width}_easting"], means[f"{width}_northing"], words)
    return None


def _of_school(text: str) -> Point | None:
    """The open school that matches; of several, the one whose name holds least besides what was typed."""
    if not any(character.isalnum() for character in text):
        return None
    found = School.objects.open().matching(text).filter(easting__isnull=False)
    school = found.order_by(Length("name"), "name", "pk").first()
    if school is None or (point := Point.of(school)) is None:
        return None
    return Point(point.easting, point.northing, ", ".join(part for part in (school.name, school.town) if part))
