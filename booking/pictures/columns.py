"""Bars that stand upright on a line: what changes from session to session, from month to month, from year to year."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape

from django.utils.safestring import SafeString, mark_safe

from booking.pictures.bars import Part, filling

# In pixels: room for the number on top, the tallest bar, and what stands below the line.
ABOVE, TALLEST, BELOW = 26, 170, 34


@dataclass(frozen=True)
class Column:
    """One bar upright: its parts from the foot up, how much the tallest bar is, and the number on top.

    Without parts nothing is known of it: `number` says so in one or two words.
    """

    label: str
    parts: Sequence[Part]
    of: int
    number: str


def columns(bars: Sequence[Column], says: str, *, points: bool = False) -> SafeString:
    """Bars on a line, side by side. `says`: what they show, in a sentence; the numbers stand in a table beside them.

    Across, all is in per cent, so that text keeps its size. `points`: the labels are points on the line, as sessions.
    """
    wide = Fraction(100, max(len(bars), 4))
    axis = ABOVE + TALLEST
    drawn = "".join(_column(one, index * wide, wide, points=points) for index, one in enumerate(bars))
    return mark_safe(  # noqa: S308  # every text is escaped where it is put in
        f'<div class="columns-picture" role="img" aria-label="{escape(says)}">'
        f'<svg height="{axis + BELOW}" width="100%" focusable="false">{drawn}'
        f'<line class="line-axis" x1="0" x2="{float(wide * len(bars)):.2f}%" y1="{axis}" y2="{axis}"/>'
        f"{''.join(_point(one, index * wide, wide) for index, one in enumerate(bars)) if points else ''}</svg></div>"
    )


def _column(one: Column, start: Fraction, wide: Fraction, *, points: bool) -> str:
    left, broad, middle = float(start + wide / 6), float(wide * 2 / 3), float(start + wide / 2)
    axis = ABOVE + TALLEST
    total = sum((Fraction(part.value) for part in one.parts), Fraction(0))
    parts, foot = [], Fraction(axis)
    for part in one.parts:
        high = Fraction(part.value) / one.of * TALLEST if one.of else Fraction(0)
        if high:
            foot -= high
            parts.append(
                f'<svg x="{left:.2f}%" y="{float(foot):.1f}" width="{broad:.2f}%" height="{float(high):.1f}">'
                f"{filling(part.kind, TALLEST)}</svg>"
            )
    if not total:
        parts.append(
            f'<rect class="column-unknown" x="{left:.2f}%" y="{axis - 46}" width="{broad:.2f}%" height="46"/>'
            if not one.parts
            else ""
        )
        foot = Fraction(axis - (46 if not one.parts else 0))
    number = f'<text class="column-number" x="{middle:.2f}%" y="{float(foot) - 8:.1f}">{escape(one.number)}</text>'
    label = f'<text class="column-label" x="{middle:.2f}%" y="{axis + 24}">{escape(one.label)}</text>'
    return f"{''.join(parts)}{number}{'' if points else label}"


def _point(one: Column, start: Fraction, wide: Fraction) -> str:
    middle, axis = float(start + wide / 2), ABOVE + TALLEST
    return (
        f'<circle class="line-halo" cx="{middle:.2f}%" cy="{axis}" r="15"/>'
        f'<circle class="line-point is-done" cx="{middle:.2f}%" cy="{axis}" r="12"/>'
        f'<text class="line-number is-done" x="{middle:.2f}%" y="{axis + 4.8}">{escape(one.label)}</text>'
    )
