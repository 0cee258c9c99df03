"""A school year in figures, put together: for the office, and in a copy for the board that points to no school."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils import timezone

from accounts.models.schools import urns_of
from accounts.schoolyear import school_year_begins, school_year_label
from booking.models import Project
from booking.reports.year import coverage, engagement, leaving, registers, said
from booking.reports.year.coverage import Coverage, Share
from booking.reports.year.engagement import STAGES, Engagement
from booking.reports.year.leaving import Counted, Leavings
from booking.reports.year.registers import Registers
from booking.reports.year.said import Evaluation, Reflections
from booking.reports.year.years import YearLine, own_line, up_to

# A line of fewer schools than these is put together with others in the board's copy.
FEWEST = 3


@dataclass
class ProjectLine:
    """One project in a year: its schools by stage, and its people."""

    title: str
    groups: int = 0
    sessions: int = 0
    came: int = 0
    stages: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STAGES, 0))
    people: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STAGES, 0))
    # Accepted, and neither come yet nor gone.
    expected: int = 0
    pk: int | None = None
    # Of the schools that it is for; None where that is said of no line.
    reach: Share | None = None
    # How many projects stand in this line.
    projects: int = 1

    @property
    def schools(self) -> int:
        """Schools that this line would speak of."""
        return max(self.stages["applied"], self.stages["started"])

    @property
    def withdrew_after(self) -> int:
        """Withdrew after starting."""
        return self.stages["started"] - sum(self.stages[stage] for stage in ("completed", "active", "ended"))


@dataclass
class Year:
    """Everything that the page, the files and the board's paper of one year are drawn from."""

    year: int
    at: datetime
    engagement: Engagement
    projects: list[ProjectLine]
    coverage: Coverage
    registers: Registers
    leavings: Leavings
    reflections: Reflections
    is_for_board: bool = False

    @property
    def label(self) -> str:
        return school_year_label(self.year)

    @property
    def so_far(self) -> str:
        """What is said behind a figure while the year goes on."""
        return "" if school_year_begins(self.year + 1) <= self.at else " so far"

    @cached_property
    def evaluation(self) -> Evaluation:
        return said.evaluation(self.engagement)

    @cached_property
    def years(self) -> list[YearLine]:
        return up_to(self.engagement)

    @cached_property
    def stages(self) -> dict[str, int]:
        return self.engagement.schools.counts()

    @cached_property
    def people(self) -> dict[str, int]:
        return self.engagement.people.counts()

    @cached_property
    def whole(self) -> dict[str, int]:
        """The figures of the whole year by their names: what is frozen, and set beside what was."""
        schools, people = self.engagement.schools, self.engagement.people
        return {
            "groups": len(self.engagement.project_of),
            "sessions": self.registers.whole.sessions,
            **self.stages,
            "withdrew_before": len(schools.withdrew_before),
            "schools_accepted": len(schools.who("accepted")),
            "schools_started": len(schools.who("started")),
            "schools_completed": len(schools.who("completed")),
            "people_accepted": len(people.who("accepted")),
            "people_started": len(people.who("started")),
            "people_completed": len(people.who("completed")),
            "state_funded": self.coverage.whole.of,
            "state_funded_started": self.coverage.whole.started,
            "came": self.registers.whole.came,
            "marked": self.registers.whole.marked,
            "places_given_up": self.leavings.places + self.leavings.undated,
            "given_up_late": self.leavings.late,
            "reflections": self.reflections.total,
        }

    @property
    def frozen_figures(self) -> dict[str, Any]:
        """What a freezing keeps of the figures: numbers and titles alone."""
        cover = self.coverage
        return {
            "whole": self.whole,
            "line": own_line(self.engagement).figures,
            "register_on": cover.register_on.isoformat() if cover.register_on else None,
            "projects": [[one.pk, one.title, one.stages, one.people] for one in self.projects],
            "reach": [
                [one.title, one.of, one.accepted, one.started, one.completed]
                for one in (line.reach for line in self.projects)
                if one
            ],
            "phases": [[one.title, one.of, one.accepted, one.started, one.completed] for one in cover.phases],
            "authorities": [[one.title, one.of, one.accepted, one.started, one.completed] for one in cover.authorities],
        }


def of_year(year: int, now: datetime | None = None) -> Year:
    """A year's figures as they are now, in a constant number of queries; years side by side are read when asked for."""
    now = now or timezone.now()
    one = engagement.of_year(year, now)
    cover = coverage.of(one)
    return Year(
        year,
        now,
        one,
        _projects(one, cover),
        cover,
        registers.of(one),
        leaving.of(one),
        said.reflections(engagement.groups_of(year), now),
    )


