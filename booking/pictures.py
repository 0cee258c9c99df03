"""The pictures that teachers of mathematics think in, drawn on the server: number line, ten frame, bar model.

Pure functions from small dataclasses to SVG in HTML. Shapes carry classes and attributes, never inline styles, and each
picture comes with a text that says the same. They are joined from strings, for a catalogue shows twenty at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from html import escape
from itertools import pairwise

from django.utils.safestring import SafeString, mark_safe

Number = int | Fraction | Decimal

# The drawing's own units; the page scales it.
WIDE, LINE_Y = 1000, 120
MARGIN = 30
BRACE = "M1 30C1 22 6 22 12 22H288C296 22 300 20 300 14C300 20 304 22 312 22H588C594 22 599 22 599 30"
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
# Above this many places counters are too small to count, and a bar says more.
MOST_COUNTERS = 60


@dataclass(frozen=True)
class Stop:
    """A session on the line. `state`: done, today, next, coming, cancelled or unplaced (no date yet)."""

    number: int
    on: date | None
    label: str
    place: str
    state: str
    url: str = ""
    task: str = ""


@dataclass(frozen=True)
class Holiday:
    """Days on which schools are shut, both included."""

    name: str
    first: date
    last: date


@dataclass(frozen=True)
class Part:
    """A part of a bar. `kind`: done, credit, coming or lost."""

    label: str
    value: Number
    kind: str


def day_words(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]}"


def position(day: date, first: date, last: date) -> float:
    """Where a day stands on the line: strictly proportional to the date."""
    share = (day - first).days / (last - first).days
    return round(MARGIN + share * (WIDE - 2 * MARGIN), 1)


# ── The number line ────────────────────────────────────────────────────────────────────────────────────────────────
def number_line(
    stops: Sequence[Stop], holidays: Sequence[Holiday], today: date, first: date, last: date, *, detail: bool
) -> SafeString:
    """The year as a line: sessions are points, research tasks the jumps between them, holidays shaded.

    `detail=False` draws the small one of a list row. The list beside it says the same in words; on a phone that list
    is the line, turned upright.
    """
    dated = [stop for stop in stops if stop.on is not None and first <= stop.on <= last]
    if not detail:
        return _mini_line(dated, today, first, last)
    shown = [one for one in holidays if one.last >= first and one.first <= last]
    drawing = [
        f'<svg class="line-wide" viewBox="0 0 {WIDE} 190" aria-hidden="true" focusable="false">',
        *(_holiday(one, first, last) for one in shown),
        *_months(first, last),
        f'<line class="line-axis" x1="{MARGIN}" y1="{LINE_Y}" x2="{WIDE - MARGIN}" y2="{LINE_Y}"/>',
        *_today_mark(dated, today, first, last),
        *_jumps(dated, today, first, last),
        *_points(dated, first, last),
        "</svg>",
    ]
    names = escape(", ".join(one.name for one in shown))
    key = f'<p class="line-key hint" aria-hidden="true">Shaded: {names}</p>' if shown else ""
    return mark_safe(f'<div class="number-line">{"".join(drawing)}{key}{_as_list(stops, shown, today)}</div>')  # noqa: S308  # every text is escaped where it is put in


def _mini_line(dated: Sequence[Stop], today: date, first: date, last: date) -> SafeString:
    planned = [stop for stop in dated if stop.state != "cancelled" and stop.on]
    days = [stop.on for stop in planned if stop.on]
    words = f"{len(days)} sessions, {day_words(days[0])} to {day_words(days[-1])}" if days else "No dates yet"
    parts = [f'<svg class="line-mini" viewBox="0 0 {WIDE} 220" role="img" aria-label="{words}">']
    parts.append(f'<line class="line-axis" x1="{MARGIN}" y1="180" x2="{WIDE - MARGIN}" y2="180"/>')
    for before, after in pairwise(days):
        x1, x2 = position(before, first, last), position(after, first, last)
        kind = "is-done" if after <= today else "is-coming"
        rise = round(min(330, max(150, (x2 - x1) * 2)))
        parts.append(f'<path class="line-jump {kind}" d="M{x1} 180Q{(x1 + x2) / 2:.0f} {180 - rise} {x2} 180"/>')
    parts += [
        f'<circle class="line-point is-{stop.state}" cx="{position(on, first, last)}" cy="180" r="{_size(stop, 15)}"/>'
        for stop, on in zip(planned, days, strict=True)
    ]
    parts.append("</svg>")
    return mark_safe("".join(parts))  # noqa: S308  # numbers and our own words only


def _holiday(one: Holiday, first: date, last: date) -> str:
    x1 = position(max(one.first, first), first, last)
    # The last day is shut too, so the shade ends where the next day begins.
    x2 = position(min(one.last + timedelta(days=1), last), first, last)
    return (
        f'<rect class="line-holiday" x="{x1}" y="{LINE_Y - 14}" width="{max(x2 - x1, 2):.1f}" height="28">'
        f"<title>{escape(one.name)}</title></rect>"
    )


def _months(first: date, last: date) -> list[str]:
    parts = []
    day = date(first.year, first.month, 1)
    while day <= last:
        if day >= first:
            x = position(day, first, last)
            parts.append(f'<line class="line-tick" x1="{x}" y1="{LINE_Y - 5}" x2="{x}" y2="{LINE_Y + 5}"/>')
            parts.append(f'<text class="line-month" x="{x + 3}" y="184">{MONTHS[day.month - 1]}</text>')
        day = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return parts


def _today_mark(dated: Sequence[Stop], today: date, first: date, last: date) -> list[str]:
    if not first <= today <= last or any(stop.on == today for stop in dated):
        return []
    x = position(today, first, last)
    return [f'<path class="line-now" d="M{x} {LINE_Y - 18}V{LINE_Y + 18}"/>']


def _jumps(dated: Sequence[Stop], today: date, first: date, last: date) -> list[str]:
    parts = []
    free_from = [0.0, 0.0, 0.0]  # where the label rows above the jumps are free again
    planned = [stop for stop in dated if stop.state != "cancelled"]
    for before, after in pairwise(planned):
        if before.on is None or after.on is None or before.on == after.on:
            continue
        x1, x2 = position(before.on, first, last), position(after.on, first, last)
        height = min(70.0, max(28.0, (x2 - x1) * 0.45))
        kind = "is-done" if after.on <= today else "is-coming"
        middle, top = (x1 + x2) / 2, LINE_Y - height
        parts.append(f'<path class="line-jump {kind}" d="M{x1} {LINE_Y}C{x1} {top:.0f} {x2} {top:.0f} {x2} {LINE_Y}"/>')
        if before.task:
            half = len(before.task) * 3.4 + 4
            row = next((index for index in range(3) if free_from[index] <= middle - half), None)
            if row is not None and middle - half > 0 and middle + half < WIDE:
                free_from[row] = middle + half + 6
                y = LINE_Y - 62 - row * 17  # above the highest jump
                parts.append(f'<text class="line-task" x="{middle:.0f}" y="{y}">{escape(before.task)}</text>')
    return parts


def _points(dated: Sequence[Stop], first: date, last: date) -> list[str]:
    parts = []
    taken_until = [-100.0, -100.0]  # where the two rows of date labels are free again
    for stop in dated:
        assert stop.on is not None  # dated
        x = position(stop.on, first, last)
        parts.append(f'<circle class="line-point is-{stop.state}" cx="{x}" cy="{LINE_Y}" r="{_size(stop, 8)}"/>')
        if stop.state == "cancelled":
            parts.append(f'<path class="line-cross" d="M{x - 6} {LINE_Y - 6}l12 12M{x + 6} {LINE_Y - 6}l-12 12"/>')
        row = 0 if taken_until[0] <= x - 27 else 1
        if taken_until[row] <= x - 27:
            taken_until[row] = x + 27
            words = "Today" if stop.state == "today" else day_words(stop.on)
            parts.append(f'<text class="line-date is-{stop.state}" x="{x}" y="{LINE_Y + 28 + row * 16}">{words}</text>')
    return parts


def _size(stop: Stop, radius: int) -> int:
    """Today is the big point."""
    return radius * 3 // 2 if stop.state == "today" else radius


def _as_list(stops: Sequence[Stop], holidays: Sequence[Holiday], today: date) -> str:
    """The same in words, in the order of dates; on a phone it is the line itself, upright."""
    rows: list[tuple[date, int, str]] = []
    for stop in stops:
        when = "Date to be confirmed" if stop.on is None else f"{stop.on:%A} {stop.on.day} {stop.on:%B}"
        state = {"today": " (today)", "cancelled": " (cancelled)"}.get(stop.state, "")
        name = escape(stop.label)
        label = f'<a href="{escape(stop.url)}">{name}</a>' if stop.url else name
        task = f'<span class="line-list-task">Then try: {escape(stop.task)}</span>' if stop.task else ""
        rows.append(
            (
                stop.on or date.max,
                1,
                f'<li class="is-{stop.state}"><b>{when}{state}</b> '
                f"<span>{stop.number}. {label}, {escape(stop.place)}</span>{task}</li>",
            )
        )
    for one in holidays:
        days = day_words(one.first) if one.first == one.last else f"{day_words(one.first)} to {day_words(one.last)}"
        rows.append((one.first, 0, f'<li class="is-holiday">{escape(one.name)}, {days}</li>'))
    return f'<ol class="line-list">{"".join(text for _, _, text in sorted(rows, key=lambda row: row[:2]))}</ol>'


# ── The ten frame ──────────────────────────────────────────────────────────────────────────────────────────────────
def places_sentence(capacity: int | None, named: int, held: int, *, ours: int = 0) -> str:
    """What the frames say: "4 of 20 places left. 14 named, 2 held for names to follow.\""""
    taken = named + held
    if capacity is None:
        head = f"{taken} {'place' if taken == 1 else 'places'} taken; no limit."
    elif taken >= capacity:
        head = f"All {capacity} places are taken."
    elif taken == 0:
        head = f"All {capacity} places are free."
    else:
        head = f"{capacity - taken} of {capacity} places left."
    tail = f" {named} named, {held} held for {'a name' if held == 1 else 'names'} to follow." if held else ""
    own = f" {ours} {'is' if ours == 1 else 'are'} yours." if ours else ""
    return head + tail + own


