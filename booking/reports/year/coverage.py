"""How many of the schools there are: by phase and authority, against the register's own count."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from django.utils import timezone

from accounts.models import Phase, RegisterImport, School
from booking.reports.year.engagement import Engagement


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
    counted = set()
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


_largest_first: Callable[[Share], tuple[int, str]] = lambda share: (-share.of, share.title)  # noqa: E731


def _register_on() -> date | None:
    last = RegisterImport.objects.filter(state=RegisterImport.State.APPLIED).order_by("-ended_at").first()
    return timezone.localdate(last.ended_at) if last and last.ended_at else None
