"""Reading the register's own files: Windows-1252, some 140 columns that come and go, one row per URN.

A file is read to its end before anything is believed; what is wrong with it is said with the line it stands on.
Columns with the names of people are never read.
"""

import csv
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import NoReturn, TextIO

from accounts.models import Phase, School

_URN = re.compile(r"[0-9]{5,6}", re.ASCII)

# The register writes this day where it does not know one.
_NO_DAY = date(1900, 1, 1)

# Types of establishment that the hub's funding does not reach: independent, abroad, in Wales, or no school at all.
_NOT_STATE_FUNDED = {
    "10",  # other independent special school
    "11",  # other independent school
    "24",  # secure unit
    "25",  # offshore school
    "26",  # service children's education
    "27",  # miscellaneous
    "29",  # higher education
    "30",  # Welsh establishment
    "32",  # special post-16 institution
    "37",  # British school overseas
    "47",  # children's centre
    "48",  # children's centre, linked site
    "49",  # online provider
    "56",  # funded by another government department
}
# Independent, yet the state pays for pupils where the school is approved (Children and Families Act 2014, section 41).
_SECTION_41 = {"10", "32"}

_REQUIRED = [
    "URN",
    "EstablishmentName",
    "EstablishmentStatus (code)",
    "LA (code)",
    "LA (name)",
    "PhaseOfEducation (code)",
    "TypeOfEstablishment (code)",
    "Postcode",
]
_LINKS_REQUIRED = ["URN", "LinkURN"]


class RegisterError(Exception):
    """The file is not taken: says why in words, and on which line."""


@dataclass(frozen=True, slots=True)
class Row:
    """What the register says of one URN. None and "" mean that it does not say."""

    urn: str
    opened_on: date | None
    closed_on: date | None
    # From here on the names are those of the fields of a School.
    name: str
    la_code: str
    la_name: str
    phase: str
    kind: str
    state_funded: bool
    status: str
    street: str
    town: str
    postcode: str
    telephone: str
    easting: int | None
    northing: int | None
    pupils: int | None
    low_age: int | None
    high_age: int | None

    @property
    def is_closed(self) -> bool:
        return self.status == School.Status.CLOSED

    @property
    def last_day(self) -> date:
        """The day this number ends, for putting numbers in order: the far future while the school is open."""
        return (self.closed_on or date.min) if self.is_closed else date.max


# The facts of a school that the register decides, in the order of the row.
FACTS = [field.name for field in fields(Row)][3:]

# Where a column is missing, what the hub already knows stays.
_COLUMN_OF_FACT = {
    "kind": "TypeOfEstablishment (name)",
    "street": "Street",
    "town": "Town",
    "telephone": "TelephoneNum",
    "easting": "Easting",
    "northing": "Northing",
    "pupils": "NumberOfPupils",
    "low_age": "StatutoryLowAge",
    "high_age": "StatutoryHighAge",
}


@dataclass(frozen=True)
class Register:
    """The rows by URN, and the facts this file has a column for."""

    rows: dict[str, Row]
    facts: list[str]


@dataclass(frozen=True, slots=True)
class _Line:
    """One record of a file: its cells by column, and where it stands."""

    file: str
    number: int
    columns: dict[str, int]
    cells: list[str]

    def text(self, column: str) -> str:
        """The cell with its spaces tidied; empty where the file has no such column."""
        index = self.columns.get(column)
        return "" if index is None else " ".join(self.cells[index].split())

    def code(self, column: str) -> str:
        """A code of the register: "02" and "2" are the same."""
        text = self.text(column)
        return text.lstrip("0") or text[:1]

    def number_of(self, column: str, *, most: int = 2_000_000) -> int | None:
        text = self.text(column)
        if not text:
            return None
        if not text.isdecimal() or int(text[:9]) > most:
            self.refuse(f"{column} should be a whole number up to {most}, not “{text[:40]}”.")
        return int(text[:9])

    def day(self, column: str) -> date | None:
        text = self.text(column)
        try:
            day = date(*map(int, reversed(text.split("-", 2)))) if text else None
        except (TypeError, ValueError):
            self.refuse(f"{column} should be a day such as 31-08-2026, not “{text[:40]}”.")
        return None if day == _NO_DAY else day

    def refuse(self, what: str) -> NoReturn:
        raise RegisterError(f"{self.file}, line {self.number}: {what}")


def read_register(path: Path) -> Register:
    """Every row of the register's file. Raises RegisterError, naming the line, when any of it cannot be right."""
    rows: dict[str, Row] = {}
    lines: dict[str, int] = {}
    columns: dict[str, int] = {}
    for line in _lines(path, _REQUIRED):
        row = _row(line)
        if row.urn in rows:
            line.refuse(f"URN {row.urn} stands on line {lines[row.urn]} already.")
        rows[row.urn], lines[row.urn] = row, line.number
        columns = line.columns
    facts = [fact for fact in FACTS if _COLUMN_OF_FACT.get(fact, "URN") in columns]
    return Register(rows, facts)


