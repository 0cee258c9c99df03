"""What a file of the register would change, beside what is booked: which closing schools have places to come."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q
from django.utils import timezone

from accounts.gias import KINDS
from accounts.models import RegisterImport, School
from booking.models import Booking

PAGE = 25
# Kinds of change by which a school's people may lose what they have booked.
ENDING = ("closed", "vanished", "merged")


@dataclass(frozen=True)
class Kind:
    """One kind of change: how many schools, and how many of a hundred open ones that is."""

    code: str
    words: str
    count: int
    share: str


@dataclass(frozen=True)
class Changed:
    """One school in a list of changes."""

    urn: str
    name: str
    words: str
    school: int | None


@dataclass
class Looked:
    """A file of the register as the office looks at it."""

    register_import: RegisterImport
    kinds: list[Kind]
    kind: Kind | None
    page: Page[Changed] | None
    # Closing schools with bookings to come: (school, how many bookings, how many places, where they go).
    with_places: list["Closing"]
    gone: int
    gone_share: str
    were_open: int
    unlisted: int = 0

    @property
    def plan(self) -> dict[str, Any]:
        return self.register_import.plan


@dataclass(frozen=True)
class Closing:
    school: School
    bookings: int
    places: int
    what: str


def looked_at(register_import: RegisterImport, *, kind: str = "", page: int = 1, now: datetime | None = None) -> Looked:
    plan = register_import.plan
    were_open, counts = plan.get("were_open", 0), plan.get("counts", {})
    kinds = [
        Kind(code, KINDS[code], count, _share(count, were_open)) for code, count in counts.items() if code in KINDS
    ]
    chosen = next((one for one in kinds if one.code == kind), kinds[0] if kinds else None)
    rows = [Changed(*row) for row in plan.get("changes", {}).get(chosen.code, [])] if chosen else []
    return Looked(
        register_import=register_import,
        kinds=kinds,
        kind=chosen,
        page=Paginator(rows, PAGE).get_page(page) if chosen else None,
        with_places=_with_places(plan.get("changes", {}), now or timezone.now()),
        gone=plan.get("gone", 0),
        gone_share=_share(plan.get("gone", 0), were_open),
        were_open=were_open,
        unlisted=chosen.count - len(rows) if chosen else 0,
    )


def bookings_to_decide(now: datetime | None = None) -> list[Booking]:
    """Live bookings with sessions to come of schools that have closed: the first thing is to ask who they are for."""
    bookings = Booking.objects.live().to_come(now or timezone.now()).filter(school__status=School.Status.CLOSED)
    related = ("school__merged_into", "work_group", "session")
    return list(bookings.select_related(*related).order_by("school__name", "pk")[:PAGE])


def _with_places(changes: dict[str, list[list[Any]]], now: datetime) -> list[Closing]:
    """Of the schools that would be gone, those with something booked; what becomes of it depends on how they go."""
    words = {
        pk: f"{KINDS[kind]}, {said}" if kind == "closed" and said else KINDS[kind]
        for kind in ENDING
        for _, _, said, pk in changes.get(kind, [])
        if pk
    }
    merged = {pk: into for _, _, into, pk in changes.get("merged", []) if pk}
    booked = _booked(words, now)
    schools = School.objects.in_bulk([pk for pk, _, _ in booked])
    return [
        Closing(
            schools[pk],
            bookings,
            places,
            f"Becomes part of {merged[pk].removeprefix('into ')}" if pk in merged else words[pk],
        )
        for pk, bookings, places in booked
    ]


def _booked(schools: Iterable[int], now: datetime) -> list[tuple[int, int, int]]:
    """(school, bookings, places) of those with bookings to come."""
    bookings = Booking.objects.live().to_come(now).filter(school__in=list(schools)).order_by()
    counted = bookings.values("school").annotate(
        bookings=Count("pk", distinct=True), people=Count("places", filter=Q(places__live=True))
    )
    return list(counted.order_by("school__name").values_list("school", "bookings", "people"))


def _share(count: int, whole: int) -> str:
    """How many of a hundred, as one says it."""
    if not whole:
        return "–"
    share = 100 * count / whole
    return "under 0.1" if 0 < share < 0.1 else f"{share:.1f}".removesuffix(".0")
