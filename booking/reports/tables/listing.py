"""A list that can be taken away: its columns, how it is narrowed, and its rows, one after the other from the database.

Never in one: what somebody needs (access, food), and why somebody was away.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any

from django.db.models import CharField, Model, OuterRef, QuerySet, Subquery

from accounts.models import School, SchoolURN, User
from accounts.schoolyear import school_year_label
from accounts.typed import day_in, number_in, year_in
from booking.models import ListProfile, Project, Session, Venue, WorkGroup
from booking.tables import Cell, Table, words_of

# So many rows come from the database at once: memory does not grow with the list.
ROWS_AT_ONCE = 2_000
# What a list is narrowed to by its id.
NAMED: dict[str, type[Model]] = {
    "project": Project,
    "group": WorkGroup,
    "session": Session,
    "school": School,
    "person": User,
    "lead": User,
    "venue": Venue,
}


@dataclass(frozen=True)
class Column:
    """One column: where its values come from, and how they are said.

    `personal`: it tells something about a person. `default`: it is there unless somebody chooses otherwise.
    """

    key: str
    head: str
    path: str | Sequence[str] = ""
    says: Callable[..., Cell] | None = None
    personal: bool = False
    default: bool = True

    @property
    def paths(self) -> list[str]:
        return [self.path or self.key] if isinstance(self.path, str) else [*self.path]


@dataclass(frozen=True)
class Chosen:
    """A column as somebody wants it: under which heading, and what is written for some of its values."""

    column: Column
    head: str
    codes: Mapping[str, str] = field(default_factory=dict)

    def cell(self, values: Sequence[Any]) -> Cell:
        says = self.column.says
        cell: Cell = says(*values) if says else values[0]
        return self.codes.get(words_of(cell), cell) if self.codes and cell is not None else cell


@dataclass(frozen=True)
class Asked:
    """What a list is narrowed to, as it stands in the page's address."""

    q: str = ""
    year: int = 0
    status: str = ""
    state: str = ""
    project: int = 0
    group: int = 0
    session: int = 0
    school: int = 0
    person: int = 0
    phase: str = ""
    la: str = ""
    part: str = ""
    kind: str = ""
    via: str = ""
    mode: str = ""
    notice: str = ""
    # Any day of the week that is meant.
    week: str = ""
    lead: int = 0
    venue: int = 0
    # Words of the titles of groups alone, where `q` looks in more.
    title: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "Asked":
        typed = {one.name: given.get(one.name, "").replace("\x00", "").strip()[:80] for one in fields(cls)}
        read: dict[str, Any] = {
            one.name: number_in(typed[one.name], digits=9) if one.type is int else typed[one.name]
            for one in fields(cls)
        }
        week = day_in(typed["week"])
        return cls(**read | {"year": year_in(typed["year"], 0), "week": week.isoformat() if week else ""})

    @property
    def address(self) -> dict[str, str]:
        """The same, to stand in an address."""
        return {name: str(value) for name, value in asdict(self).items() if value}


@dataclass
class Listing:
    """One list, narrowed as it was asked for. `words`: to what, for people to read."""

    code: str
    name: str
    columns: Sequence[Column]
    # Rows to read in order: of the database, by the paths of the columns; or those that had to be worked out.
    rows: QuerySet[Any] | Callable[[], Iterable[Mapping[str, Any]]]
    asked: Asked
    # Which of the ways to narrow it there are, and of some of them between what one chooses.
    takes: Sequence[str] = ()
    choices: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """What this list does not know does not narrow it, and nobody is told that it did."""
        known = {name: value for name in self.takes if (value := getattr(self.asked, name))}
        self.asked = Asked(**{name: value for name, value in known.items() if self._is_choice(name, value)})

    def _is_choice(self, name: str, value: object) -> bool:
        return name not in self.choices or value in dict(self.choices[name])

    @property
    def defaults(self) -> list[Chosen]:
        return [Chosen(one, one.head) for one in self.columns if one.default]

    def chosen(self, profile: ListProfile | None) -> list[Chosen]:
        """The columns that a profile asks for, without those that there are no more."""
        if profile is None:
            return self.defaults
        known = {one.key: one for one in self.columns}
        wanted = [(key, head, codes) for key, head, codes in profile.columns if key in known]
        return [Chosen(known[key], head or known[key].head, codes) for key, head, codes in wanted] or self.defaults

    @property
    def is_counted(self) -> bool:
        """Does the database count them, without their being worked out one by one?"""
        return isinstance(self.rows, QuerySet)

    def count(self) -> int:
        """Rows that are worked out are worked out for it alone, and not kept: a file counts them as it is written."""
        return self.rows.count() if isinstance(self.rows, QuerySet) else sum(1 for _ in self.rows())

    def table(self, chosen: Sequence[Chosen]) -> Table:
        return Table(self.name, [one.head for one in chosen], self._cells(chosen))

    def _cells(self, chosen: Sequence[Chosen]) -> Iterator[list[Cell]]:
        if not isinstance(self.rows, QuerySet):
            for row in self.rows():
                yield [one.cell([row[path] for path in one.column.paths]) for one in chosen]
            return
        paths = list(dict.fromkeys(path for one in chosen for path in one.column.paths))
        stands = [(one, [paths.index(path) for path in one.column.paths]) for one in chosen]
        for values in self.rows.prefetch_related(None).values_list(*paths).iterator(chunk_size=ROWS_AT_ONCE):
            yield [one.cell([values[index] for index in indexes]) for one, indexes in stands]

    @property
    def words(self) -> str:
        """What it is narrowed to: "school year 2026-27, Oakfield"."""
        found = []
        for name in filter(self.asked.address.get, self.takes):
            value = getattr(self.asked, name)
            if name in NAMED:
                found += [str(one) for one in NAMED[name]._default_manager.filter(pk=value)]
            elif name == "year":
                found.append(f"school year {school_year_label(value)}")
            elif name in ("q", "title"):
                found.append(f"“{value}”")
            elif name == "week":
                found.append(f"the week of {date.fromisoformat(value):%-d %B %Y}")
            else:
                label = dict(self.choices[name])[value]
                found.append(label.lower() if name in ("status", "state") else label)
        return ", ".join(found)[:300]


def urn_of(school: str = "pk") -> Subquery:
    """The URN that a school bears today; `school`: the way to it."""
    urns = SchoolURN.objects.filter(school=OuterRef(school), closed_on__isnull=True)
    return Subquery(urns.order_by("-pk").values("urn")[:1], output_field=CharField())


def label_of(choices: Iterable[tuple[Any, Any]]) -> Callable[[Any], Cell]:
    """How a value that is one of a few is said."""
    words = {value: str(label) for value, label in choices}
    return lambda value: words.get(value, value or "")


def years(value: int | None) -> str:
    return school_year_label(value) if value else ""


def or_empty(value: Any) -> Cell:
    return "" if value is None else value
