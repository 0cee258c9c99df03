"""Places given up: by whom, why, and with what notice."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from booking.models import Place
from booking.models.places import Reason, Status
from booking.reports.paging import PageOf, page_from, window

PAGE = 50


@dataclass(frozen=True)
class GivenUp:
    """One place given up. `notice`: school days until the next session then; None where it was not standing."""

    place: Place
    left_at: datetime
    notice: int | None
    why: str


def places_given_up() -> QuerySet[Any]:
    """Places given up, alone or with their booking: `left_at`, `notice` in school days, and `why`."""
    gone = Q(withdrawn_at__isnull=False) | Q(live=False, booking__status=Status.WITHDRAWN)
    return Place.objects.filter(gone).annotate(
        left_at=Coalesce("withdrawn_at", "booking__ended_at"),
        notice=Coalesce("notice_days", "booking__notice_days"),
        why=Coalesce(NullIf("reason", Value("")), "booking__reason"),
    )


def given_up(*, year: int, late: bool, reason: str = "", page: int = 1) -> PageOf[GivenUp]:
    """Places given up in groups of a school year, the newest first.

    `late`: only with fewer school days' notice than the hub asks for.
    """
    places = (
        places_given_up()
        .filter(work_group__year=year)
        .select_related("person", "booking__school", "work_group", "session")
        .order_by(F("left_at").desc(), "-pk")
    )
    if late:
        places = places.filter(notice__lt=settings.HUB_LATE_NOTICE_DAYS)
    if reason in Reason.values:
        places = places.filter(why=reason)
    found = [
        GivenUp(one, one.left_at, one.notice, Reason(one.why).label if one.why else "")
        for one in places[window(page, PAGE)]
    ]
    return page_from(found, page, PAGE)
