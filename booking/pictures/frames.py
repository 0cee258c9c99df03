"""The ten frame: places as counters."""

from django.utils.safestring import SafeString, mark_safe

# Above this many places counters are too small to count, and a bar says more.
MOST_COUNTERS = 60
CELL = 20


def places_sentence(capacity: int | None, named: int, held: int, *, ours: int = 0) -> tuple[str, str]:
    """What the frames say, in two parts: "4 of 20 places left." and "14 named, 2 held for names to follow"."""
    taken = named + held
    if capacity is None:
        head = f"{taken} {'place' if taken == 1 else 'places'} taken; no limit."
    elif taken >= capacity:
        head = f"All {capacity} places are taken."
    elif taken == 0:
        head = f"All {capacity} places are free."
    else:
        head = f"{capacity - taken} of {capacity} places left."
    tail = []
    if held:
        tail.append(f"{named} named, {held} held for {'a name' if held == 1 else 'names'} to follow.")
    if ours:
        tail.append(f"{ours} {'is' if ours == 1 else 'are'} yours.")
    return head, " ".join(tail)


def ten_frame(
    capacity: int | None, ours_named: int, ours_held: int, named: int, held: int, *, small: bool = False
) -> SafeString:
    """Places as counters: filled = named, dashed = name to follow, empty = free; our own school's in the second colour.

    `named` and `held` count everybody's, ours included. Above 60 places it is a bar; without a limit, a sentence.
    """
    head, tail = places_sentence(capacity, named, held, ours=ours_named + ours_held)
    words = f'<p class="frame-words{" visually-hidden" if small else ""}"><b>{head}</b> {tail}</p>'
    if capacity is None:
        return mark_safe(f'<div class="ten-frame">{words}</div>')  # noqa: S308  # numbers and our own words only
    if capacity > MOST_COUNTERS:
        drawing = _places_bar(capacity, ours_named + ours_held, named + held)
    else:
        drawing = _frames(capacity, ours_named, ours_held, named, held)
    kind = "ten-frame is-small" if small else "ten-frame"
    return mark_safe(f'<div class="{kind}">{drawing}{words}</div>')  # noqa: S308  # numbers and our own words only


def _frames(capacity: int, ours_named: int, ours_held: int, named: int, held: int) -> str:
    counters = (
        ["is-ours"] * ours_named
        + ["is-ours is-held"] * ours_held
        + ["is-named"] * (named - ours_named)
        + ["is-held"] * (held - ours_held)
    )
    counters = counters[:capacity] + ["is-free"] * (capacity - len(counters))
    frames = "".join(_frame(counters[start : start + 10]) for start in range(0, capacity, 10))
    return f'<div class="frames">{frames}</div>'


def _frame(cells: list[str]) -> str:
    """Two rows of five; where fewer than ten places are left over, only those cells are there."""
    upper, lower = min(len(cells), 5) * CELL, max(len(cells) - 5, 0) * CELL
    outline = f"M0 0H{upper}V{CELL}" + (f"H{lower}V{2 * CELL}H0Z" if lower else "H0Z")
    rules = "".join(f"M{x} 0V{2 * CELL if x <= lower else CELL}" for x in range(CELL, upper, CELL))
    if lower:
        rules += f"M0 {CELL}H{lower}"
        if lower == upper:
            rules = rules.replace(f"M{upper} 0", "")
    parts = [
        '<svg viewBox="-1 -1 102 42" aria-hidden="true" focusable="false">',
        f'<path class="frame-inside" d="{outline}"/><path class="frame-cell" d="{rules}"/>',
    ]
    for index, kind in enumerate(cells):
        x, y = index % 5 * CELL + CELL // 2, index // 5 * CELL + CELL // 2
        if kind != "is-free":
            parts.append(f'<circle class="counter {kind}" cx="{x}" cy="{y}" r="6.6"/>')
        if kind == "is-ours":
            parts.append(f'<circle class="counter-eye" cx="{x}" cy="{y}" r="2.6"/>')
    return "".join(parts) + f'<path class="frame-box" d="{outline}"/></svg>'


def _places_bar(capacity: int, ours: int, taken: int) -> str:
    """Widths in per cent, so that the bar takes the room there is and nothing in it is stretched."""
    return (
        '<svg class="places-bar" height="22" aria-hidden="true" focusable="false">'
        '<rect class="frame-inside" width="100%" height="22"/>'
        f'<rect class="bar-taken" width="{taken / capacity:.2%}" height="22"/>'
        f'<rect class="bar-ours" width="{ours / capacity:.2%}" height="22"/>'
        '<rect class="frame-box" width="100%" height="22"/></svg>'
    )
