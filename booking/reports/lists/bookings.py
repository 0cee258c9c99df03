"""The list of the hub's bookings: of a school year, by where they stand and by words of school and group."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models.schools import searchable
from accounts.schoolyear import school_year_of
from accounts.typed import words_in, year_in
from booking.models import Booking, Place
from booking.models.places import LIVE, Status
from booking.reports.keyset import PK, Key, Order, Page, Spot, page_of

SIZE = 50
MADE = Order("made", "Booked", (Key("made_at", datetime), PK), newest_first=True)
SCHOOL = Order("school", "School", (Key("school__name"), PK))
GROUP = Order("group", "Work group", (Key("work_group__title"), PK))
ORDERS = [MADE, SCHOOL, GROUP]
# Besides each status.
LIVE_ONES, TO_NAME = "live", "to_name"
STATES = {LIVE_ONES: "All that stand or wait", TO_NAME: "With a name to follow"}


@dataclass(frozen=True)
class Wanted:
    year: int  # 0: all
    state: str = ""
    q: str = ""
    via: str = ""

    @classmethod
    def asked(cls, address: Mapping[str, str]) -> "Wanted":
        state, via = address.get("state", ""), address.get("via", "")
        return cls(
            year_in(address.get("year", ""), school_year_of(timezone.localdate())),
            state if state in (*STATES, *Status.values) else "",
            address.get("q", "")[:80],
            via if via in Booking.Via.values else "",
        )


def rows(wanted: Wanted) -> QuerySet[Booking]:
    """Each with how many `people` it is for, names to follow among them; of an ended one those it was for."""
    bookings = Booking.objects.all()
    if wanted.year:
        bookings = bookings.filter(work_group__year=wanted.year)
    if wanted.state == LIVE_ONES:
        bookings = bookings.filter(status__in=LIVE)
    elif wanted.state == TO_NAME:
        bookings = bookings.filter(Exists(Place.objects.to_name().filter(booking=OuterRef("pk"))))
    elif wanted.state:
        bookings = bookings.filter(status=wanted.state)
    if wanted.via:
        bookings = bookings.filter(via=wanted.via)
    bookings = bookings.filter(words_in(searchable(wanted.q), "school__search", "work_group__title"))
    return bookings.select_related("school", "work_group", "session", "made_by")


def page(wanted: Wanted, spot: Spot) -> Page[Booking]:
    """People are counted for the rows of the page only."""
    found = page_of(rows(wanted), spot, SIZE)
    places = Place.objects.filter(booking__in=[one.pk for one in found.rows]).order_by().values_list("booking")
    counted = {
        booking: (live, every, unnamed)
        for booking, live, every, unnamed in places.annotate(
            seats=Count("pk", filter=Q(live=True)),
            every=Count("pk"),
            unnamed=Count("pk", filter=Q(live=True, person__isnull=True)),
        )
    }
    for one in found.rows:
        live, every, unnamed = counted.get(one.pk, (0, 0, 0))
        one.people, one.to_name = (live if one.is_live else every), unnamed  # type: ignore[attr-defined]  # for its row
    return found
