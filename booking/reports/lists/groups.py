"""The list of work groups of a school year."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from accounts.schoolyear import school_year_of
from accounts.typed import number_in, words_in, year_in
from booking.models import WorkGroup
from booking.reports.keyset import PK, Key, Order, Page, Spot, page_of

SIZE = 50
TITLE = Order("title", "Work group", (Key("title"), PK))
PLACES = Order("places", "Places", (Key("taken", int), PK), newest_first=True)
SCHOOLS = Order("schools", "Schools", (Key("taken_schools", int), PK), newest_first=True)
STATUS = Order("status", "Status", (Key("status"), Key("title"), PK))
ORDERS = [TITLE, PLACES, SCHOOLS, STATUS]


@dataclass(frozen=True)
class Wanted:
    year: int  # 0: all
    status: str = ""
    q: str = ""
    project: int = 0

    @classmethod
    def asked(cls, address: Mapping[str, str]) -> "Wanted":
        status = address.get("status", "")
        return cls(
            year_in(address.get("year", ""), school_year_of(timezone.localdate())),
            status if status in WorkGroup.Status.values else "",
            address.get("q", "")[:80],
            number_in(address.get("project", ""), digits=12),
        )


def rows(wanted: Wanted) -> QuerySet[WorkGroup]:
    of_year = WorkGroup.objects.of_year(wanted.year) if wanted.year else WorkGroup.objects.all()
    groups: QuerySet[WorkGroup] = of_year.select_related("project")
    if wanted.status:
        groups = groups.filter(status=wanted.status)
    if wanted.project:
        groups = groups.filter(project=wanted.project)
    return groups.filter(words_in(wanted.q, "title"))


def page(wanted: Wanted, spot: Spot) -> Page[WorkGroup]:
    return page_of(rows(wanted), spot, SIZE)
