"""Names to follow: until when a school names the colleagues whose places are held for it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from booking.models import Booking, Place, Session
from booking.models.places import Status
from booking.schooldays import SchoolCalendar

# Whoever books late has at least so long to find somebody.
AT_LEAST = timedelta(days=3)


@dataclass(frozen=True)
class Unnamed:
    """A booking with places to name: how many of how many, and by which day (none: nothing has a date yet)."""

    booking: Booking
    to_name: int
    places: int
    by: date | None

    def is_late(self, today: date) -> bool:
        return self.by is not None and self.by < today


def unnamed(now: datetime, only: Collection[int] | None = None) -> list[Unnamed]:
    """Bookings that stand and have places to name, the most pressing first. `only`: bookings of these ids."""
    bookings = Booking.objects.filter(status__in=[Status.CONFIRMED, Status.HELD])
    if only is not None:
        bookings = bookings.filter(pk__in=only)
    to_name = Place.objects.to_name().filter(booking=OuterRef("pk"))
    rows = (
        bookings.filter(Exists(to_name))
        .annotate(
            to_name=Count("places", filter=Q(places__live=True, places__person__isnull=True)),
            all_places=Count("places", filter=Q(places__live=True)),
            next_start=Subquery(_next_start(now)),
        )
        .select_related("school", "work_group", "session", "made_by")
    )
    calendar = SchoolCalendar.load() if rows else SchoolCalendar({})
    found = [Unnamed(row, row.to_name, row.all_places, _by(row, row.next_start, calendar)) for row in rows]
    return sorted(found, key=lambda one: (one.by is None, one.by or timezone.localdate(now), one.booking.pk))


def _next_start(now: datetime) -> QuerySet[Any, Any]:
    """When the next session of the booking outside begins: of its group, or of its meeting."""
    coming = Session.objects.coming(now).filter(work_group=OuterRef("work_group"))
    own = coming.filter(Q(bookings=OuterRef("pk")) | Q(work_group__unit="series"))
    return own.order_by().values("work_group").annotate(first=Min("starts_at")).values("first")


def _by(booking: Booking, starts: datetime | None, calendar: SchoolCalendar) -> date | None:
    """A school day: the last by which so many days are left, or for who booked late the first that leaves them time."""
    if starts is None:
        return None
    la_code, school = booking.school.la_code, booking.school_id
    latest = timezone.localdate(starts) - timedelta(days=booking.work_group.naming_days)
    due = calendar.last_on_or_before(latest, la_code, school)
    soonest = timezone.localdate(booking.made_at + AT_LEAST)
    return due if due >= soonest else calendar.first_on_or_after(soonest, la_code, school)
