"""Bars one below the other, each with its words: how much of how much, compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape

from django.utils.safestring import SafeString, mark_safe

from booking.pictures.bars import Number, Part, cut

HEIGHT = 26


@dataclass(frozen=True)
class Row:
    """One bar: its parts, which together are at most `of`, the whole width; and what it says in numbers."""

    label: str
    parts: Sequence[Part]
    of: Number
    words: str


def row_bars(rows: Sequence[Row], says: str) -> SafeString:
    """Rows of bars. `says`: what they show, in a sentence; the numbers stand in a table beside them.

    Widths are in per cent, so that nothing is stretched; on a phone the words stand above their bar.
    """
    drawn = "".join(_row(row) for row in rows)
    return mark_safe(  # noqa: S308  # every text is escaped where it is put in
        f'<div class="row-bars" role="img" aria-label="{escape(says)}">{drawn}</div>'
    )


def _row(row: Row) -> str:
    parts = [part for part in row.parts if part.value]
    bars = cut(parts, Fraction(row.of), HEIGHT, numbered=False) if parts and row.of else ""
    return (
        f'<div class="row-bar"><span class="row-label">{escape(row.label)}</span>'
        f'<span class="row-words">{escape(row.words)}</span>'
        f'<svg class="bar-parts" height="{HEIGHT}" focusable="false">{bars}</svg></div>'
    )
