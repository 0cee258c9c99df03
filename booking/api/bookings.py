"""Bookings, for keys that read them; who the places are for, by name for keys that read names."""

from typing import Annotated, Any

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from ninja import Field, FilterLookup, FilterSchema, Query, Router

from booking.api.access import KeyedRequest, Reads, for_the_asker_alone
from booking.api.names import person_out, school_out, write_down
from booking.api.paging import Asked, Moment, page_of
from booking.api.schemas import BookingOut, BookingStatus, Page
from booking.models import ApiKey, Booking, Place
from booking.reports.tables.listing import urn_of

router = Router(tags=["Bookings"], auth=Reads("bookings"))

router.add_decorator(for_the_asker_alone, mode="view")


class BookingsAsked(FilterSchema):
    year: Annotated[int | None, FilterLookup("work_group__year")] = Field(None, ge=2000, le=2100)
    work_group: Annotated[str | None, FilterLookup("work_group__slug")] = Field(None, max_length=120)
    school: Annotated[str | None, FilterLookup("school__urns__urn")] = Field(
        None, max_length=6, description="A URN that the school bears or bore."
    )
    status: Annotated[BookingStatus | None, FilterLookup("status")] = None
    made_since: Annotated[Moment | None, FilterLookup("made_at__gte")] = None
    ended_since: Annotated[Moment | None, FilterLookup("ended_at__gte")] = None


@router.get("/bookings", response=Page[BookingOut], summary="Bookings")
def bookings(request: KeyedRequest, narrowed: Query[BookingsAsked], asked: Query[Asked]) -> dict[str, Any]:
    """Every booking, also those that have ended, with its places."""
    page = page_of(request, narrowed.filter(_rows()), asked, lambda some: [_out(one, request.auth) for one in some])
    write_down(request.auth, "bookings", "Bookings", narrowed.dict(), rows=len(page["items"]))
    return page


@router.get("/bookings/{int:number}", response=BookingOut, summary="A booking")
def booking(request: KeyedRequest, number: int) -> dict[str, Any]:
    """One booking by its id."""
    found = get_object_or_404(_rows(), pk=number)
    write_down(request.auth, "bookings", "Bookings", {"work_group": found.work_group.slug}, rows=1)
    return _out(found, request.auth)


def _rows() -> Any:
    places = Prefetch("places", Place.objects.select_related("person").order_by("pk"))
    found = Booking.objects.select_related("work_group", "school").prefetch_related(places)
    return found.annotate(urn=urn_of("school"))


def _out(booking: Any, key: ApiKey) -> dict[str, Any]:
    return {
        "id": booking.pk,
        "work_group": booking.work_group.slug,
        "session": booking.session_id,
        "school": school_out(booking.school, booking.urn),
        "status": booking.status,
        "via": booking.via,
        "made_at": booking.made_at,
        "ended_at": booking.ended_at,
        "notice_days": booking.notice_days,
        "places": [
            {
                "id": place.pk,
                "person": place.person and person_out(place.person, key),
                "withdrawn_at": place.withdrawn_at,
            }
            for place in booking.places.all()
        ],
    }