def read_links(path: Path) -> list[tuple[str, str]]:
    """Pairs of URNs that the register links. What kind of link it calls them is unreliable, and not read."""
    return [(_urn(line, "URN"), _urn(line, "LinkURN")) for line in _lines(path, _LINKS_REQUIRED)]


def _row(line: _Line) -> Row:
    name, status = line.text("EstablishmentName"), line.code("EstablishmentStatus (code)")
    if not name:
        line.refuse("EstablishmentName is empty.")
    if status not in School.Status.values:
        line.refuse(f"EstablishmentStatus (code) should be 1, 2, 3 or 4, not “{status[:40]}”.")
    phase = line.code("PhaseOfEducation (code)")
    kind = line.code("TypeOfEstablishment (code)")
    approved = kind in _SECTION_41 and line.text("Section41Approved (name)") == "Approved"
    easting, northing = line.number_of("Easting"), line.number_of("Northing")
    if not easting or not northing:  # the register writes 0, 0 where it does not know the place
        easting = northing = None
    return Row(
        urn=_urn(line, "URN"),
        opened_on=line.day("OpenDate"),
        closed_on=line.day("CloseDate"),
        name=name[:120],
        la_code=sys.intern(line.text("LA (code)")[:3]),
        la_name=sys.intern(line.text("LA (name)")[:60]),
        phase=sys.intern(phase if phase in Phase.values else str(Phase.NOT_APPLICABLE)),
        kind=sys.intern(line.text("TypeOfEstablishment (name)")[:60]),
        state_funded=kind not in _NOT_STATE_FUNDED or approved,
        status=sys.intern(status),
        street=line.text("Street")[:120],
        town=sys.intern(line.text("Town")[:60]),
        postcode=line.text("Postcode").upper()[:8],
        telephone=_telephone(line.text("TelephoneNum")),
        easting=easting,
        northing=northing,
        pupils=line.number_of("NumberOfPupils"),
        low_age=line.number_of("StatutoryLowAge", most=120),
        high_age=line.number_of("StatutoryHighAge", most=120),
    )


def _urn(line: _Line, column: str) -> str:
    urn = line.text(column)
    if not _URN.fullmatch(urn):
        line.refuse(f"{column} should be a number of five or six digits, not “{urn[:40]}”.")
    return urn


def _telephone(digits: str) -> str:
    """The register drops the leading nought."""
    return f"0{digits}"[:20] if digits and digits[0] in "123456789" else digits[:20]


def _lines(path: Path, required: Sequence[str]) -> Iterator[_Line]:
    with _open(path) as file:
        reader = csv.reader(_without_nul(file, path.name), strict=True)
        try:
            header = [cell.strip() for cell in next(reader, [])]
            missing = [column for column in required if column not in header]
            if missing:
                raise RegisterError(f"{path.name}, line 1: these columns are missing: {', '.join(missing)}.")
            columns = {column: index for index, column in enumerate(header)}
            began, count = reader.line_num + 1, 0
            for cells in reader:
                line = _Line(path.name, began, columns, cells)
                began = reader.line_num + 1
                if not cells:
                    continue
                if len(cells) != len(header):
                    line.refuse(f"{len(cells)} cells where the header has {len(header)}. Is the file cut off?")
                count += 1
                yield line
        except csv.Error as error:
            raise RegisterError(f"{path.name}, line {reader.line_num}: {error}. Is the file cut off?") from None
    if not count:
        raise RegisterError(f"{path.name}, line 2: there is a header and nothing after it.")


def _open(path: Path) -> TextIO:
    """The file as text, once its first bytes look like a table."""
    try:
        with path.open("rb") as file:
            start = file.read(512)
    except OSError as error:
        raise RegisterError(f"{path.name} cannot be opened: {error.strerror}.") from None
    if not start.strip():
        raise RegisterError(f"{path.name}, line 1: the file is empty.")
    if start.startswith((b"\x1f\x8b", b"PK")):
        raise RegisterError(f"{path.name}, line 1: this is a packed file. Unpack it and give the .csv inside.")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise RegisterError(f"{path.name}, line 1: saved as UTF-16. Use the register's own file, unchanged.")
    if start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        raise RegisterError(f"{path.name}, line 1: this is a web page, not the register's file.")
    # A byte order mark means that somebody opened it in a spreadsheet and saved it again.
    encoding = "utf-8-sig" if start.startswith(b"\xef\xbb\xbf") else "cp1252"
    return path.open(encoding=encoding, errors="replace", newline="")


def _without_nul(file: TextIO, name: str) -> Iterator[str]:
    for number, text in enumerate(file, start=1):
        if "\0" in text:
            raise RegisterError(f"{name}, line {number}: a NUL character. The file is damaged.")
        yield text
