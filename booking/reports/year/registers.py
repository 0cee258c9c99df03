"""Attendance: session by session of a series, and month by month."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from booking.models import Attendance, Mark, Session
from booking.models.attendance import CAME
from booking.reports.year.engagement import Engagement, groups_of

_TOLD = [Mark.What.APOLOGIES, Mark.What.SUBSTITUTE]


@dataclass
class Marked:
    """Lines of the registers of sessions that are over: who came, who told us, who was absent; and what is open."""

    title: str
    short: str = ""
    sessions: int = 0
    came: int = 0
    told: int = 0
    absent: int = 0
    unmarked: int = 0

    @property
    def marked(self) -> int:
        return self.came + self.told + self.absent

    @property
    def per_cent(self) -> int | None:
        return round(100 * self.came / self.marked) if self.marked else None

    def add(self, came: int, told: int, absent: int, unmarked: int) -> None:
        self.sessions += 1
        self.came += came
        self.told += told
        self.absent += absent
        self.unmarked += unmarked


@dataclass
class Registers:
    whole: Marked
    numbers: list[Marked] = field(default_factory=list)
    months: list[Marked] = field(default_factory=list)
    signed: int = 0


def of(engagement: Engagement) -> Registers:
    """Counted by session in the database: two queries."""
    over = Session.objects.planned().filter(work_group__in=groups_of(engagement.year), ends_at__lte=engagement.now)
    counted = lines_of(over)
    found, numbers, months = Registers(Marked("All together")), dict[int, Marked](), dict[date, Marked]()
    for pk, number, starts_at, signed_at in over.order_by().values_list("pk", "number", "starts_at", "signed_at"):
        found.signed += signed_at is not None
        if pk not in counted:
            continue
        month = timezone.localdate(starts_at).replace(day=1)
        by_number = numbers.setdefault(number, Marked(f"Session {number}", f"{number}"))
        by_month = months.setdefault(month, Marked(f"{month:%B %Y}", f"{month:%b}"))
        for one in (found.whole, by_number, by_month):
            one.add(*counted[pk])
    found.numbers = [numbers[number] for number in sorted(numbers)]
    found.months = [months[month] for month in sorted(months)]
    return found


def lines_of(sessions: QuerySet[Session]) -> dict[int, tuple[int, int, int, int]]:
    """Of each session with a register, by its id: how many came, told us, were absent, and are not marked."""
    what = "standing_mark__what"
    rows = (
        Attendance.objects.filter(session__in=sessions.order_by())
        .order_by()
        .values_list("session")
        .annotate(
            came=Count("pk", filter=Q(**{f"{what}__in": CAME})),
            told=Count("pk", filter=Q(**{f"{what}__in": _TOLD})),
            absent=Count("pk", filter=Q(**{what: Mark.What.ABSENT})),
            every=Count("pk"),
        )
    )
    return {session: (came, told, absent, every - came - told - absent) for session, came, told, absent, every in rows}


def by_project(engagement: Engagement) -> dict[int, int]:
    """How often somebody came, by project."""
    found: dict[int, int] = defaultdict(int)
    for (group, _), times in engagement.tally.people.items():
        found[engagement.project_of[group]] += times
    return found


def held_by_project(engagement: Engagement) -> dict[int, int]:
    """Sessions over and planned, by project."""
    held = Session.objects.planned().filter(work_group__in=groups_of(engagement.year), ends_at__lte=engagement.now)
    return dict(held.order_by().values_list("work_group__project").annotate(Count("pk")))