def ten_frame(
    capacity: int | None, ours_named: int, ours_held: int, named: int, held: int, *, small: bool = False
) -> SafeString:
    """Places as counters: filled = named, dashed = name to follow, empty = free; our own school's in the second colour.

    `named` and `held` count everybody's, ours included. Above 60 places, or without a limit, it is a bar.
    """
    sentence = places_sentence(capacity, named, held, ours=ours_named + ours_held)
    words = f'<p class="frame-words{" visually-hidden" if small else ""}">{sentence}</p>'
    if capacity is None:
        return mark_safe(f'<div class="ten-frame">{words}</div>')  # noqa: S308  # numbers and our own words only
    if capacity > MOST_COUNTERS:
        drawing = _places_bar(capacity, ours_named + ours_held, named + held)
    else:
        drawing = _counters(capacity, ours_named, ours_held, named, held)
    kind = "ten-frame is-small" if small else "ten-frame"
    return mark_safe(f'<div class="{kind}">{drawing}{words}</div>')  # noqa: S308  # numbers and our own words only


def _counters(capacity: int, ours_named: int, ours_held: int, named: int, held: int) -> str:
    counters = (
        ["is-ours"] * ours_named
        + ["is-ours is-held"] * ours_held
        + ["is-named"] * (named - ours_named)
        + ["is-held"] * (held - ours_held)
    )
    counters = counters[:capacity] + ["is-free"] * (capacity - len(counters))
    frames = []
    for start in range(0, capacity, 10):
        cells = counters[start : start + 10]
        parts = ['<svg viewBox="-1 -1 102 42" aria-hidden="true" focusable="false">']
        parts.append(
            f'<rect class="frame-box" width="{min(len(cells), 5) * 20}" height="{40 if len(cells) > 5 else 20}"/>'
        )
        for index, kind in enumerate(cells):
            x, y = index % 5 * 20, index // 5 * 20
            parts.append(f'<rect class="frame-cell" x="{x}" y="{y}" width="20" height="20"/>')
            if kind != "is-free":
                parts.append(f'<circle class="counter {kind}" cx="{x + 10}" cy="{y + 10}" r="6.8"/>')
            if kind == "is-ours":
                parts.append(f'<circle class="counter-eye" cx="{x + 10}" cy="{y + 10}" r="2.4"/>')
        frames.append("".join(parts) + "</svg>")
    return f'<div class="frames">{"".join(frames)}</div>'


