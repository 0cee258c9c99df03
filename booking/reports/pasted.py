"""Dates copied from a spreadsheet, read into proposals: columns in any order, with a heading or without."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, time

from django.core.exceptions import ValidationError

from booking.reports.proposals import ONLINE, ProposedSession
from booking.reports.venue_names import VenueNames, is_online
from booking.spreadsheets import read_text
from booking.typed_dates import read_day, read_times

MOST = 60
# Bad rows beyond are counted, not told.
MOST_TOLD = 12
HEADINGS = {
    "day": ("date", "day", "when", "session date", "dates"),
    "begins": ("start", "starts", "begins", "from", "time", "times", "start time", "begin"),
    "ends": ("end", "ends", "to", "until", "finish", "end time", "finishes", "finish time"),
    "where": ("venue", "where", "place", "location", "host", "host school", "room", "school", "mode", "how"),
    "title": ("title", "topic", "session", "name", "what", "content", "focus", "theme"),
}


@dataclass
class Pasted:
    """What could be read, and a sentence for each row that could not."""

    proposals: list[ProposedSession] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)
    unread: int = 0


def read_pasted(
    text: str, *, school_year: int, names: VenueNames, begins: time | None, ends: time | None, where: str
) -> Pasted:
    """The rows of a table of dates. `begins`, `ends`, `where`: for rows that do not say.

    Raises ValidationError where it is no table, has too many rows, or nothing in it is a date.
    """
    head, rows, numbers = _table(text)
    roles = _by_heading(head) if head else _by_content(rows, school_year, names)
    if "day" not in roles.values():
        raise ValidationError(
            "No column with dates was found. Write a heading above it, such as Date, and one date in each row."
        )
    found = Pasted()
    for number, row in zip(numbers, rows, strict=True):
        cells: dict[str, str] = {}
        for index, role in roles.items():
            if row[index]:
                cells[role] = f"{cells[role]} {row[index]}" if role == "title" and role in cells else row[index]
        try:
            found.proposals.append(_proposal(cells, school_year, names, begins, ends, where))
        except ValidationError as refusal:
            if len(found.bad) < MOST_TOLD:
                found.bad.append(f"Row {number}: {' '.join(refusal.messages)}")
            else:
                found.unread += 1
    return found


def _table(text: str) -> tuple[list[str], list[list[str]], list[int]]:
    """The heading, if there is one, the rows, and the line of each in what was pasted."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    words = {cell.strip().strip('"').casefold() for mark in "\t;," for cell in first.split(mark)}
    if words & {word for some in HEADINGS.values() for word in some}:
        read = read_text(text, most_rows=MOST)
        return read.head, read.rows, read.numbers
    between = max("\t;,", key=first.count)
    widest = max((line.count(between) for line in text.splitlines()), default=0) + 1
    read = read_text(between.join(f"Column {number + 1}" for number in range(widest)) + "\n" + text, most_rows=MOST)
    return [], read.rows, [number - 1 for number in read.numbers]


def _by_heading(head: Sequence[str]) -> dict[int, str]:
    roles: dict[int, str] = {}
    for index, cell in enumerate(head):
        words = cell.strip().casefold().rstrip(":")
        role = next((role for role, some in HEADINGS.items() if words in some), None)
        if role and (role not in roles.values() or role == "title"):
            roles[index] = role
    return roles


def _by_content(rows: Sequence[Sequence[str]], school_year: int, names: VenueNames) -> dict[int, str]:
    """What each column holds, as most of its cells can be read."""
    tests: list[tuple[str, Callable[[str], object]]] = [
        ("day", lambda words: read_day(words, school_year=school_year)),
        ("begins", read_times),
        ("ends", read_times),
        ("where", lambda words: _fits(is_online(words) or names.find(words) is not None)),
    ]
    roles: dict[int, str] = {}
    for role, test in tests:
        left = [index for index in range(len(rows[0]) if rows else 0) if index not in roles]
        shares = {index: _share([row[index] for row in rows if row[index]], test) for index in left}
        best = max(shares, key=lambda index: shares[index], default=None)
        if best is not None and shares[best] >= 0.5:
            roles[best] = role
    for index in range(len(rows[0]) if rows else 0):
        roles.setdefault(index, "title")
    return roles


def _share(cells: Sequence[str], test: Callable[[str], object]) -> float:
    """How many of some cells can be read so, as a share; of none, none."""
    fits = 0
    for cell in cells:
        try:
            test(cell)
        except ValidationError:
            continue
        fits += 1
    return fits / len(cells) if cells else 0


def _fits(it: bool) -> None:
    if not it:
        raise ValidationError("no")


def _proposal(
    cells: dict[str, str], school_year: int, names: VenueNames, begins: time | None, ends: time | None, where: str
) -> ProposedSession:
    if "day" not in cells:
        raise ValidationError("there is no date in it.")
    day: date = read_day(cells["day"], school_year=school_year)
    if "begins" in cells:
        begins, until = read_times(cells["begins"])
        ends = until or ends
    if "ends" in cells:
        ends = read_times(cells["ends"])[1] or read_times(cells["ends"])[0]
    if begins is None or ends is None:
        raise ValidationError(f"it does not say when it {'begins' if begins is None else 'ends'}.")
    if ends <= begins:
        raise ValidationError(f"it would end at {ends:%H:%M} and begin at {begins:%H:%M}.")
    proposal = ProposedSession(day, begins, ends, where, cells.get("title", "")[:120])
    words = cells.get("where", "")
    if words and is_online(words):
        proposal.where = ONLINE
    elif words:
        found = names.find(words)
        proposal.where = f"v{found.venue.pk}" if found else ""
        if found is None:
            proposal.notes.append(f"“{words[:60]}” is no venue that we know. Choose one.")
        elif not found.sure:
            proposal.notes.append(f"“{words[:60]}” was read as {found.venue.name}. Is that right?")
    return proposal
