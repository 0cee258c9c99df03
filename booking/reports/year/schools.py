"""School by school: where each stands in each project of a year. For the office alone."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from accounts.models import Phase, School, SchoolURN
from booking.models import Attendance, Project
from booking.models.attendance import CAME
from booking.models.places import Reason
from booking.reports.year import engagement
from booking.reports.year.engagement import STAGES, Engagement, groups_of
from booking.tables import Cell, Table


@dataclass
class Line:
    """One engagement: a school in a project."""

    school: School
    urn: str
    project: Project
    stages: list[str]
    # Sessions that somebody of the school attended; and how many of its people came, and completed.
    sessions: int
    people: int
    completed: int
    withdrew_on: date | None
    reason: str
    notice: int | None

    @property
    def words(self) -> str:
        return ", ".join(stage if stage != "ended" else "ended without completing" for stage in self.stages)


HEAD = ["URN", "School", "Local authority", "Phase", "Project", "Code", "School year"]
HEAD += ["Applied", "Accepted", "Started", "Active", "Completed", "Withdrew", "Ended without completing"]
HEAD += [
    "Withdrew on",
    "Reason",
    "School days of notice",
    "Sessions attended",
    "People who came",
    "People who completed",
]


def lines(year: int, now: datetime | None = None, *, project: int | None = None, stage: str = "") -> list[Line]:
    """Every engagement of a year, by school; or of one project, or at one stage. A constant number of queries."""
    one = engagement.of_year(year, now or timezone.now())
    stages = one.schools
    wanted = getattr(stages, stage) if stage in STAGES else stages.pairs()
    pairs = [pair for pair in wanted if project is None or pair[0] == project]
    known = School.objects.filter(pk__in={school for _, school in pairs})
    schools = {school.pk: school for school in known.only("pk", "name", "la_name", "phase")}
    urns = dict(SchoolURN.objects.filter(closed_on__isnull=True).values_list("school", "urn"))
    projects = {row.pk: row for row in Project.objects.only("pk", "title", "code")}
    sessions = Counter[tuple[int, int]]()
    for (group, school), times in one.tally.schools.items():
        sessions[one.project_of[group], school] += times
    people = _people(one)
    completed = one.people.completed
    found = []
    for pair in pairs:
        left = stages.left.get(pair) if pair in stages.withdrew else None
        came = people[pair]
        found.append(
            Line(
                schools[pair[1]],
                urns.get(pair[1], ""),
                projects[pair[0]],
                [each for each in STAGES if pair in getattr(stages, each)],
                sessions[pair],
                len(came),
                sum((pair[0], person) in completed for person in came),
                timezone.localdate(left.at) if left else None,
                Reason(left.reason).label if left and left.reason else "",
                left.notice if left else None,
            )
        )
    return sorted(found, key=lambda line: (line.school.name, line.school.pk, line.project.title))


def _people(one: Engagement) -> dict[tuple[int, int], set[int]]:
    """(project, school) -> everybody who came for it."""
    found: dict[tuple[int, int], set[int]] = defaultdict(set)
    came = Attendance.objects.filter(
        session__work_group__in=groups_of(one.year), school__isnull=False, standing_mark__what__in=CAME
    )
    for group, school, person in came.order_by().values_list("session__work_group", "school", "person").distinct():
        found[one.project_of[group], one.as_one.get(school, school)].add(person)
    return found


def table(found: list[Line], label: str) -> Table:
    """All of it for a spreadsheet: a line for each school and project, with its URN."""
    return Table(f"Schools and projects {label}", HEAD, _rows(found, label))


def _rows(found: list[Line], label: str) -> Iterator[list[Cell]]:
    phases = dict(Phase.choices)
    for one in found:
        yield [
            one.urn,
            one.school.name,
            one.school.la_name,
            phases.get(one.school.phase, ""),
            one.project.title,
            one.project.code,
            label,
            *(stage in one.stages for stage in STAGES),
            one.withdrew_on,
            one.reason,
            one.notice,
            one.sessions,
            one.people,
            one.completed,
        ]
