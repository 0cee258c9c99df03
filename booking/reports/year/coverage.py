"""How many of the schools there are: by phase, authority and project, against the register's own count."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Value
from django.utils import timezone

from accounts.models import Phase, RegisterImport, School
from booking.models.programme import PHASES
from booking.reports.year.engagement import Engagement, Pairs, groups_of


@dataclass
class Share:
    """Of the open state-funded schools of a kind, how many are with the hub this year."""

    title: str
    of: int = 0
    accepted: int = 0
    started: int = 0
    completed: int = 0
    # Accepted, and started nowhere yet.
    expected: int = 0

    @property
    def per_cent(self) -> int | None:
        return round(100 * self.started / self.of) if self.of else None

    @property
    def words(self) -> str:
        """3 of 12, 25 %."""
        return f"{self.started} of {self.of}" + (f", {self.per_cent}\u00a0%" if self.of else "")

    def add(self, other: "Share") -> None:
        self.of += other.of
        self.accepted += other.accepted
        self.started += other.started
        self.completed += other.completed
        self.expected += other.expected


@dataclass
class Coverage:
    whole: Share
    phases: list[Share] = field(default_factory=list)
    authorities: list[Share] = field(default_factory=list)
    # Started, and in no share: independent, closed meanwhile, or off the register.
    beside: int = 0
    # Every school that is in a share, by its id.
    counted: set[int] = field(default_factory=set)
    # The day of the register's last file; None where none was ever taken in.
    register_on: date | None = None


def of(engagement: Engagement) -> Coverage:
    """A constant number of queries; every school there is is read once."""
    stages = engagement.schools
    accepted, started, completed = (stages.who(stage) for stage in ("accepted", "started", "completed"))
    expected = accepted - started
    found = Coverage(Share("All together"), register_on=_register_on())
    phases, authorities = dict[str, Share](), dict[str, Share]()
    names = dict(Phase.choices)
    counted = found.counted
    rows = School.objects.counted().order_by()
    for pk, phase, authority in rows.values_list("pk", "phase", "la_name"):
        counted.add(pk)
        by_phase = phases.get(phase) or phases.setdefault(phase, Share(names.get(phase, phase)))
        by_authority = authorities.get(authority) or authorities.setdefault(authority, Share(authority or "Not known"))
        for share in (found.whole, by_phase, by_authority):
            share.of += 1
            share.accepted += pk in accepted
            share.started += pk in started
            share.completed += pk in completed
            share.expected += pk in expected
    found.beside = len(started - counted)
    found.phases, found.authorities = (sorted(each.values(), key=_largest_first) for each in (phases, authorities))
    return found


def by_project(engagement: Engagement, counted: set[int]) -> dict[int, Share]:
    """Of the schools that each project is for, how many are in it: those with children of the phases of its groups.

    A group that names no phase is for all of them. Two queries, whatever the number of projects.
    """
    phases: dict[int, set[str]] = defaultdict(set)
    for_all = set()
    for project, *ticks in groups_of(engagement.year).order_by().values_list("project", *PHASES.values()).distinct():
        named = {phase for phase, ticked in zip(PHASES, ticks, strict=True) if ticked}
        phases[project] |= named
        if not named:
            for_all.add(project)
    teaching = _teaching(sorted(set().union(*phases.values())))
    accepted_by, started_by, completed_by = (
        _by_project(getattr(engagement.schools, stage)) for stage in ("accepted", "started", "completed")
    )
    found = {}
    for project, wanted in phases.items():
        schools = counted if project in for_all else set().union(*(teaching[phase] for phase in wanted))
        accepted, started, completed = (of[project] & schools for of in (accepted_by, started_by, completed_by))
        expected = len(accepted - started)
        found[project] = Share("", len(schools), len(accepted), len(started), len(completed), expected)
    return found


def _by_project(pairs: Pairs) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for project, school in pairs:
        found[project].add(school)
    return found


def _teaching(phases: list[str]) -> dict[str, set[int]]:
    """The schools that are counted with children of each of these phases."""
    found: dict[str, set[int]] = defaultdict(set)
    rows = [
        School.objects.counted().teaching(phase).order_by().annotate(which=Value(phase)).values_list("which", "pk")
        for phase in phases
    ]
    for phase, school in rows[0].union(*rows[1:], all=True) if rows else ():
        found[phase].add(school)
    return found


_largest_first: Callable[[Share], tuple[int, str]] = lambda share: (-share.of, share.title)  # noqa: E731


def _register_on() -> date | None:
    last = RegisterImport.objects.filter(state=RegisterImport.State.APPLIED).order_by("-ended_at").first()
    return timezone.localdate(last.ended_at) if last and last.ended_at else None
