"""The list of what was passed on, the newest first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from booking.models import Disclosure
from booking.models.disclosures import Why
from booking.reports.keyset import PK, Key, Order, Page, Spot, page_of

SIZE = 50
WHEN = Order("when", "When", (Key("at", datetime), PK), newest_first=True)
WHAT = Order("what", "What", (Key("title"), PK))
TO = Order("to", "To whom", (Key("to"), PK))
ORDERS = [WHEN, WHAT, TO]


@dataclass(frozen=True)
class Wanted:
    """`why`: only what left for this."""

    why: str = ""

    @classmethod
    def asked(cls, address: Mapping[str, str]) -> "Wanted":
        why = address.get("status", "")
        return cls(why if why in Why.values else "")


def rows(wanted: Wanted) -> QuerySet[Disclosure]:
    passed: QuerySet[Disclosure] = Disclosure.objects.select_related("by")
    return passed.filter(why=wanted.why) if wanted.why else passed


def page(wanted: Wanted, spot: Spot) -> Page[Disclosure]:
    return page_of(rows(wanted), spot, SIZE)
