"""The list of places given up: of a school year, the late ones alone or all, and for one reason or any."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone

from accounts.schoolyear import school_year_of
from accounts.typed import year_in
from booking.models import Place
from booking.models.places import Reason, Status
from booking.reports.keyset import PK, Key, Order, Page, Spot, page_of

SIZE = 50
WHEN = Order("when", "When", (Key("left_at", datetime), PK), newest_first=True)
SCHOOL = Order("school", "School", (Key("booking__school__name"), PK))
GROUP = Order("group", "Group", (Key("work_group__title"), PK))
ORDERS = [WHEN, SCHOOL, GROUP]
LATE = "late"


@dataclass(frozen=True)
class Wanted:
    """`is_late`: only with fewer school days' notice than the hub asks for."""

    year: int  # 0: all
    is_late: bool = True
    reason: str = ""

    @classmethod
    def asked(cls, address: Mapping[str, str]) -> "Wanted":
        reason = address.get("reason", "")
        return cls(
            year_in(address.get("year", ""), school_year_of(timezone.localdate())),
            address.get("all") != "1",
            reason if reason in Reason.values else "",
        )


def places_given_up() -> QuerySet[Any]:
    """Places given up, alone or with their booking: `left_at`, `notice` in school days, and `why`."""
    gone = Q(withdrawn_at__isnull=False) | Q(live=False, booking__status=Status.WITHDRAWN)
    return Place.objects.filter(gone).annotate(
        left_at=Coalesce("withdrawn_at", "booking__ended_at"),
        notice=Coalesce("notice_days", "booking__notice_days"),
        why=Coalesce(NullIf("reason", Value("")), "booking__reason"),
    )


def rows(wanted: Wanted) -> QuerySet[Any]:
    places = places_given_up()
    if wanted.year:
        places = places.filter(work_group__year=wanted.year)
    if wanted.is_late:
        places = places.filter(notice__lt=settings.HUB_LATE_NOTICE_DAYS)
    if wanted.reason:
        places = places.filter(why=wanted.reason)
    return places.select_related("person", "booking__school", "work_group", "session")


def page(wanted: Wanted, spot: Spot) -> Page[Any]:
    """Each with why in words, as `why_words`."""
    found = page_of(rows(wanted), spot, SIZE)
    for one in found.rows:
        one.why_words = Reason(one.why).label if one.why else ""
    return found