def _projects(one: Engagement, cover: Coverage) -> list[ProjectLine]:
    held, came = registers.held_by_project(one), registers.by_project(one)
    schools, people = one.schools.by_project(), one.people.by_project()
    groups: dict[int, int] = {}
    for project in one.project_of.values():
        groups[project] = groups.get(project, 0) + 1
    none = dict.fromkeys(STAGES, 0)
    expected = Counter(project for project, _ in one.schools.expected)
    reaches = coverage.by_project(one, cover.counted)
    titles = Project.objects.filter(pk__in=groups).order_by("title", "pk").values_list("pk", "title")
    return [
        ProjectLine(
            title,
            groups[pk],
            held.get(pk, 0),
            came.get(pk, 0),
            schools.get(pk, dict(none)),
            people.get(pk, dict(none)),
            expected[pk],
            pk,
            replace(reaches[pk], title=title),
        )
        for pk, title in titles
    ]


def engagements(year: Year) -> list[list[Any]]:
    """A line for each school in each project: [school, URN, project, stages, withdrew on]."""
    stages = year.engagement.schools
    pairs = sorted(stages.pairs())
    urns = urns_of(school for _, school in pairs)
    found = []
    for pair in pairs:
        left = stages.left.get(pair) if pair in stages.withdrew else None
        found.append(
            [
                pair[1],
                urns.get(pair[1], ""),
                pair[0],
                [stage for stage in STAGES if pair in getattr(stages, stage)],
                timezone.localdate(left.at).isoformat() if left else None,
            ]
        )
    return found


def for_board(year: Year) -> Year:
    """The same figures; lines of fewer than three schools are put together, so that none points to a single school."""
    cover = year.coverage
    return replace(
        year,
        projects=_joined(year.projects),
        coverage=replace(
            cover, phases=_shares(cover.phases, "phases"), authorities=_shares(cover.authorities, "authorities")
        ),
        leavings=replace(year.leavings, reasons=_reasons(year.leavings.reasons), months=_months(year.leavings.months)),
        is_for_board=True,
    )


def small_lines(sizes: Sequence[int]) -> set[int]:
    """Which lines, by their numbers, are put together: the small ones, and the next until three schools are in it.

    One line alone would be told by taking the others from the whole, so that at least two are taken. Empty lines say
    of no school anything.
    """
    ordered = sorted((size, index) for index, size in enumerate(sizes) if size)
    taken: list[tuple[int, int]] = [one for one in ordered if one[0] < FEWEST]
    while taken and (len(taken) < 2 or sum(size for size, _ in taken) < FEWEST) and len(taken) < len(ordered):
        taken.append(ordered[len(taken)])
    return {index for _, index in taken}


def _joined(lines: list[ProjectLine]) -> list[ProjectLine]:
    # Of fewer than three schools that there are, a share would say of each of them whether it is in.
    lines = [line if line.reach is None or line.reach.of >= FEWEST else replace(line, reach=None) for line in lines]
    small = small_lines([line.schools for line in lines])
    if not small:
        return lines
    rest = ProjectLine(f"{len(small)} smaller projects together", projects=len(small))
    for index in small:
        line = lines[index]
        rest.groups += line.groups
        rest.sessions += line.sessions
        rest.came += line.came
        rest.expected += line.expected
        for stage in STAGES:
            rest.stages[stage] += line.stages[stage]
            rest.people[stage] += line.people[stage]
    return [line for index, line in enumerate(lines) if index not in small] + [rest]


def _shares(shares: list[Share], what: str) -> list[Share]:
    small = small_lines([share.of for share in shares])
    if not small:
        return shares
    rest = Share(f"{len(small)} smaller {what} together")
    for index in small:
        rest.add(shares[index])
    return [share for index, share in enumerate(shares) if index not in small] + [rest]


def _reasons(reasons: list[Counted]) -> list[Counted]:
    few = [one for one in reasons if one.count < FEWEST]
    kept = [one for one in reasons if one.count >= FEWEST]
    return [*kept, Counted("Other reasons, each of fewer than three", sum(one.count for one in few))] if few else kept


def _months(months: list[Counted]) -> list[Counted]:
    """Month by month only where each has enough; else not at all: a date can point to a school."""
    return [] if any(one.count < FEWEST for one in months) else months
