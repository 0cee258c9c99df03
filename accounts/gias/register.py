"""Reading the register's own files: Windows-1252, some 140 columns that come and go, one row per URN.

A file is read to its end before anything is believed; what is wrong with it is said with the line it stands on.
Columns with the names of people are never read.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal

from accounts.gias.table import Line, Table, lines
from accounts.models import Phase, School

_URN = re.compile(r"[0-9]{5,6}", re.ASCII)

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

REQUIRED = [
    "URN",
    "EstablishmentName",
    "EstablishmentStatus (code)",
    "LA (code)",
    "LA (name)",
    "PhaseOfEducation (code)",
    "TypeOfEstablishment (code)",
    "Postcode",
]
LINKS_REQUIRED = ["URN", "LinkURN"]


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
    trust: str
    fsm_percent: Decimal | None

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
    "trust": "Trusts (name)",
    "fsm_percent": "PercentageFSM",
}


@dataclass(frozen=True)
class Register:
    """The rows by URN, the facts this file has a column for, and what was remarked in reading."""

    rows: dict[str, Row]
    facts: list[str]
    remarks: list[str] = field(default_factory=list)


def read_register(table: Table) -> Register:
    """Every row of the register's file. Raises RegisterError, naming the line, when any of it cannot be right."""
    rows: dict[str, Row] = {}
    numbers: dict[str, int] = {}
    for line in lines(table, REQUIRED):
        row = _row(line)
        if row.urn in rows:
            line.refuse(f"URN {row.urn} stands on line {numbers[row.urn]} already.")
        rows[row.urn], numbers[row.urn] = row, line.number
    facts = [fact for fact in FACTS if _COLUMN_OF_FACT.get(fact, "URN") in table.columns]
    absent = [column for fact, column in _COLUMN_OF_FACT.items() if fact not in facts]
    if absent:
        table.remarks.insert(0, f"{table.name} has no column {', '.join(absent)}: what the hub knows of these stays.")
    return Register(rows, facts, table.remarks)


def read_links(table: Table) -> Iterator[tuple[str, str]]:
    """Pairs of URNs that the register links. What kind of link it calls them is unreliable, and not read."""
    for line in lines(table, LINKS_REQUIRED):
        yield _urn(line, "URN"), _urn(line, "LinkURN")


def _row(line: Line) -> Row:
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
        trust=sys.intern(line.text("Trusts (name)")[:120]),
        fsm_percent=line.per_cent("PercentageFSM"),
    )


def _urn(line: Line, column: str) -> str:
    urn = line.text(column)
    if not _URN.fullmatch(urn):
        line.refuse(f"{column} should be a number of five or six digits, not “{urn[:40]}”.")
    return urn


def _telephone(digits: str) -> str:
    """The register drops the leading nought."""
    return f"0{digits}"[:20] if digits and digits[0] in "123456789" else digits[:20]
