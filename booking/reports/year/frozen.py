"""Frozen figures beside those of today, with the difference; and which schools it lies in, for the office alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from accounts.models import School
from accounts.schoolyear import school_year_label
from booking.models import FrozenYear, Project
from booking.reports.year.engagement import STAGES
from booking.reports.year.report import Year, engagements, small_lines
from booking.reports.year.schools import STAGE_HEADS, stages_words
from booking.tables import Cell, Table

MEASURES = {
    "groups": "Work groups",
    "sessions": "Sessions over, with a register",
    "applied": "Engagements applied for",
    "accepted": "Engagements accepted",
    "started": "Engagements started",
    "active": "Engagements active",
    "completed": "Engagements completed",
    "withdrew": "Engagements withdrawn",
    "withdrew_before": "… of them before starting",
    "ended": "Engagements ended without completing",
    "schools_accepted": "Schools accepted, each once",
    "schools_started": "Schools that started, each once",
    "schools_completed": "Schools that completed, each once",
    "people_accepted": "People accepted, each once",
    "people_started": "People who started, each once",
    "people_completed": "People who completed, each once",
    "state_funded": "Open state-funded schools",
    "state_funded_started": "… of them started",
    "came": "Attendances",
    "marked": "Lines of registers marked",
    "places_given_up": "Places given up",
    "given_up_late": "… of them with less notice than we ask for",
    "reflections": "Reflections",
}


@dataclass(frozen=True)
class Beside:
    """One figure as it was frozen, and as it is now."""

    words: str
    then: int | None
    now: int

    @property
    def difference(self) -> int | None:
        return None if self.then is None else self.now - self.then

    @property
    def difference_words(self) -> str:
        if self.difference is None:
            return "was not counted"
        if not self.difference:
            return "the same"
        return f"{'+' if self.difference > 0 else '−'}{abs(self.difference)}"


@dataclass(frozen=True)
class Change:
    """One school in one project that stands otherwise than it was frozen."""

    school: str
    urn: str
    project: str
    then: str
    now: str


@dataclass(frozen=True)
class Kept:
    """One of the tables that a freezing keeps: of the schools there were, how many got how far."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str | int]]

    @property
    def cells(self) -> list[list[tuple[str, str | int]]]:
        """Of each row every cell with its heading."""
        return [list(zip(self.head, row, strict=True)) for row in self.rows]


def kept(frozen: FrozenYear, *, for_board: bool = False) -> list[Kept]:
    """The tables as they were counted; older freezings may lack one.

    For the board lines of fewer than three schools are put together, as in its copy of the figures; shares of projects,
    which overlap and cannot be put together, are the office's alone.
    """
    figures = frozen.figures
    phases, authorities = figures.get("phases", []), figures.get("authorities", [])
    shares = ["Open schools", "Accepted", "Started", "Completed"]
    stages = ["accepted", "started", "completed", "withdrew"]
    rows = figures.get("projects", [])
    projects = [[title, *(schools.get(one, 0) for one in stages)] for _, title, schools, _ in rows]
    reach = figures.get("reach", [])
    if for_board:
        phases, authorities = (_together(rows, [row[1] for row in rows]) for rows in (phases, authorities))
        sizes = [max(schools.get("applied", 0), schools.get("started", 0)) for _, _, schools, _ in rows]
        projects, reach = _together(projects, sizes), []
    found = [
        Kept("By phase", ["Phase", *shares], phases),
        Kept("By local authority", ["Local authority", *shares], authorities),
        Kept("By project", ["Project", *(one.capitalize() for one in stages)], projects),
        Kept("By project, of the schools it is for", ["Project", *shares], reach),
    ]
    return [one for one in found if one.rows]


def _together(rows: list[list[Any]], sizes: list[int]) -> list[list[Any]]:
    small = small_lines(sizes)
    if not small:
        return rows
    sums = [sum(rows[index][column] for index in small) for column in range(1, len(rows[0]))]
    rest = [f"{len(small)} smaller lines together", *sums]
    return [*(row for index, row in enumerate(rows) if index not in small), rest]


def freezings(year: int) -> list[FrozenYear]:
    """All of a year, the last first: it holds."""
    return list(FrozenYear.objects.of_year(year).defer("engagements").select_related("frozen_by"))


def beside(frozen: FrozenYear, year: Year) -> list[Beside]:
    then, now = frozen.figures["whole"], year.whole
    return [Beside(words, then.get(name), now[name]) for name, words in MEASURES.items()]


def changes(frozen: FrozenYear, year: Year) -> list[Change]:
    """Each school in each project whose stages are not what was frozen."""
    then = {(school, project): (urn, stages) for school, urn, project, stages, *_ in frozen.engagements}
    now = {(school, project): (urn, stages) for school, urn, project, stages, *_ in engagements(year)}
    found = [pair for pair in sorted(then.keys() | now.keys()) if _stages(then, pair) != _stages(now, pair)]
    schools = dict(School.objects.filter(pk__in={school for school, _ in found}).values_list("pk", "name"))
    titles = dict(Project.objects.filter(pk__in={project for _, project in found}).values_list("pk", "title"))
    return sorted(
        (
            Change(
                schools.get(school, ""),
                (now.get((school, project)) or then[school, project])[0],
                titles.get(project, ""),
                ", ".join(_stages(then, (school, project))) or "not there",
                ", ".join(_stages(now, (school, project))) or "not there",
            )
            for school, project in found
        ),
        key=lambda one: (one.school, one.project),
    )


@dataclass(frozen=True)
class Stood:
    """One school in one project as it stood when it was frozen; `name` and `project` as they are called today."""

    school: int
    name: str
    urn: str
    project: str
    stages: Sequence[str]
    withdrew_on: date | None

    @property
    def words(self) -> str:
        return stages_words(self.stages)


def school_by_school(frozen: FrozenYear) -> list[Stood]:
    """Every line that was kept, by school and project. Two queries, however many there are; never why one left."""
    rows = frozen.engagements
    names = dict(School.objects.order_by().values_list("pk", "name"))
    titles = dict(Project.objects.order_by().values_list("pk", "title"))
    found = [
        Stood(
            school,
            names.get(school, "A school that is not held here now"),
            urn,
            titles.get(project, "A project that is not held here now"),
            stages,
            date.fromisoformat(left) if left else None,
        )
        for school, urn, project, stages, left, *_ in rows
    ]
    return sorted(found, key=lambda one: (one.name, one.school, one.project))


def table(frozen: FrozenYear) -> Table:
    """All of it for a spreadsheet, under the headings of the list as it is counted today."""
    head = ["URN", "School", "Project", "School year", *STAGE_HEADS, "Withdrew on"]
    label = school_year_label(frozen.year)
    name = f"Schools and projects {label} as frozen {frozen.frozen_at:%Y-%m-%d} {frozen.number}"
    return Table(name, head, _cells(school_by_school(frozen), label))


def _cells(lines: Sequence[Stood], label: str) -> Iterator[list[Cell]]:
    for one in lines:
        yield [one.urn, one.name, one.project, label, *(stage in one.stages for stage in STAGES), one.withdrew_on]


def _stages(of: dict[tuple[int, int], tuple[str, list[str]]], pair: tuple[int, int]) -> list[str]:
    return of[pair][1] if pair in of else []
