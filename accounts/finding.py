"""Finding a school: by name, town, postcode or URN; how far it is; and what stands where a closed one stood."""

from dataclasses import dataclass

from accounts.models import School
from accounts.models.schools import SchoolQuerySet
from accounts.places_near import Point, metres_between, postcode_district

# Shorter than this, what is typed matches nearly every school.
SHORTEST = 2


@dataclass(frozen=True)
class Found:
    """A school in a list of results; `instead_of` is the closed school that the words found."""

    school: School
    metres: int | None = None
    instead_of: School | None = None


def find(words: str, *, limit: int, near: Point | None = None) -> tuple[list[Found], bool]:
    """The best `limit` schools for these words, and whether there are more.

    A postcode finds the schools around it, nearest first, whether or not one stands exactly there. A closed school is
    found with its successor where one is known. `near`: where distances are measured from.
    """
    if (district := postcode_district(words)) is not None:
        return _around(near, district, limit)
    if len(words.strip()) < SHORTEST:
        return [], False
    # First which, then what: sorting whole rows takes a database twice as long.
    ids = best(words, limit + 1)
    schools = School.objects.select_related("merged_into__merged_into").prefetch_related("urns", "merged_into__urns")
    rows = schools.in_bulk(ids[:limit])
    found: dict[int, Found] = {}
    for pk in ids[:limit]:
        stands, instead_of = _today(rows[pk])
        found.setdefault(stands.pk, Found(stands, _metres(near, stands), instead_of))
    return list(found.values()), len(ids) > limit


def best(words: str, most: int) -> list[int]:
    """Ids of the schools these words find, the best first; closed ones only where there is room after the open."""
    ids = list(School.objects.open().matching(words).values_list("pk", flat=True)[:most])
    if len(ids) < most:
        closed = School.objects.filter(status=School.Status.CLOSED).matching(words)
        ids += closed.values_list("pk", flat=True)[: most - len(ids)]
    return ids


def in_district(district: str) -> SchoolQuerySet:
    """Open schools of a postcode's district, with their URNs."""
    return School.objects.open().filter(postcode__startswith=f"{district} ").prefetch_related("urns")


def _around(near: Point | None, district: str, limit: int) -> tuple[list[Found], bool]:
    around = [Found(school, _metres(near, school)) for school in in_district(district)]
    around.sort(key=lambda one: (one.metres is None, one.metres, one.school.name))
    return around[:limit], len(around) > limit


def _today(school: School) -> tuple[School, School | None]:
    """The school that stands today, and the closed one it stands for."""
    successor = None if school.is_open else school.successor
    return (successor, school) if successor is not None else (school, None)


def _metres(near: Point | None, school: School) -> int | None:
    there = Point.of(school)
    return metres_between(near, there) if near and there else None
