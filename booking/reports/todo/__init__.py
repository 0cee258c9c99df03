"""What can need a person at the hub: one thing and the page on which it is done, and how many of them there are.

A finder takes the moment and how many to show at most; it asks a constant number of queries, the longest wait first.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from django.db.models import Count, Model, QuerySet
from django.db.models.expressions import Window

from accounts.models import School
from accounts.schoolyear import day_begins

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Press:
    """A button: its words, where it posts, and what goes with it."""

    words: str
    url: str
    hidden: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ToDo:
    """One thing that needs a person: what it is, about whom, and the page on which it is done in one step.

    `since`: from when on it has needed somebody; `press`: a button beside it that does it at once.
    """

    what: str
    words: str
    url: str
    hint: str = ""
    since: datetime | None = None
    press: Press | None = None
    else_url: str = ""
    else_words: str = ""


@dataclass
class Found:
    """What one question found: as many as were asked for, and how many there are (`is_more`: at least)."""

    rows: list[ToDo]
    total: int
    is_more: bool = False


def first_of(rows: QuerySet[Row], most: int) -> tuple[list[Any], int]:
    """So many rows and how many there are in all, in one query. For querysets that neither group nor drop doubles."""
    found = list(rows.annotate(of_all=Window(Count("pk")))[:most])
    return found, found[0].of_all if found else 0  # type: ignore[attr-defined]  # annotated just above


def begins(on: date | None) -> datetime:
    """The first moment of a day in London, to put days and moments in one order."""
    return day_begins(on or date.max)


def telephone(school: School) -> str:
    return school.telephone or "telephone not known"
