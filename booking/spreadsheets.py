"""Rows that people hand in: a workbook, a CSV file, or cells copied from a spreadsheet and pasted.

Only values are read: of a formula what its program last worked out, of merged cells the first. What cannot be read is
refused in a sentence, and nothing is kept.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import IO

from django.core.exceptions import ValidationError
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

MOST_BYTES = 10 * 1024 * 1024
# What a small file may hold when it is unpacked: a bomb is refused before it is read.
MOST_UNPACKED = 200 * 1024 * 1024
MOST_COLUMNS = 100
MOST_CHARACTERS = 5_000


@dataclass(frozen=True)
class Read:
    """The heading of a table, and its rows as words; each as wide as the heading, empty ones left out.

    `numbers` has the line of each row in what was handed in, from 1, so that a sentence can say which one is meant.
    """

    head: list[str]
    rows: list[list[str]]
    numbers: list[int]


def read_file(file: IO[bytes], name: str, *, most_rows: int) -> Read:
    """A workbook's first sheet, or a CSV file in UTF-8 or in Excel's own Windows-1252, comma, semicolon or TAB between.

    Raises `ValidationError`: too large, not such a file, no heading, or more than `most_rows` rows.
    """
    body = file.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise ValidationError("This file is larger than 10 MB. Take out what is not needed, or send it in parts.")
    if body.startswith(b"PK"):
        return _read(_workbook_rows(body, most_rows), most_rows)
    if body.startswith(b"\xd0\xcf\x11\xe0"):
        raise ValidationError("This is a workbook of the old kind, or has a password. Save it as .xlsx without one.")
    if b"\x00" in body and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ValidationError(f"“{name}” is neither a workbook (.xlsx) nor a CSV file.")
    return read_text(_decoded(body), most_rows=most_rows)


def read_text(text: str, *, most_rows: int) -> Read:
    """Cells copied from a spreadsheet, or the text of a CSV file; the first row with anything in it is the heading."""
    text = text.removeprefix("\ufeff").replace("\x00", "")
    first = next((line for line in text.splitlines() if line.strip()), "")
    between = max("\t;,", key=first.count)
    try:
        return _read(csv.reader(io.StringIO(text), delimiter=between), most_rows)
    except csv.Error as fault:
        raise ValidationError("This cannot be read as a table: a quotation mark is open, or a cell is huge.") from fault


def _decoded(body: bytes) -> str:
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", errors="replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", errors="replace")


def _workbook_rows(body: bytes, most_rows: int) -> Iterable[Sequence[object]]:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            if sum(one.file_size for one in packed.infolist()) > MOST_UNPACKED:
                raise ValidationError("This workbook is far larger than it looks. Save the one sheet that is needed.")
        book = load_workbook(io.BytesIO(body), read_only=True, data_only=True, keep_links=False)
        # One row more than may be says that there are too many; the heading may have empty rows above it.
        return list(book.worksheets[0].iter_rows(values_only=True, max_col=MOST_COLUMNS, max_row=most_rows + 50))
    except ValidationError:
        raise
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, IndexError, OSError, SyntaxError) as fault:
        raise ValidationError("This workbook cannot be read. Open it, save it anew as .xlsx, and send that.") from fault


def _read(rows: Iterable[Sequence[object]], most_rows: int) -> Read:
    head: list[str] = []
    found: list[list[str]] = []
    numbers: list[int] = []
    for number, row in enumerate(rows, start=1):
        cells = [_words(cell) for cell in row[:MOST_COLUMNS]]
        if not any(cells):
            continue
        if not head:
            while cells and not cells[-1]:
                cells.pop()
            head = cells
            continue
        if len(found) == most_rows:
            raise ValidationError(f"At most {most_rows:,} rows can be taken in at once. Send the rest by itself.")
        found.append([*cells, *[""] * len(head)][: len(head)])
        numbers.append(number)
    if not head:
        raise ValidationError("There is nothing in it. The first row says what stands in each column.")
    return Read(head, found, numbers)


def _words(cell: object) -> str:
    """A cell as text; days as 05/09/2027, times as 13:15, whole numbers without a point."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell:%d/%m/%Y}" if cell.time() == time(0) else f"{cell:%d/%m/%Y %H:%M}"
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    if isinstance(cell, time):
        return f"{cell:%H:%M}"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    # No-break spaces come from web pages, and are in nobody's way but a program's.
    return " ".join(str(cell).replace("\u00a0", " ").split(" ")).strip()[:MOST_CHARACTERS]