def _places_bar(capacity: int, ours: int, taken: int) -> str:
    full, own = round(taken / capacity * 300), round(ours / capacity * 300)
    return (
        '<svg class="places-bar" viewBox="-1 -1 302 22" aria-hidden="true" focusable="false">'
        f'<rect class="frame-box" width="300" height="20"/><rect class="bar-taken" width="{full}" height="20"/>'
        f'<rect class="bar-ours" width="{own}" height="20"/></svg>'
    )


# ── The bar model ──────────────────────────────────────────────────────────────────────────────────────────────────
def number_words(value: Number) -> str:
    """A number as teachers write it: 2½, ¼, 7; other fractions to one decimal place."""
    exact = Fraction(value)
    whole, rest = divmod(exact, 1)
    sign = {Fraction(0): "", Fraction(1, 4): "¼", Fraction(1, 2): "½", Fraction(3, 4): "¾"}.get(rest)
    if sign is None:
        return f"{float(exact):.1f}"
    return f"{whole}{sign}" if whole or not sign else sign


def bar_model(parts: Sequence[Part], whole_label: str, unit: str, *, whole: Number | None = None) -> SafeString:
    """A bar cut in labelled parts, the whole above with a brace. Raises ValueError where parts and whole differ."""
    total = sum((Fraction(part.value) for part in parts), Fraction(0))
    if whole is not None and Fraction(whole) != total:
        raise ValueError(f"the parts make {total}, not {whole}")
    if not total:
        return mark_safe("")
    bars, x = [], 0.0
    for part in parts:
        width = float(Fraction(part.value) / total) * 600
        bars.append(f'<rect class="bar-part is-{part.kind}" x="{x:.1f}" y="34" width="{width:.1f}" height="44"/>')
        words = number_words(part.value)
        if width > 16 + len(words) * 12:
            bars.append(f'<text class="bar-number" x="{x + width / 2:.1f}" y="63">{words}</text>')
        x += width
    keys = "".join(
        '<li><svg viewBox="0 0 12 12" aria-hidden="true" focusable="false">'
        f'<rect class="bar-part is-{part.kind}" x="1" y="1" width="10" height="10"/></svg>'
        f" {number_words(part.value)} {escape(unit)} {escape(part.label)}</li>"
        for part in parts
    )
    return mark_safe(  # noqa: S308  # every text is escaped where it is put in
        '<div class="bar-model"><svg viewBox="-2 0 604 82" aria-hidden="true" focusable="false">'
        f'<path class="bar-brace" d="{BRACE}"/>'
        f'<text class="bar-whole" x="300" y="11">{escape(whole_label)}</text>{"".join(bars)}</svg>'
        f'<ul class="bar-key"><li class="visually-hidden">{escape(whole_label)} in all:</li>{keys}</ul></div>'
    )
