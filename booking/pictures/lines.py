"""The number line: a series through the school year, with research tasks as the jumps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from itertools import pairwise

from django.utils.safestring import SafeString, mark_safe

from booking.pictures.series import Holiday, Stop, day_words, span_words
from booking.pictures.upright import in_words, upright

# The drawing's own units; the page scales it. At full width one unit is about one pixel.
WIDE, MARGIN = 1000, 24
ARC_FROM, ARC_TO = 24.0, 84.0  # how high the lowest and the highest jump rise
LETTER = 7.6  # a generous mean width of a letter of the labels
LINE_OF_TEXT = 18
MINI_WIDE, MINI_Y = 240, 34


@dataclass(frozen=True)
class _Label:
    """Lines of text that want to stand at `at`; `tip` is the height of what they speak of."""

    at: float
    lines: Sequence[str]
    kind: str
    tip: float = 0

    @property
    def width(self) -> float:
        return max(len(line) for line in self.lines) * LETTER + 12


def position(day: date, first: date, last: date, *, wide: int = WIDE, margin: int = MARGIN) -> float:
    """Where a day stands on the line: strictly proportional to the date."""
    share = (day - first).days / (last - first).days
    return round(margin + share * (wide - 2 * margin), 1)


def number_line(
    stops: Sequence[Stop], holidays: Sequence[Holiday], today: date, first: date, last: date, *, detail: bool
) -> SafeString:
    """The year as a line: sessions are points, research tasks the jumps between them, holidays shaded.

    `detail=False` draws the small one of a list row. The large one comes three times, of which a reader meets one: the
    drawing, its words for who cannot see it, and the line turned upright where there is no room for the drawing.
    """
    dated = [(stop.on, stop) for stop in stops if stop.on is not None and first <= stop.on <= last]
    if not detail:
        return _mini(dated, today, first, last)
    shown = sorted((one for one in holidays if one.last >= first and one.first <= last), key=lambda one: one.first)
    html = (
        '<div class="number-line">'
        f'<div class="line-wide" aria-hidden="true">{_drawing(dated, shown, today, first, last)}{_key(stops, shown)}'
        f"</div>{in_words(stops, shown, today)}{upright(stops, shown, today)}</div>"
    )
    return mark_safe(html)  # noqa: S308  # every text is escaped where it is put in


# ── The drawing ────────────────────────────────────────────────────────────────────────────────────────────────────
def _drawing(
    dated: Sequence[tuple[date, Stop]], holidays: Sequence[Holiday], today: date, first: date, last: date
) -> str:
    planned = [(on, stop) for on, stop in dated if stop.state != "cancelled"]
    jumps = [
        (position(on, first, last), position(after, first, last), "is-done" if after <= today else "is-coming", stop)
        for (on, stop), (after, _) in pairwise(planned)
        if after != on
    ]
    rises = [min(ARC_TO, max(ARC_FROM, (right - left) * 0.42)) for left, right, _, _ in jumps]
    tasks = [
        _Label((left + right) / 2, _wrapped(stop.task, len(jumps)), kind, rise)
        for (left, right, kind, stop), rise in zip(jumps, rises, strict=True)
        if stop.task
    ]
    # From the top: the tasks, room for their leaders, the highest jump, the line, the months, the dates.
    head = max((len(label.lines) for label in tasks), default=0) * LINE_OF_TEXT
    axis = head + (16 if tasks else 6) + max([*rises, 14.0])
    parts = [
        *(_holiday(one, axis, first, last) for one in holidays),
        f'<path class="line-axis" d="M{MARGIN} {axis}H{WIDE - MARGIN}"/>',
        *_leaders_and_dates(dated, today, axis, first, last),
        *_months(axis, first, last),
        *_task_labels(tasks, head, axis),
        *(_jump(jump, rise, axis) for jump, rise in zip(jumps, rises, strict=True)),
        *_points(dated, axis, first, last),
    ]
    height = round(axis + 86)
    return f'<svg viewBox="0 0 {WIDE} {height}" focusable="false">{"".join(parts)}</svg>'


def _holiday(one: Holiday, axis: float, first: date, last: date) -> str:
    left = position(max(one.first, first), first, last)
    # The last day is shut too, so the shade ends where the next day begins.
    right = position(min(one.last + timedelta(days=1), last), first, last)
    return (
        f'<rect class="line-holiday" x="{left}" y="{axis - 13}" width="{max(right - left, 2):.1f}" height="26">'
        f"<title>{escape(one.name)}</title></rect>"
    )


def _months(axis: float, first: date, last: date) -> list[str]:
    """A tick at each first of a month, and the month's name between two ticks."""
    firsts = [first]
    while firsts[-1] <= last:
        day = firsts[-1]
        firsts.append(date(day.year + day.month // 12, day.month % 12 + 1, 1))
    parts = []
    for day, following in pairwise(firsts):
        x, end = position(day, first, last), position(min(following, last), first, last)
        if day.day == 1:
            parts.append(f'<path class="line-tick" d="M{x} {axis - 6}v12"/>')
        if end - x > 30:
            parts.append(f'<text class="line-month" x="{(x + end) / 2:.1f}" y="{axis + 31}">{day:%b}</text>')
    return [*parts, f'<path class="line-tick" d="M{WIDE - MARGIN} {axis - 6}v12"/>']


def _jump(jump: tuple[float, float, str, Stop], rise: float, axis: float) -> str:
    left, right, kind, _ = jump
    top = axis - rise * 4 / 3  # a cubic rises to three quarters of its handles
    return f'<path class="line-jump {kind}" d="M{left} {axis}C{left} {top:.1f} {right} {top:.1f} {right} {axis}"/>'


def _task_labels(labels: Sequence[_Label], head: float, axis: float) -> list[str]:
    parts = []
    for label, x in zip(labels, _apart(labels), strict=True):
        parts.append(f'<path class="line-leader" d="M{x:.1f} {head + 3}L{label.at:.1f} {axis - label.tip - 3:.1f}"/>')
        parts += [
            f'<text class="line-task" x="{x:.1f}" y="{head - 4 - LINE_OF_TEXT * back}">{escape(line)}</text>'
            for back, line in enumerate(reversed(label.lines))
        ]
    return parts


def _leaders_and_dates(
    dated: Sequence[tuple[date, Stop]], today: date, axis: float, first: date, last: date
) -> list[str]:
    """Under each point its date and place; labels that would touch are moved apart and keep a leader to their point."""
    room = min(18, max(6, int((WIDE / max(len(dated), 1) - 12) / LETTER)))
    labels = [
        _Label(
            position(on, first, last),
            ["Today" if stop.state == "today" else day_words(on), _cut(stop.place, room)],
            f"is-{stop.state}",
        )
        for on, stop in dated
    ]
    if first <= today <= last and all(on != today for on, _ in dated):
        labels.append(_Label(position(today, first, last), ["today"], "is-now"))
        labels.sort(key=lambda label: label.at)
    parts = []
    for label, x in zip(labels, _apart(labels), strict=True):
        start = axis - 12 if label.kind == "is-now" else axis
        parts.append(f'<path class="line-stem {label.kind}" d="M{label.at} {start}V{axis + 14}L{x:.1f} {axis + 44}"/>')
        for row, text in enumerate(label.lines):
            what = "line-date" if row == 0 else "line-place"
            y = axis + 60 + row * LINE_OF_TEXT
            parts.append(f'<text class="{what} {label.kind}" x="{x:.1f}" y="{y}">{escape(text)}</text>')
    return parts


def _points(dated: Sequence[tuple[date, Stop]], axis: float, first: date, last: date) -> list[str]:
    """The sessions, numbered where there is room; today is the big point and lies on top."""
    xs = [position(on, first, last) for on, _ in dated]
    nearest = min((after - before for before, after in pairwise(sorted(xs))), default=100.0)
    radius = min(11.0, max(6.0, nearest * 0.5))
    parts = []
    for x, (_, stop) in sorted(zip(xs, dated, strict=True), key=lambda pair: pair[1][1].state == "today"):
        size = round(radius * (1.4 if stop.state == "today" else 1), 1)
        parts.append(f'<circle class="line-halo" cx="{x}" cy="{axis}" r="{size + 3}"/>')
        parts.append(f'<circle class="line-point is-{stop.state}" cx="{x}" cy="{axis}" r="{size}"/>')
        if stop.state == "cancelled":
            parts.append(f'<path class="line-cross" d="M{x - 5} {axis - 5}l10 10M{x + 5} {axis - 5}l-10 10"/>')
        elif radius > 8:
            parts.append(f'<text class="line-number is-{stop.state}" x="{x}" y="{axis + 4.8}">{stop.number}</text>')
    return parts


def _key(stops: Sequence[Stop], holidays: Sequence[Holiday]) -> str:
    """What the shading is, and the sessions that have no place on the line yet."""
    parts = []
    undated = [f"{stop.number}. {escape(stop.label)}" for stop in stops if stop.on is None]
    if undated:
        parts.append(f"<p>Date to be confirmed: {', '.join(undated)}</p>")
    if holidays:
        names = "".join(f"<span>{escape(one.name)} {span_words(one.first, one.last)}</span>" for one in holidays)
        swatch = '<svg viewBox="0 0 20 12" focusable="false"><rect class="line-holiday" width="20" height="12"/></svg>'
        parts.append(f'<p class="line-shut">{swatch}<span>Schools are shut:</span> {names}</p>')
    return f'<div class="line-key">{"".join(parts)}</div>' if parts else ""


# ── The small line of a list row ───────────────────────────────────────────────────────────────────────────────────
def _mini(dated: Sequence[tuple[date, Stop]], today: date, first: date, last: date) -> SafeString:
    planned = [(on, stop) for on, stop in dated if stop.state != "cancelled"]
    xs = [position(on, first, last, wide=MINI_WIDE, margin=8) for on, _ in planned]
    count = f"{len(planned)} {'session' if len(planned) == 1 else 'sessions'}"
    if not planned:
        words = "No dates yet"
    elif len(planned) == 1:
        words = f"{count}, {day_words(planned[0][0], full=True)}"
    else:
        words = f"{count}, {span_words(planned[0][0], planned[-1][0], full=True)}"
    parts = [
        f'<svg class="line-mini" viewBox="0 0 {MINI_WIDE} 42" role="img" aria-label="{words}" focusable="false">',
        f'<path class="line-axis" d="M4 {MINI_Y}H{MINI_WIDE - 4}M4 {MINI_Y - 3}v6M{MINI_WIDE - 4} {MINI_Y - 3}v6"/>',
    ]
    for (left, right), (after, _) in zip(pairwise(xs), planned[1:], strict=True):
        top = MINI_Y - min(36.0, max(12.0, (right - left) * 1.1))
        kind = "is-done" if after <= today else "is-coming"
        parts.append(
            f'<path class="line-jump {kind}" d="M{left} {MINI_Y}C{left} {top} {right} {top} {right} {MINI_Y}"/>'
        )
    for x, (_, stop) in sorted(zip(xs, planned, strict=True), key=lambda pair: pair[1][1].state == "today"):
        size = 5.5 if stop.state == "today" else 3.6
        parts.append(f'<circle class="line-point is-{stop.state}" cx="{x}" cy="{MINI_Y}" r="{size}"/>')
    return mark_safe("".join(parts) + "</svg>")  # noqa: S308  # numbers and our own words only


# ── Labels that never touch ────────────────────────────────────────────────────────────────────────────────────────
def _apart(labels: Sequence[_Label]) -> list[float]:
    """Where the labels stand: in their order, none touching, each as near to its own point as the others allow.

    Neighbours that would touch join a cluster, which stands where its members together want to be.
    """
    clusters: list[tuple[list[_Label], float]] = []  # the members, and where the cluster begins
    for label in labels:
        members = [label]
        start = _start(members)
        while clusters and clusters[-1][1] + sum(one.width for one in clusters[-1][0]) > start:
            members = [*clusters.pop()[0], *members]
            start = _start(members)
        clusters.append((members, start))
    places = []
    for members, start in clusters:
        for label in members:
            places.append(start + label.width / 2)
            start += label.width
    return places


def _start(members: Sequence[_Label]) -> float:
    """Where a row of labels begins, so that on the whole they stand over what they speak of, inside the drawing."""
    whole, offsets = 0.0, 0.0
    for label in members:
        offsets += label.at - whole - label.width / 2
        whole += label.width
    return max(0.0, min(WIDE - whole, offsets / len(members)))


def _wrapped(text: str, among: int) -> list[str]:
    """A task in at most two lines, so short that all of them fit side by side."""
    room = min(16, int((WIDE / among - 12) / LETTER))
    lines = [""]
    for word in text.split():
        if not lines[-1]:
            lines[-1] = word
        elif len(lines[-1]) + len(word) < room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    if len(lines) > 2:
        lines = [lines[0], f"{lines[1]} …"]
    return [_cut(line, room) for line in lines]


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1].rstrip(' ,…')}…"
