"""The office's first page: what needs a person now, in at most seven kinds, and the week ahead.

Whatever the hub has, it is one of these kinds. An app above this one adds to a kind by a module `today` with `FINDS`,
pairs of a kind's name and a finder.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from accounts.registry import parts
from booking.models import Attendance, Session, WorkGroup
from booking.reports.todo import Found, ToDo, people, places, sessions

# So many of a kind stand on the page; the rest is a step away, on a page of its own.
SHOWN = 5
# And so many on that page: whoever has more begins with these.
ALL = 200

Finder = Callable[[datetime, int], Found]


@dataclass(frozen=True)
class Sort:
    """A kind of thing to do, as a project manager thinks of it."""

    title: str
    finders: tuple[Finder, ...]


SORTS = {
    "decide": Sort("To decide", (places.applications, places.to_run, places.lines, places.offers)),
    "reach": Sort(
        "People to confirm or reach",
        (people.schools_to_confirm, people.bounced, people.without_lead, people.unchecked),
    ),
    "names": Sort("Names and answers to follow", (places.names, places.heads)),
    "registers": Sort("Registers", (sessions.registers, sessions.visitors)),
    "slipping": Sort("People who may not finish", (sessions.slipping,)),
    "clashes": Sort("Rooms and people promised twice", (sessions.clashes,)),
    "rights": Sort(
        "Personal data and imports", (people.complaints, people.erasures, people.imports, people.lists_handed_in)
    ),
}


@dataclass
class Kind:
    """One kind on the page: the first of its rows, oldest first, and how many there are."""

    name: str
    title: str
    rows: list[ToDo]
    total: int
    is_more: bool = False  # there are at least so many

    @property
    def has_more(self) -> bool:
        return self.is_more or self.total > len(self.rows)

    @property
    def count(self) -> str:
        return f"{self.total}+" if self.is_more else str(self.total)


@dataclass
class Today:
    kinds: list[Kind]  # of which there is something to do
    week: list[Session]
    day: date

    @property
    def in_a_week(self) -> date:
        return self.day + timedelta(days=7)

    @property
    def total(self) -> int:
        return sum(kind.total for kind in self.kinds)

    @property
    def is_quiet(self) -> bool:
        return not self.kinds


def today(now: datetime | None = None) -> Today:
    """What needs a person now, oldest first within each kind, and the sessions of the next seven days."""
    now = now or timezone.now()
    kinds = [kind_of(name, now=now, most=SHOWN) for name in SORTS]
    return Today([kind for kind in kinds if kind.total or kind.is_more], _week(now), timezone.localdate(now))


def kind_of(name: str, *, now: datetime | None = None, most: int = ALL) -> Kind:
    """Everything of one kind; of what has waited equally long, in the order of the finders."""
    now = now or timezone.now()
    sort = SORTS[name]
    added = [finder for part in parts("today") for kind, finder in part.FINDS if kind == name]
    found = [finder(now, most) for finder in (*sort.finders, *added)]
    rows = sorted((row for one in found for row in one.rows), key=lambda row: (row.since is None, row.since or now))
    return Kind(name, sort.title, rows[:most], sum(one.total for one in found), any(one.is_more for one in found))


def _week(now: datetime) -> list[Session]:
    return list(
        Session.objects.coming(now)
        .filter(starts_at__lt=now + timedelta(days=7))
        .exclude(work_group__status=WorkGroup.Status.DRAFT)
        .select_related("work_group", "venue")
        .annotate(expected=Attendance.objects.expected().per_session())
        .order_by("starts_at")[:20]
    )
