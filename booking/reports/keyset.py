"""A page of a long list that begins after a row, not after so many: the four hundredth is as quick as the first.

The address holds what the last row was sorted by (`after`), or the first (`before`), so that a page stays what it was
though rows are added, and the browser's own way back works.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)
Value = str | int | datetime


@dataclass(frozen=True)
class Key:
    """A field, or what a query calls it, that rows are sorted by; it is never empty. `kind`: what its values are."""

    name: str
    kind: type[Value] = str


@dataclass(frozen=True)
class Order:
    """A way to sort a list: its name in the address, its column's heading, and by what; the last key is unique."""

    name: str
    title: str
    keys: tuple[Key, ...]
    newest_first: bool = False

    def sorted(self, *, descending: bool) -> list[str]:
        return [f"-{key.name}" if descending else key.name for key in self.keys]


PK = Key("pk", int)


@dataclass(frozen=True)
class Spot:
    """Where in a list somebody is: how it is sorted, and after or before which row they read on."""

    order: Order
    descending: bool
    after: tuple[Value, ...] = ()
    before: tuple[Value, ...] = ()

    @classmethod
    def asked(cls, address: Mapping[str, str], orders: Sequence[Order]) -> "Spot":
        """As an address says, where anybody may have typed anything; else the first page of the first order."""
        order = next((one for one in orders if one.name == address.get("sort")), orders[0])
        way = address.get("way")
        descending = way == "down" if way in ("up", "down") else order.newest_first
        after, before = _read(address.get("after", ""), order), _read(address.get("before", ""), order)
        return cls(order, descending, after, () if after else before)


@dataclass
class Page(Generic[Row]):
    """Rows of a list, and what stands in the address of the page before and of the one after them ("": none)."""

    rows: list[Row]
    before: str
    after: str


def page_of(rows: QuerySet[Row], spot: Spot, size: int) -> Page[Row]:
    """The rows on from that spot. First which, then what: a database sorts whole rows much longer."""
    back = bool(spot.before)
    descending = spot.descending != back
    found = rows.order_by(*spot.order.sorted(descending=descending))
    if beyond := spot.after or spot.before:
        found = found.filter(_beyond(spot.order.keys, beyond, descending=descending))
    which = list(found.values_list("pk", flat=True)[: size + 1])
    whole = {row.pk: row for row in rows.filter(pk__in=which[:size])} if which else {}
    more, some = len(which) > size, [whole[pk] for pk in which[:size] if pk in whole]
    if back:
        some.reverse()
    if not some:
        return Page([], "", "")
    has_before, has_after = (more, True) if back else (bool(spot.after), more)
    first, last = _token(some[0], spot.order), _token(some[-1], spot.order)
    return Page(some, first if has_before else "", last if has_after else "")


def _beyond(keys: Sequence[Key], values: Sequence[Value], *, descending: bool) -> Q:
    """Rows that come after one with these values. The first key's own bound lets a database begin in its index."""
    than = "lt" if descending else "gt"
    beyond, same = Q(), Q()
    for key, value in zip(keys, values, strict=True):
        beyond |= same & Q(**{f"{key.name}__{than}": value})
        same &= Q(**{key.name: value})
    return Q(**{f"{keys[0].name}__{than}e": values[0]}) & beyond


def _token(row: Model, order: Order) -> str:
    values = []
    for key in order.keys:
        value: Any = row
        for name in key.name.split("__"):
            value = getattr(value, name)
        values.append(value.isoformat() if isinstance(value, datetime) else value)
    packed = json.dumps(values, separators=(",", ":"), ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _read(token: str, order: Order) -> tuple[Value, ...]:
    """The values of a token; none where it is not one of this order."""
    try:
        values = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return tuple(_value(key, value) for key, value in zip(order.keys, values, strict=True))
    except (ValueError, TypeError, RecursionError):  # the last: brackets in brackets in brackets
        return ()


def _value(key: Key, value: object) -> Value:
    """Raises `ValueError` for what this key cannot be compared with."""
    if key.kind is datetime and isinstance(value, str):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None or not 1900 <= moment.year <= 2200:
            raise ValueError("a moment without its zone, or one that has none in UTC")
        return moment
    if key.kind is int and type(value) is int and abs(value) < 2**62:
        return value
    if key.kind is str and isinstance(value, str) and b"\0" not in value.encode():
        return value
    raise ValueError("of another kind")
