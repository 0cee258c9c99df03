"""The number line in words, and turned upright where there is no room for the drawing."""

from collections.abc import Sequence
from datetime import date
from html import escape

from booking.pictures.series import Holiday, Stop, day_words, span_words

# The upright line is true to time up to this many weeks between two points; a longer wait looks no longer.
MOST_WEEKS = 12


def _when(stop: Stop) -> str:
    when = "Date to be confirmed" if stop.on is None else f"{stop.on:%A} {day_words(stop.on, full=True)}"
    state = {"today": ", today", "cancelled": ", cancelled"}.get(stop.state, "")
    return f"{when}{state}"


def _in_order(stops: Sequence[Stop]) -> list[Stop]:
    return sorted(stops, key=lambda stop: (stop.on or date.max, stop.number))


def in_words(stops: Sequence[Stop], holidays: Sequence[Holiday], today: date) -> str:
    """What the drawing shows, read aloud in the order of dates."""
    rows = [(stop.on or date.max, f"{_when(stop)}: {_what(stop)}{_then(stop)}") for stop in stops]
    rows += [
        (one.first, f"Schools are shut: {escape(one.name)}, {span_words(one.first, one.last, full=True)}")
        for one in holidays
    ]
    if all(stop.on != today for stop in stops):
        rows.append((today, f"Today, {day_words(today, full=True)}"))
    items = "".join(f"<li>{text}.</li>" for _, text in sorted(rows, key=lambda row: row[0]))
    return f'<ol class="line-words">{items}</ol>'


def _what(stop: Stop) -> str:
    return f"{stop.number}. {escape(stop.label)}, {escape(stop.place)}"


def _then(stop: Stop) -> str:
    return f". Then try: {escape(stop.task)}" if stop.task else ""


def upright(stops: Sequence[Stop], holidays: Sequence[Holiday], today: date) -> str:
    """The line from top to bottom: a point for each session, its jump beside it, holidays where they fall."""
    ordered = _in_order(stops)
    between = _between(ordered, holidays, today)
    parts = []
    if between[0]:
        parts.append(f'<li class="is-between">{"".join(between[0])}</li>')
    for index, stop in enumerate(ordered):
        following = next((one.on for one in ordered[index + 1 :] if one.on and one.state != "cancelled"), None)
        jumps = stop.on is not None and following is not None and stop.state != "cancelled"
        weeks = min(MOST_WEEKS, round((following - stop.on).days / 7)) if stop.on and following else 0
        kinds = [f"is-{stop.state}", f"is-{weeks}-weeks"]
        if jumps and following is not None:
            kinds.append("has-jump is-behind" if following <= today else "has-jump")
        task = f'<span class="line-then">Then try: {escape(stop.task)}</span>' if stop.task and jumps else ""
        parts.append(
            f'<li class="{" ".join(kinds)}"><b>{_when(stop)}</b> <span>{_linked(stop)}</span>'
            f"{task}{''.join(between[index + 1])}</li>"
        )
    return f'<ol class="line-upright">{"".join(parts)}</ol>'


def _linked(stop: Stop) -> str:
    name = f'<a href="{escape(stop.url)}">{escape(stop.label)}</a>' if stop.url else escape(stop.label)
    return f"{stop.number}. {name}, {escape(stop.place)}"


def _between(ordered: Sequence[Stop], holidays: Sequence[Holiday], today: date) -> list[list[str]]:
    """Holidays, and today where no session is: before the first stop, then after each of them."""
    found = [
        (one.first, f'<span class="line-shut">{escape(one.name)}, {span_words(one.first, one.last)}</span>')
        for one in holidays
    ]
    if all(stop.on != today for stop in ordered):
        found.append((today, f'<span class="line-now-words">Today, {day_words(today)}</span>'))
    between: list[list[str]] = [[] for _ in range(len(ordered) + 1)]
    for on, text in sorted(found):
        after = sum(stop.on is not None and stop.on <= on for stop in ordered)
        between[after].append(text)
    return between
