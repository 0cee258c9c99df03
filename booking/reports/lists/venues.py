"""The list of venues."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.typed import words_in
from booking.models import Venue
from booking.reports.keyset import PK, Key, Order, Page, Spot, page_of
from booking.reports.venues import to_come

SIZE = 50
NAME = Order("name", "Venue", (Key("name"), PK))
TOWN = Order("town", "Where", (Key("town"), Key("name"), PK))
ORDERS = [NAME, TOWN]


@dataclass(frozen=True)
class Wanted:
    q: str = ""

    @classmethod
    def asked(cls, address: Mapping[str, str]) -> "Wanted":
        return cls(address.get("q", "")[:80])


def rows(wanted: Wanted) -> QuerySet[Venue]:
    """Each with how many sessions are to come there, as `coming`."""
    there = to_come(timezone.now()).filter(venue=OuterRef("pk")).order_by().values("venue")
    counted = Subquery(there.annotate(sessions=Count("pk")).values("sessions"), output_field=IntegerField())
    venues: QuerySet[Venue] = Venue.objects.annotate(coming=Coalesce(counted, 0))
    return venues.filter(words_in(wanted.q, "name", "town", "postcode"))


def page(wanted: Wanted, spot: Spot) -> Page[Venue]:
    return page_of(rows(wanted), spot, SIZE)
