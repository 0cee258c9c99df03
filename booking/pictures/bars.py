"""The bar model: a whole, cut in labelled parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from html import escape

from django.utils.safestring import SafeString, mark_safe

Number = int | Fraction | Decimal

BRACE = "M1 17C1 9 3 9 10 9H288C296 9 300 8 300 1C300 8 304 9 312 9H590C597 9 599 9 599 17"
# A part's number stands inside it where this narrow a bar (in pixels) still leaves room; else only in the key.
NARROWEST = 260
# How high a bar is that stands in a line of a table, in pixels.
STRIP = 22


@dataclass(frozen=True)
class Part:
    """A part of a bar. `kind`: full, done, credit, coming, lost or rest; or level1 to level5, from most to least."""

    label: str
    value: Number
    kind: str


def number_words(value: Number) -> str:
    """A number as teachers write it: 2½, ¼, 7; other fractions to one decimal place."""
    exact = Fraction(value)
    whole, rest = divmod(exact, 1)
    sign = {Fraction(0): "", Fraction(1, 4): "¼", Fraction(1, 2): "½", Fraction(3, 4): "¾"}.get(rest)
    if sign is None:
        return f"{float(exact):.1f}"
    return f"{whole}{sign}" if whole or not sign else sign


def bar_model(parts: Sequence[Part], whole_label: str, unit: str, *, whole: Number | None = None) -> SafeString:
    """A bar cut in labelled parts, the whole above with a brace. Raises ValueError where parts and whole differ.

    All widths are in per cent: the bar takes the room there is, and its text keeps the size of the page's text.
    """
    total = sum((Fraction(part.value) for part in parts), Fraction(0))
    if whole is not None and Fraction(whole) != total:
        raise ValueError(f"the parts make {total}, not {whole}")
    if not total:
        return mark_safe("")
    keys = "".join(
        f"<li>{_swatch(part.kind)} "
        f"<span><b>{number_words(part.value)}</b> {escape(f'{unit} {part.label}'.strip())}</span></li>"
        for part in parts
    )
    return mark_safe(  # noqa: S308  # every text is escaped where it is put in
        '<div class="bar-model"><div class="bar-picture" aria-hidden="true">'
        f'<p class="bar-whole">{escape(whole_label)}</p>'
        '<svg class="bar-brace" viewBox="0 0 600 18" preserveAspectRatio="none" focusable="false">'
        f'<path d="{BRACE}"/></svg>'
        f'<svg class="bar-parts" height="46" focusable="false">{cut(parts, total, 46)}</svg></div>'
        f'<ul class="bar-key"><li class="visually-hidden">{escape(whole_label)} in all:</li>{keys}</ul></div>'
    )


def slim_bar(parts: Sequence[Part], whole_label: str, unit: str) -> SafeString:
    """The same for a row of many: no brace and no key, which stand once above them (`bar_key`); read aloud as words."""
    total = sum((Fraction(part.value) for part in parts), Fraction(0))
    if not total:
        return mark_safe("")
    words = ", ".join(f"{number_words(part.value)} {unit} {part.label}" for part in parts)
    return mark_safe(  # noqa: S308  # every text is escaped where it is put in
        '<div class="bar-model is-slim"><svg class="bar-parts" height="26" aria-hidden="true" focusable="false">'
        f"{cut(parts, total, 26)}</svg>"
        f'<p class="visually-hidden">Of {escape(whole_label)}: {escape(words)}</p></div>'
    )


def bar_key(kinds: Sequence[tuple[str, str]]) -> SafeString:
    """What the parts of many slim bars mean: (words, kind) of each."""
    keys = "".join(f"<li>{_swatch(kind)} <span>{escape(words)}</span></li>" for words, kind in kinds)
    return mark_safe(f'<ul class="bar-key" aria-hidden="true">{keys}</ul>')  # noqa: S308  # escaped above


def bar_strip(parts: Sequence[Part]) -> SafeString:
    """The bar alone, for a line of a table whose cells say the same in words: no whole, no key, nothing read aloud."""
    total = sum((Fraction(part.value) for part in parts), Fraction(0))
    bars = cut([part for part in parts if part.value], total, STRIP, numbered=False)
    return mark_safe(  # noqa: S308  # holds numbers alone
        f'<svg class="bar-parts is-strip" height="{STRIP}" aria-hidden="true" focusable="false">{bars}</svg>'
    )


def levels(count: int, *, from_middle: bool = False) -> list[str]:
    """Kinds of parts for so many answers in their order, from most to least, as far apart as five allow.

    `from_middle`: of three of which the second is best.
    """
    if from_middle and count == 3:
        return ["level4", "level2", "level5"]
    if count > 5:
        return [f"level{1 + index % 5}" for index in range(count)]
    return [f"level{1 + round(index * 4 / max(count - 1, 1))}" for index in range(count)]


def cut(parts: Sequence[Part], total: Fraction, height: int, *, numbered: bool = True) -> str:
    """The parts side by side, their numbers inside where there is room."""
    bars, done = [], Fraction(0)
    for part in parts:
        share = Fraction(part.value) / total
        words = number_words(part.value)
        inside = numbered and float(share) * NARROWEST >= len(words) * 10 + 12
        number = f'<text class="bar-number" x="50%" y="50%" dy="0.35em">{words}</text>' if inside else ""
        bars.append(
            f'<svg x="{float(done):.3%}" width="{float(share):.3%}" height="{height}">'
            f"{filling(part.kind)}{number}</svg>"
        )
        done += share
    return "".join(bars)


def _swatch(kind: str) -> str:
    return f'<svg class="bar-swatch" width="20" height="20" aria-hidden="true" focusable="false">{filling(kind)}</svg>'


def filling(kind: str, high: int = 46) -> str:
    """A part's box; kinds differ by their marks as well as by colour: plain, dotted, ruled down or ruled across."""
    if kind in ("coming", "level5"):
        marks = '<line class="bar-marks is-coming" x1="0" x2="100%" y1="50%" y2="50%"/>'  # broad and dashed: ruled down
    elif kind in ("credit", "lost", "level3"):
        rows = range(6, high, 8)
        marks = "".join(
            f'<line class="bar-marks is-{"lost" if kind == "level3" else kind}" x1="4" x2="100%" y1="{y}" y2="{y}"/>'
            for y in rows
        )
    else:
        marks = ""
    return (
        f'<rect class="bar-part is-{kind}" width="100%" height="100%"/>{marks}'
        '<rect class="bar-box" width="100%" height="100%"/>'
    )
