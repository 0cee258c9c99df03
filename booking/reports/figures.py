"""A year in figures, by school and never by person: what strategic partners may see.

A school is *signed up* while it has a live booking or had one that ended, and *engaged* once somebody came for it: the
two are counted apart, as the national figures are.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Q

from accounts.models import Phase, School
from booking.completion import complete
from booking.models import Attendance, Booking, Project, Session, WorkGroup
from booking.models.attendance import CAME
from booking.models.places import Status
from booking.pictures import Part

# (work group, school), by their ids.
Pairs = set[tuple[int, int]]
SIGNED_UP = [Status.CONFIRMED, Status.HELD, Status.OFFERED, Status.WITHDRAWN, Status.TRANSFERRED]


@dataclass
class Line:
    """One row of a table of figures, all of schools but `came` (how often somebody came) and `finished` (people)."""

    title: str
    groups: int = 0
    sessions: int = 0
    signed_up: int = 0
    engaged: int = 0
    came: int = 0
    # Schools and people that have completed a group, by its own rule.
    completed: int = 0
    finished: int = 0
    # Open state-funded schools there are: what a share is taken of. None where that is not counted.
    of: int | None = None

    @property
    def per_cent(self) -> int | None:
        return round(100 * self.engaged / self.of) if self.of else None


@dataclass
class Figures:
    year: int
    whole: Line
    # Signed up, or engaged without having been.
    schools: int = 0
    projects: list[Line] = field(default_factory=list)
    authorities: list[Line] = field(default_factory=list)
    phases: list[Line] = field(default_factory=list)

    @property
    def parts(self) -> list[Part]:
        """The schools of the year as a bar: completed, engaged so far, signed up only; together all of them."""
        one = self.whole
        named = [
            ("completed a group", one.completed, "done"),
            ("engaged so far", one.engaged - one.completed, "credit"),
            ("signed up, and have not come yet", self.schools - one.engaged, "coming"),
        ]
        return [Part(words, count, kind) for words, count, kind in named if count > 0]


def of_year(year: int) -> Figures:
    """The figures of a school year. A constant number of queries, however large the hub."""
    groups = WorkGroup.objects.of_year(year).exclude(status=WorkGroup.Status.DRAFT)
    project_of = dict(groups.values_list("pk", "project"))
    bookings = Booking.objects.filter(work_group__in=groups, status__in=SIGNED_UP)
    signed: Pairs = set(bookings.values_list("work_group", "school"))
    engaged: Pairs = set()
    came: dict[int, int] = defaultdict(int)
    attended = Attendance.objects.filter(session__work_group__in=groups, standing_mark__what__in=CAME)
    rows = attended.values_list("session__work_group", "school").annotate(times=Count("pk"))
    for group, school, times in rows:
        came[group] += times
        if school is not None:
            engaged.add((group, school))
    held = dict(
        Session.objects.planned()
        .filter(work_group__in=groups, signed_at__isnull=False)
        .order_by()
        .values_list("work_group")
        .annotate(Count("pk"))
    )
    whole = Line("All together", len(project_of), sum(held.values()), _schools(signed), _schools(engaged))
    whole.came = sum(came.values())
    people, schools = complete(groups)
    whole.completed, whole.finished = _schools(schools), len({person for _, person in people})
    figures = Figures(year, whole, _schools(signed | engaged))
    for project in Project.objects.filter(pk__in=project_of.values()).order_by("title"):
        mine = {group for group, of in project_of.items() if of == project.pk}
        figures.projects.append(
            Line(
                project.title,
                len(mine),
                sum(held.get(group, 0) for group in mine),
                _schools(pair for pair in signed if pair[0] in mine),
                _schools(pair for pair in engaged if pair[0] in mine),
                sum(came[group] for group in mine),
                _schools(pair for pair in schools if pair[0] in mine),
                len({person for group, person in people if group in mine}),
            )
        )
    taking_part = tuple({school for _, school in pairs} for pairs in (signed, engaged, schools))
    figures.authorities = _shares("la_name", *taking_part, names={})
    figures.phases = _shares("phase", *taking_part, names=dict(Phase.choices))
    return figures


def _schools(pairs: Iterable[tuple[int, int]]) -> int:
    return len({school for _, school in pairs})


def _shares(by: str, signed: set[int], engaged: set[int], completed: set[int], *, names: dict[str, str]) -> list[Line]:
    """How many of the open state-funded schools of each kind are signed up, and engaged."""
    lines: dict[str, Line] = {}
    counted = School.objects.open().filter(state_funded=True).order_by().values_list(by).annotate(Count("pk"))
    for value, count in counted:
        lines[value] = Line(names.get(value, value) or "Not known", of=count)
    taking = School.objects.filter(Q(pk__in=signed) | Q(pk__in=engaged)).values_list("pk", by)
    for pk, value in taking:
        line = lines.setdefault(value, Line(names.get(value, value) or "Not known", of=0))
        line.signed_up += pk in signed
        line.engaged += pk in engaged
        line.completed += pk in completed
    return sorted(lines.values(), key=lambda line: (-line.engaged, line.title))
