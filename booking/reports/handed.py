"""A list on its way in, as the office looks at it: what each row would do, or has done."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone

from accounts.models import School
from booking.intake import plan
from booking.intake.lines import CHANGED, NEW, THERE, Line
from booking.models import Booking, HandedList, KnownHeading, Session
from booking.models.handed import HandedState
from booking.tables import Table

PAGE = 50
# What shows what a row has done.
PAGES: dict[str, tuple[type[Model], str]] = {
    "school": (School, "office_school"),
    "booking": (Booking, "booking_detail"),
    "session": (Session, "session_register"),
}
WHAT = {NEW: "New", CHANGED: "Changes", THERE: "There already"}
# The heading of the reason beside a row that is not taken; a list that has it can be sent again as it is.
WHY = "Why it was not taken in"


@dataclass
class Looked:
    """What every row does: how many of which, those that can't be taken in, and a page of the others."""

    counts: list[tuple[str, int]] = field(default_factory=list)
    bad: list[Line] = field(default_factory=list)
    good: Page[Line] | None = None
    more_bad: int = 0

    @property
    def good_count(self) -> int:
        return sum(count for _, count in self.counts)

    @property
    def bad_count(self) -> int:
        return len(self.bad) + self.more_bad

    @property
    def does_nothing(self) -> bool:
        """Is all of it here already?"""
        return not self.bad and self.good_count > 0 and all(words == WHAT[THERE] for words, _ in self.counts)


@dataclass(frozen=True)
class Link:
    words: str
    url: str
    rows: int


@dataclass
class Done:
    """What came of a list: how many of which, and a page for each thing it made or changed."""

    counts: list[tuple[str, int]]
    links: Page[Link]


def looked_at(handed: HandedList, *, page: int = 1, now: datetime | None = None) -> Looked:
    lines = plan(handed, now or timezone.now())
    bad = [line for line in lines if not line.is_good]
    good = [line for line in lines if line.is_good]
    return Looked(
        counts=_counts(line.what for line in good),
        bad=bad[:PAGE],
        good=Paginator(good, PAGE).get_page(page) if good else None,
        more_bad=max(0, len(bad) - PAGE),
    )


def done(handed: HandedList, *, page: int = 1) -> Done:
    """Links to what was made or changed; how many rows stand behind each."""
    rows = Counter((kind, pk) for _, what, kind, pk in handed.done if what != THERE and kind)
    words: dict[tuple[str, int], tuple[str, str]] = {}
    for kind, (model, name) in PAGES.items():
        found: Any = model._default_manager.filter(pk__in=[pk for other, pk in rows if other == kind])
        if model is not School:
            found = found.select_related("work_group", *(["school"] if model is Booking else []))
        for one in found:
            words[kind, one.pk] = (str(one), reverse(name, args=[one.pk]))
    links = [Link(*words[key], rows=count) for key, count in rows.items() if key in words]
    links.sort(key=lambda one: (one.words, one.url))
    return Done(_counts(what for _, what, _, _ in handed.done), Paginator(links, PAGE).get_page(page))


def rest_of(handed: HandedList, now: datetime | None = None) -> Table:
    """The rows that are not taken in, as they were handed in, with why: to be put right and sent again."""
    if handed.state == HandedState.DONE:
        rows = [(number, cells, why) for number, cells, why in handed.not_taken]
    else:
        lines = plan(handed, now or timezone.now())
        rows = [(line.number, line.given.cells, line.problem) for line in lines if not line.is_good]
    return Table(f"Not taken in of {handed}", [*handed.heading, WHY], _with_reasons(rows))


def known_headings(kind: str) -> dict[str, str]:
    return dict(KnownHeading.objects.filter(kind=kind).values_list("heading", "field"))


def _with_reasons(rows: Iterable[tuple[int, list[str], str]]) -> Iterator[list[str]]:
    for number, cells, why in rows:
        yield [*cells, f"Row {number}: {why}"]


def _counts(whats: Iterable[str]) -> list[tuple[str, int]]:
    counted = Counter(whats)
    return [(words, counted[what]) for what, words in WHAT.items() if counted[what]]
