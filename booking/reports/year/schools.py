"""School by school: where each stands in each project of a year, without why one left. For the office alone."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max, Q, Value
from django.utils import timezone

from accounts.models import Phase, School
from accounts.models.schools import urns_of
from booking.completed import people_of_schools, sessions_of_schools
from booking.models import Project
from booking.reports.year import engagement, firsts
from booking.reports.year.engagement import STAGES, groups_of
from booking.tables import Cell, Table


@dataclass
class Line:
    """One engagement: a school in a project."""

    school: School
    urn: str
    project: Project
    # As on the national list of that year.
    code: str
    stages: list[str]
    # Sessions that somebody of the school attended; and how many of its people came, and completed.
    sessions: int
    people: int
    completed: int
    applied_on: date | None
    came_on: date | None
    withdrew_on: date | None
    notice: int | None

    @property
    def words(self) -> str:
        return stages_words(self.stages)


# So many lines are read at once for a file.
AT_ONCE = 1000
HEAD = ["URN", "School", "Local authority", "Phase", "Project", "Code", "School year"]
# Of `STAGES`, in their order.
STAGE_HEADS = ["Applied", "Accepted", "Started", "Active", "Completed", "Withdrew", "Ended without completing"]
HEAD += STAGE_HEADS
HEAD += [
    "First applied on",
    "First came on",
    "Withdrew on",
    "School days of notice",
    "Sessions attended",
    "People who came",
    "People who completed",
]


class Engagements:
    """Every engagement of a year, by school; or of one project, or at one stage. Lines are read as they are wanted."""

    def __init__(self, year: int, now: datetime | None = None, *, project: int | None = None, stage: str = "") -> None:
        self.of = engagement.of_year(year, now or timezone.now())
        stages = self.of.schools
        wanted = getattr(stages, stage) if stage in STAGES else stages.pairs()
        names = dict(School.objects.order_by().values_list("pk", "name"))
        code = Max("work_groups__project_code", filter=Q(work_groups__year=year), default=Value(""))
        self.projects = {row.pk: row for row in Project.objects.only("pk", "title").annotate(code_then=code)}
        self.pairs = sorted(
            (pair for pair in wanted if project is None or pair[0] == project),
            key=lambda pair: (names[pair[1]], pair[1], self.projects[pair[0]].title),
        )

    def __len__(self) -> int:
        return len(self.pairs)

    def page(self, window: slice) -> list[Line]:
        return self._lines(self.pairs[window])

    def __iter__(self) -> Iterator[Line]:
        for start in range(0, len(self.pairs), AT_ONCE):
            yield from self._lines(self.pairs[start : start + AT_ONCE])

    def _lines(self, pairs: list[tuple[int, int]]) -> list[Line]:
        stages, wanted = self.of.schools, {school for _, school in pairs}
        schools = School.objects.only("pk", "name", "la_name", "phase").in_bulk(wanted)
        urns = urns_of(wanted)
        people, completed = self._people(wanted), self.of.people.completed
        sessions = self._sessions(wanted)
        every = self._with_merged(wanted)
        applied, came = firsts.applied(self.of, every), firsts.came(self.of, every)
        found = []
        for pair in pairs:
            left = stages.left.get(pair) if pair in stages.withdrew else None
            found.append(
                Line(
                    schools[pair[1]],
                    urns.get(pair[1], ""),
                    self.projects[pair[0]],
                    self.projects[pair[0]].code_then,
                    [stage for stage in STAGES if pair in getattr(stages, stage)],
                    sessions[pair],
                    len(people[pair]),
                    sum((pair[0], person) in completed for person in people[pair]),
                    applied.get(pair),
                    came.get(pair),
                    timezone.localdate(left.at) if left else None,
                    left.notice if left else None,
                )
            )
        return found

    def _sessions(self, schools: set[int]) -> dict[tuple[int, int], int]:
        """(project, school) -> how many sessions it was at, those of schools that it took in included."""
        found: dict[tuple[int, int], int] = defaultdict(int)
        counted = sessions_of_schools(groups_of(self.of.year), self.of.as_one, self._with_merged(schools))
        for (group, school), times in counted.items():
            found[self.of.project_of[group], school] += times
        return found

    def _with_merged(self, schools: set[int]) -> set[int]:
        return schools | {before for before, today in self.of.as_one.items() if today in schools}

    def _people(self, schools: set[int]) -> dict[tuple[int, int], set[int]]:
        """(project, school) -> everybody who came for it, or for one that it took in."""
        found: dict[tuple[int, int], set[int]] = defaultdict(set)
        came = people_of_schools(groups_of(self.of.year), self.of.as_one, self._with_merged(schools))
        for (group, school), people in came.items():
            found[self.of.project_of[group], school] |= people
        return found


def stages_words(stages: Iterable[str]) -> str:
    return ", ".join(stage if stage != "ended" else "ended without completing" for stage in stages)


def table(found: Engagements, label: str) -> Table:
    """All of it for a spreadsheet: a line for each school and project, with its URN."""
    return Table(f"Schools and projects {label}", HEAD, _rows(found, label))


def _rows(found: Engagements, label: str) -> Iterator[list[Cell]]:
    phases = dict(Phase.choices)
    for one in found:
        yield [
            one.urn,
            one.school.name,
            one.school.la_name,
            phases.get(one.school.phase, ""),
            one.project.title,
            one.code,
            label,
            *(stage in one.stages for stage in STAGES),
            one.applied_on,
            one.came_on,
            one.withdrew_on,
            one.notice,
            one.sessions,
            one.people,
            one.completed,
        ]
