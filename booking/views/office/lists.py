"""What every list of the office shows round its rows: headings that sort, ways on and back, and its filters kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, QueryDict

from booking.reports.keyset import Order, Page, Spot

# What says where in a list one is, and is not a filter.
PLACES = ("after", "before", "page", "as")


@dataclass(frozen=True)
class Head:
    """A column's heading; `query`: the address that sorts by it, or the other way ("": it does not sort)."""

    title: str
    query: str = ""
    sorted: str = ""  # "ascending", "descending" or ""
    is_number: bool = False


# An order, or the words of a heading that sorts nothing.
Column = str | Order | Head


@dataclass(frozen=True)
class Listing:
    heads: list[Head]
    earlier: str
    later: str
    rows: Sequence[Any]


def listing(request: HttpRequest, page: Page[Any], spot: Spot, columns: Sequence[Column]) -> Listing:
    """The page with its addresses, under these columns."""
    kept = request.GET.copy()
    for name in PLACES:
        kept.pop(name, None)
    heads = [one if isinstance(one, Head) else _head(one, kept, spot) for one in columns]
    return Listing(
        heads,
        _with(kept, before=page.before) if page.before else "",
        _with(kept, after=page.after) if page.after else "",
        page.rows,
    )


def _head(column: str | Order, kept: QueryDict, spot: Spot) -> Head:
    if isinstance(column, str):
        return Head(column)
    is_this = column.name == spot.order.name
    down = not spot.descending if is_this else column.newest_first
    query = _with(kept, sort=column.name, way="down" if down else "up")
    return Head(column.title, query, ("descending" if spot.descending else "ascending") if is_this else "")


def _with(kept: QueryDict, **more: str) -> str:
    query = kept.copy()
    for name, value in more.items():
        query[name] = value
    return query.urlencode()
