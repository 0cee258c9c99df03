"""Who came, for keys that read attendance. Why somebody was away, and what was noted, stay in the register."""

from typing import Annotated, Any

from django.db.models import QuerySet
from django.utils import timezone
from ninja import Field, FilterLookup, FilterSchema, Query, Router

from booking.api.access import KeyedRequest, Reads, for_the_asker_alone
from booking.api.names import person_out, school_out, write_down
from booking.api.paging import Asked, Moment, page_of
from booking.api.schemas import AttendanceOut, Page
from booking.models import ApiKey, Attendance, Mark
from booking.reports.tables.listing import urn_of

router = Router(tags=["Attendance"], auth=Reads("attendance"))

router.add_decorator(for_the_asker_alone, mode="view")


class AttendanceAsked(FilterSchema):
    year: Annotated[int | None, FilterLookup("session__work_group__year")] = Field(None, ge=2000, le=2100)
    work_group: Annotated[str | None, FilterLookup("session__work_group__slug")] = Field(None, max_length=120)
    session: Annotated[int | None, FilterLookup("session")] = Field(None, ge=1, lt=2**53)
    school: Annotated[str | None, FilterLookup("school__urns__urn")] = Field(
        None, max_length=6, description="A URN that the school bears or bore."
    )
    signed_since: Annotated[Moment | None, FilterLookup("session__signed_at__gte")] = None


@router.get("/attendance", response=Page[AttendanceOut], summary="Attendance")
def attendance(request: KeyedRequest, narrowed: Query[AttendanceAsked], asked: Query[Asked]) -> dict[str, Any]:
    """A row for each person and session that has begun, with what the register says of them."""
    rows: QuerySet[Attendance] = Attendance.objects.filter(session__starts_at__lte=timezone.now())
    rows = rows.select_related("session__work_group", "person", "school", "standing_mark")
    rows = narrowed.filter(rows.annotate(urn=urn_of("school")))
    page = page_of(request, rows, asked, lambda some: [_out(one, request.auth) for one in some])
    write_down(request.auth, "attendance", "Attendance", narrowed.dict(), rows=len(page["items"]))
    return page


def _out(row: Any, key: ApiKey) -> dict[str, Any]:
    mark: Mark | None = row.standing_mark
    says = mark if mark and mark.what != Mark.What.CLEARED else None
    return {
        "id": row.pk,
        "session": row.session_id,
        "work_group": row.session.work_group.slug,
        "starts_at": row.session.starts_at,
        "person": person_out(row.person, key),
        "school": row.school and school_out(row.school, row.urn),
        "mark": says and says.what,
        "minutes": says and says.minutes,
        "credited_to": row.credited_to_id,
        "signed_at": row.session.signed_at,
    }
