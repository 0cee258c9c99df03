"""The invented register of forty schools: where it is, and how tests change it and take it in."""

import csv
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path

from accounts.gias import Plan, Summary
from accounts.models import School, SchoolURN
from booking.actions import imports
from booking.incoming import read_from_disk

# Forty invented schools under the register's own headings, in its own encoding.
REGISTER = Path(__file__).parent / "accounts" / "data" / "register.csv"
LINKS = Path(__file__).parent / "accounts" / "data" / "links.csv"

Edits = Mapping[str, Mapping[str, str]]
CLOSED = {"EstablishmentStatus (code)": "2", "CloseDate": "31-08-2026"}


def plan_of(
    file: Path = REGISTER,
    *,
    links: Path | None = None,
    authorities: Collection[str] = (),
    believe: str = "",
    dry_run: bool = False,
) -> Plan:
    """Read a file as the command does, and take it in."""
    register, pairs = read_from_disk(file, links)
    return imports.take_in(
        register=register, links=pairs, authorities=authorities, believe=believe, dry_run=dry_run, file_name=file.name
    )


def take_in(file: Path = REGISTER, *, links: Path | None = None, authorities: Collection[str] = ()) -> Summary:
    return plan_of(file, links=links, authorities=authorities).summary


def edited(
    path: Path, changes: Edits | None = None, *, without: Collection[str] = (), less: Sequence[str] = ()
) -> Path:
    """The invented register at `path`, with some cells changed, some rows left out, or only some columns."""
    with REGISTER.open(encoding="cp1252", newline="") as file:
        reader = csv.DictReader(file)
        columns = [column for column in reader.fieldnames or [] if column not in less]
        rows = [row | dict((changes or {}).get(row["URN"], {})) for row in reader if row["URN"] not in without]
    with path.open("w", encoding="cp1252", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def school_of(urn: str) -> School:
    return School.objects.get(urns__urn=urn)


def urns_of(school: School) -> list[tuple[str, date | None, date | None]]:
    return list(school.urns.order_by("urn").values_list("urn", "opened_on", "closed_on"))


def everything() -> tuple[list[object], list[object]]:
    """All rows an import may write, as they stand."""
    return list(School.objects.order_by("pk").values()), list(SchoolURN.objects.order_by("pk").values())
