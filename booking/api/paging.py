"""Pages of a list that go on after a row: as quick at its end as at its beginning, and none missed or given twice."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from ninja import Field, Schema
from pydantic import AfterValidator, AwareDatetime

from booking.links import absolute


def _as_utc(moment: datetime) -> datetime:
    if not 1999 < moment.year < 2101:
        raise ValueError("give a moment of this century")
    return moment.astimezone(UTC)


# With its offset, so that nobody has to guess.
Moment = Annotated[AwareDatetime, AfterValidator(_as_utc)]

Row = TypeVar("Row", bound=Model)

MOST = 500


class Asked(Schema):
    """Which page."""

    after: int = Field(0, ge=0, lt=2**53, description="The id of the last one that is known; what `next` says.")
    limit: int = Field(100, ge=1, le=MOST, description="How many at most.")


def page_of(
    request: HttpRequest, rows: QuerySet[Row], asked: Asked, says: Callable[[list[Row]], list[Any]]
) -> dict[str, Any]:
    """As `schemas.Page`. `says` makes of rows what is said of them."""
    found = list(rows.filter(pk__gt=asked.after).order_by("pk")[: asked.limit + 1])
    some = found[: asked.limit]
    following = None
    if len(found) > len(some):
        query = request.GET.dict() | {"after": str(some[-1].pk)}
        following = absolute(f"{request.path}?{urlencode(query)}")
    return {"items": says(some), "next": following}
