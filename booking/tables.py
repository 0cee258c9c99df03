"""Lists as files for a spreadsheet: CSV (RFC 4180) and workbooks (Office Open XML), written row by row.

Nothing in them is ever a formula: text that a spreadsheet would take for one begins with an apostrophe in CSV (OWASP,
CSV injection), and is written as text into a workbook. Moments are in London's time, as people write them.
"""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import IO

import xlsxwriter
from django.utils import timezone

Cell = str | int | float | Decimal | bool | date | datetime | None

# So many rows go to the reader at once.
ROWS_AT_ONCE = 500
WIDEST = 60
# What a worksheet holds, its heading included (Excel's own limit).
MOST_ROWS = 1_048_576


@dataclass(frozen=True)
class Table:
    """One list: what the file is called, its columns, and its rows, which are read once and in order."""

    name: str
    head: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def as_csv(table: Table) -> Iterator[str]:
    """The table as text, a few hundred rows at a time; the mark before it tells Excel that it is UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow([_harmless(words) for words in table.head])
    for number, row in enumerate(table.rows, start=1):
        writer.writerow([_harmless(words_of(cell)) for cell in row])
        if number % ROWS_AT_ONCE == 0:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def as_workbook(table: Table) -> IO[bytes]:
    """The table as an open .xlsx file, at its beginning; rows go to disk as they come, so that memory stays flat.

    Raises `ValueError` where there are more rows than a worksheet holds.
    """
    out = tempfile.TemporaryFile()  # noqa: SIM115  # whoever asked closes it
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
    book = xlsxwriter.Workbook(out, options)
    heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    days, moments = book.add_format({"num_format": "dd/mm/yyyy"}), book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
    sheet = book.add_worksheet(_sheet_name(table.name))
    sheet.freeze_panes(1, 0)
    for column, words in enumerate(table.head):
        sheet.set_column(column, column, min(max(len(words) + 2, 12), WIDEST))
        sheet.write_string(0, column, words, heading)
    for number, row in enumerate(table.rows, start=1):
        if number >= MOST_ROWS:
            raise ValueError(f"a worksheet holds {MOST_ROWS - 1} rows")
        for column, cell in enumerate(row):
            if isinstance(cell, datetime):
                sheet.write_datetime(number, column, timezone.make_naive(cell), moments)
            elif isinstance(cell, date):
                sheet.write_datetime(number, column, cell, days)
            elif isinstance(cell, bool):
                sheet.write_string(number, column, words_of(cell))
            elif isinstance(cell, int | float | Decimal):
                sheet.write_number(number, column, cell)
            elif cell:
                sheet.write_string(number, column, cell)
    book.close()
    out.seek(0)
    return out


def written(table: Table, file: str) -> tuple[IO[bytes], int]:
    """The whole file ("xlsx" or CSV) on disk, at its beginning, and how many rows are in it: they are worked out once.

    So the number is known before the first of them leaves, and memory stays flat.
    """
    count = 0

    def counted() -> Iterator[Sequence[Cell]]:
        nonlocal count
        for row in table.rows:
            count += 1
            yield row

    counting = replace(table, rows=counted())
    if file == "xlsx":
        book = as_workbook(counting)
        return book, count
    out = tempfile.TemporaryFile()  # noqa: SIM115  # whoever asked closes it
    for part in as_csv(counting):
        out.write(part.encode())
    out.seek(0)
    return out, count


def words_of(cell: Cell) -> str:
    """A cell as people in England write it."""
    if isinstance(cell, datetime):
        return f"{timezone.localtime(cell):%d/%m/%Y %H:%M}"
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return "" if cell is None else str(cell)


def _harmless(cell: str) -> str:
    """Text that a spreadsheet would take for a formula begins with an apostrophe; a number below nought stays one."""
    if cell.startswith(("=", "+", "-", "@", "\t", "\r")) and not _is_number(cell):
        return f"'{cell}"
    return cell


def _is_number(cell: str) -> bool:
    return cell[:1] == "-" and cell[1:].replace(".", "", 1).isdecimal()


def _sheet_name(name: str) -> str:
    """What a worksheet may be called: 31 characters, none of which means something in an address of cells."""
    return "".join(" " if one in "[]:*?/\\'" else one for one in name)[:31].strip() or "List"
