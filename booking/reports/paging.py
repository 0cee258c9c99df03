"""A page of rows without counting them all, and the rows of a list in memory that follow one of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row")
ModelRow = TypeVar("ModelRow", bound=Model)


@dataclass
class PageOf(Generic[Row]):
    rows: list[Row]
    number: int
    has_next: bool

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def has_other_pages(self) -> bool:
        return self.has_next or self.has_previous

    @property
    def next_page_number(self) -> int:
        return self.number + 1

    @property
    def previous_page_number(self) -> int:
        return self.number - 1


def window(number: int, size: int) -> slice:
    """The rows of page `number` (from 1), and one more that says whether there is a next page."""
    return slice((max(number, 1) - 1) * size, max(number, 1) * size + 1)


def page_from(found: list[Row], number: int, size: int) -> PageOf[Row]:
    """The page of what was found in its window."""
    return PageOf(found[:size], max(number, 1), len(found) > size)


def page_of(rows: QuerySet[ModelRow], number: int, size: int) -> PageOf[ModelRow]:
    """Page `number` (from 1) of a queryset, `size` rows to the page."""
    return page_from(list(rows[window(number, size)]), number, size)


class PageAfter(NamedTuple, Generic[Row]):
    """Rows of a list, and after which one the next page begins: empty on the last."""

    rows: list[Row]
    next: str
    is_first: bool


def page_after(
    rows: Sequence[Row], after: str, size: int, *, key: Callable[[Row], str], otherwise: int = 0
) -> PageAfter[Row]:
    """The rows that follow the one of this key; from `otherwise` on, where that one has gone."""
    begin = next((number for number, row in enumerate(rows, start=1) if key(row) == after), otherwise) if after else 0
    shown = list(rows[begin : begin + size])
    return PageAfter(shown, key(shown[-1]) if len(rows) > begin + size else "", begin == 0)
