"""Contributions due by school, for finance: what was met, what may come, what was passed on. No bank details."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from accounts.models import School
from accounts.models.schools import urns_of
from booking.contributing import LOST, MET, WAITING, Due, dues
from booking.models import Contribution, WorkGroup
from booking.reports.paging import PageAfter, page_after
from booking.tables import Cell, Table

PAGE = 100
STATES = {MET: "Met", WAITING: "Not yet", LOST: "Not met"}
SHOWN = [
    ("", "All"),
    (MET, "Met"),
    (WAITING, "Not yet"),
    (LOST, "Not met"),
    ("left", "Met, not passed on"),
    ("passed", "Passed to finance"),
]


@dataclass(frozen=True)
class Row:
    """One school in one group."""

    due: Due
    school: School

    @property
    def key(self) -> str:
        return f"{self.due.work_group.pk}-{self.school.pk}"

    @property
    def words(self) -> str:
        """Where the condition stands."""
        due = self.due
        if due.contribution.per == Contribution.Per.PERSON and due.of > 1:
            met = due.counts[MET]
            return f"{'Met' if due.state == MET and met == due.of else STATES[due.state]}: {met} of {due.of} people"
        return STATES[due.state]


@dataclass(frozen=True)
class Totals:
    due: Decimal
    may_come: Decimal
    passed: Decimal
    left: Decimal


@dataclass
class Found:
    rows: list[Row]
    groups: list[WorkGroup]

    @property
    def totals(self) -> Totals:
        of = [row.due for row in self.rows]
        nought = Decimal(0)
        return Totals(
            sum((one.due for one in of), nought),
            sum((one.may_come for one in of), nought),
            sum((one.passed for one in of), nought),
            sum((one.left for one in of if one.left > 0), nought),
        )

    def page(self, after: str) -> PageAfter[Row]:
        return page_after(self.rows, after, PAGE, key=lambda row: row.key)


def of_year(year: int, *, group: int = 0, shown: str = "") -> Found:
    """Contributions of a school year's groups, by school. A constant number of queries."""
    groups = list(WorkGroup.objects.of_year(year).filter(contribution__isnull=False).order_by("title", "pk"))
    found = dues([one for one in groups if not group or one.pk == group])
    schools = School.objects.in_bulk({due.school for due in found})
    rows = [Row(due, schools[due.school]) for due in found if _is_shown(due, shown)]
    rows.sort(key=lambda row: (row.school.name, row.school.pk, row.due.work_group.title, row.due.work_group.pk))
    return Found(rows, groups)


def _is_shown(due: Due, shown: str) -> bool:
    if shown == "left":
        return due.left > 0
    if shown == "passed":
        return due.passed > 0
    return due.state == shown if shown in STATES else True


HEAD = (
    "School",
    "URN",
    "Local authority",
    "Work group",
    "Pounds",
    "For",
    "Once",
    "Where it stands",
    "Due",
    "May come",
    "Passed to finance",
    "Last passed on",
    "Left to pass on",
)


def table_of(found: Found, *, name: str) -> Table:
    """The list as a file for finance, with its totals beneath."""
    urns = urns_of(row.school.pk for row in found.rows)

    def rows() -> Iterator[list[Cell]]:
        for row in found.rows:
            due, rule = row.due, row.due.contribution
            yield [
                row.school.name,
                urns.get(row.school.pk),
                row.school.la_name,
                due.work_group.title,
                rule.amount,
                str(rule.get_per_display()),
                rule.condition_words,
                row.words,
                due.due,
                due.may_come,
                due.passed,
                timezone.localdate(due.passed_at) if due.passed_at else None,
                due.left,
            ]
        totals = found.totals
        sums: list[Cell] = [totals.due, totals.may_come, totals.passed, None, totals.left]
        yield ["All together", *[None] * 7, *sums]

    return Table(name, HEAD, rows())
