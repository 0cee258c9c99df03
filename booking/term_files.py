"""Term dates as authorities publish them: a calendar file (.ics), or a table with a row for each holiday.

Reads only; what the rows mean beside what is held already is asked elsewhere, and nothing is written.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import IO

from django.core.exceptions import ValidationError
from django.utils import timezone
from icalendar import Calendar

from booking.spreadsheets import MOST_BYTES, Read, read_file, read_text
from booking.typed_dates import read_day

# A year of an authority has about twenty lines.
MOST_ROWS = 400
# How columns are headed, as words that stand in a heading.
HEADINGS = {
    "name": ("holiday", "name", "what", "title", "summary", "description", "event", "subject", "term"),
    "first": ("first", "start", "from", "begin", "closes", "date"),
    "last": ("last", "end", "until", "to", "opens"),
    "authority": ("authority", "council", "la"),
}


@dataclass(frozen=True)
class Line:
    """One line of a file: days and their name; or `problem`, why it cannot be read."""

    number: int
    name: str
    first: date | None = None
    last: date | None = None
    authority: str = ""
    problem: str = ""


def lines_of_file(file: IO[bytes], name: str) -> list[Line]:
    """The lines of a calendar file, a workbook or a CSV file. Raises ValidationError where it is none of these."""
    head = file.read(2000)
    file.seek(0)
    if b"BEGIN:VCALENDAR" in head:
        body = file.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise ValidationError("This file is larger than 10 MB. A year of term dates is far smaller.")
        return lines_of_calendar(body)
    if name.lower().endswith((".ics", ".ical")):
        raise ValidationError("This calendar file cannot be read: it does not begin as one does.")
    return _lines_of_table(read_file(file, name, most_rows=MOST_ROWS))


def lines_of_text(text: str) -> list[Line]:
    """The same of what somebody has pasted."""
    if "BEGIN:VCALENDAR" in text[:2000]:
        return lines_of_calendar(text.encode())
    return _lines_of_table(read_text(text, most_rows=MOST_ROWS))


def lines_of_calendar(body: bytes) -> list[Line]:
    """The events of a calendar (RFC 5545); the day an all-day event ends is the first that does not belong to it."""
    try:
        events = list(Calendar.from_ical(body).walk("VEVENT"))
    except (ValueError, IndexError, KeyError) as fault:
        raise ValidationError(
            "This calendar file cannot be read. Fetch it again from where it is published."
        ) from fault
    if not events:
        raise ValidationError("There is no date in this calendar.")
    if len(events) > MOST_ROWS:
        raise ValidationError(f"This calendar has {len(events):,} dates; at most {MOST_ROWS} can be taken in at once.")
    found = []
    for number, event in enumerate(events, start=1):
        name = " ".join(str(event.get("SUMMARY", "")).split())[:60]
        try:
            first, last = _span(event.decoded("DTSTART"), event.decoded("DTEND") if "DTEND" in event else None)
        except (KeyError, ValueError, TypeError, AttributeError):
            found.append(Line(number, name, problem="It has no day that can be read."))
            continue
        problem = "It comes again and again; enter it by hand." if "RRULE" in event else _of_span(name, first, last)
        found.append(Line(number, name, first, last, problem=problem))
    return found


def _span(start: date | datetime, end: date | datetime | None) -> tuple[date, date]:
    if isinstance(start, datetime):
        first = _day(start)
        return first, _day(end - timedelta(seconds=1)) if isinstance(end, datetime) and end > start else first
    if end is None or isinstance(end, datetime):
        return start, start
    # A calendar that gives the same day twice means that day.
    return start, end - timedelta(days=1) if end > start else end


def _day(moment: datetime) -> date:
    return timezone.localdate(moment) if timezone.is_aware(moment) else moment.date()


def _lines_of_table(read: Read) -> list[Line]:
    columns = _columns(read.head)
    if "name" not in columns or "first" not in columns:
        raise ValidationError(
            "The first row says what stands in each column: at least “Holiday” and “First day”, better “Last day” too."
        )
    return [
        _line(number, {what: row[at].strip() for what, at in columns.items()})
        for row, number in zip(read.rows, read.numbers, strict=True)
    ]


def _columns(head: Sequence[str]) -> dict[str, int]:
    """Which column holds what, by its heading; the first that fits, and none twice."""
    found: dict[str, int] = {}
    for what in ("authority", "last", "first", "name"):
        for at, heading in enumerate(head):
            words = re.findall(r"[a-z]+", heading.lower())
            if at not in found.values() and any(one in words for one in HEADINGS[what]):
                found[what] = at
                break
    return found


def _line(number: int, cells: dict[str, str]) -> Line:
    name, authority = " ".join(cells["name"].split()), cells.get("authority", "")
    first, last = cells["first"], cells.get("last", "") or cells["first"]
    days: list[date] = []
    for words in (first, last):
        try:
            days.append(read_day(words, school_year=None))
        except ValidationError as refusal:
            said = " ".join(refusal.messages) if words else "The first day is missing."
            return Line(number, name[:60], authority=authority, problem=said)
    return Line(number, name[:60], days[0], days[1], authority, _of_span(name, days[0], days[1]))


def _of_span(name: str, first: date, last: date) -> str:
    if not name:
        return "It has no name."
    if len(name) > 60:
        return "Its name is longer than 60 characters."
    return "It ends before it begins." if last < first else ""
