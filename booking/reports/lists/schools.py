"""The list of schools: by words, phase and authority."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.models import School
from booking.models.programme import PHASES
from booking.reports.keyset import PK, Key, Order, Page, Spot, page_of

SIZE = 50
NAME = Order("name", "School", (Key("name"), PK))
TOWN = Order("town", "Where", (Key("town"), Key("name"), PK))
# As `School.matching` calls what it sorts by.
BEST = Order("best", "Best first", (Key("is_closed", int), Key("begins", int), Key("search"), PK))
ORDERS = [NAME, TOWN]


@dataclass(frozen=True)
class Wanted:
    q: str = ""
    phase: str = ""
    la: str = ""

    @classmethod
    def asked(cls, address: Mapping[str, str]) -> "Wanted":
        phase = address.get("phase", "")
        return cls(address.get("q", "")[:80], phase if phase in PHASES else "", address.get("la", "")[:3])

    @property
    def orders(self) -> list[Order]:
        """Words have a best match; without words there is none."""
        return [BEST, *ORDERS] if self.q else ORDERS


def rows(wanted: Wanted) -> QuerySet[School]:
    """Open schools; by words closed ones too, since their former name may be what is looked for."""
    schools = School.objects.matching(wanted.q) if wanted.q else School.objects.open()
    if wanted.phase:
        schools = schools.teaching(wanted.phase)
    if wanted.la:
        schools = schools.filter(la_code=wanted.la)
    return schools.select_related("merged_into").prefetch_related("urns")


def page(wanted: Wanted, spot: Spot) -> Page[School]:
    return page_of(rows(wanted), spot, SIZE)
