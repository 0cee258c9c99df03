"""A table as the register gives it: judged by what is in the file, never by its name, and read line by line.

What is wrong is said with the line it stands on. Nothing packed is ever unpacked.
"""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, NoReturn

_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_DAY = re.compile(r"([0-9]{2})-([0-9]{2})-([0-9]{4})", re.ASCII)
_PER_CENT = re.compile(r"[0-9]{1,3}(\.[0-9]+)?", re.ASCII)
# The register writes this day where it does not know one.
_NO_DAY = date(1900, 1, 1)
# The oldest school was founded in 597; what is planned is not planned for the next century.
_YEARS = range(500, 2100)

# How files begin that are no table, and what to say of them.
_PACKED = (b"\x1f\x8b", b"PK", b"BZh", b"7z\xbc\xaf", b"\xfd7zXZ", b"Rar!")
_NOT_A_TABLE = {
    b"\xd0\xcf\x11\xe0": "this is an old spreadsheet. Use the register's own .csv file, unchanged.",
    b"%PDF": "this is a PDF, not the register's file.",
    b"<": "this is a web page, not the register's file.",
    b"{": "this is an error message of the register's site, not its file. Download it again.",
    b"[": "this is an error message of the register's site, not its file. Download it again.",
}
_BOMS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# What a program writes for a character that it could not read.
_LOST = "\ufffd"
# So many remarks are kept; what is worse than that shows in the first of them.
_MOST_REMARKS = 20


class RegisterError(Exception):
    """The file is not taken: says why in words, and on which line."""


@dataclass
class Table:
    """An open file, what to call it, and what was remarked while it was read."""

    file: BinaryIO
    name: str
    columns: dict[str, int] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def remark(self, line: int, what: str) -> None:
        if len(self.remarks) < _MOST_REMARKS:
            self.remarks.append(f"{self.name}, line {line}: {what}")

    def refuse(self, line: int, what: str) -> NoReturn:
        raise RegisterError(f"{self.name}, line {line}: {what}")


@dataclass(frozen=True, slots=True)
class Line:
    """One record of a table: its cells by column, and where it stands."""

    table: Table
    number: int
    cells: list[str]

    def text(self, column: str) -> str:
        """The cell with its spaces tidied; empty where the file has no such column."""
        index = self.table.columns.get(column)
        if index is None:
            return ""
        text = " ".join(self.cells[index].split())
        return text if text.isprintable() and text[:1] != "=" else self._cleaned(column, text)

    def _cleaned(self, column: str, text: str) -> str:
        if text[:1] == "=":
            self.refuse(f"{column} holds a formula, “{text[:40]}”. Use the register's own file, unchanged.")
        self.table.remark(self.number, f"{column} held a hidden character, which was left out.")
        return "".join(one for one in text if unicodedata.category(one)[0] != "C").strip()

    def code(self, column: str) -> str:
        """A code of the register: "02" and "2" are the same."""
        text = self.text(column)
        return text.lstrip("0") or text[:1]

    def number_of(self, column: str, *, most: int = 2_000_000) -> int | None:
        text = self.text(column)
        if not text:
            return None
        if not _NUMBER.fullmatch(text) or int(text) > most:
            self.refuse(f"{column} should be a whole number up to {most}, not “{text[:40]}”.")
        return int(text)

    def per_cent(self, column: str) -> Decimal | None:
        """A share such as 10.2; None where it is empty or kept back (the register writes letters then)."""
        text = self.text(column)
        if not text or text.isalpha():
            return None
        if not _PER_CENT.fullmatch(text) or Decimal(text) > 100:
            self.refuse(f"{column} should be a number up to 100, not “{text[:40]}”.")
        return round(Decimal(text), 1)

    def day(self, column: str) -> date | None:
        text = self.text(column)
        if not text:
            return None
        try:
            dd, mm, yyyy = map(int, _DAY.fullmatch(text).groups())  # type: ignore[union-attr]  # None is no day either
            day = date(yyyy, mm, dd)
        except (AttributeError, ValueError):
            self.refuse(f"{column} should be a day such as 31-08-2026, not “{text[:40]}”.")
        if day.year not in _YEARS:
            self.refuse(f"{column} should be a day of a school, not “{text[:40]}”.")
        return None if day == _NO_DAY else day

    def refuse(self, what: str) -> NoReturn:
        self.table.refuse(self.number, what)


@contextmanager
def from_disk(path: Path) -> Iterator[Table]:
    """A file of this machine as a table. Raises RegisterError, in words, where it cannot be opened."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise RegisterError(f"{path.name or path} cannot be opened: {error.strerror}.") from None
    with file:
        yield Table(file, path.name)


def glance(table: Table, required: Sequence[str]) -> None:
    """Refuse at once what is plainly not the register: by its first bytes and its header."""
    encoding = _encoding(table, whole=False)
    table.file.seek(0)
    text = io.TextIOWrapper(table.file, encoding, errors="replace", newline="")
    try:
        _header(table, csv.reader(_clean_lines(text, table)), required)
    finally:
        text.detach()  # the file stays open for whoever gave it
        table.file.seek(0)


def lines(table: Table, required: Sequence[str]) -> Iterator[Line]:
    """Every record of the table. Raises RegisterError when any of it cannot be right."""
    encoding = _encoding(table, whole=True)
    table.file.seek(0)
    text = io.TextIOWrapper(table.file, encoding, errors="replace", newline="")
    reader = csv.reader(_clean_lines(text, table), strict=True)
    count = 0
    try:
        width = _header(table, reader, required)
        began = reader.line_num + 1
        for cells in reader:
            line = Line(table, began, cells)
            began = reader.line_num + 1
            if not any(cells):
                continue  # an empty line, or one of nothing but commas
            if len(cells) != width:
                line.refuse(f"{len(cells)} cells where the header has {width}. Is the file cut off?")
            count += 1
            yield line
    except csv.Error as error:
        table.refuse(reader.line_num, f"{error}. Is the file cut off, or a quotation mark missing?")
    finally:
        text.detach()
    if not count:
        table.refuse(2, "there is a header and nothing after it.")


def _header(table: Table, reader: Iterator[list[str]], required: Sequence[str]) -> int:
    """Read the headings. Returns how many there are."""
    table.columns.clear()
    header = [cell.strip() for cell in next(reader, [])]
    if len(header) == 1 and len(re.split(r"[;\t|]", header[0])) > 1:
        table.refuse(1, "the columns are not separated by commas. Use the register's own file, unchanged.")
    missing = [column for column in required if column not in header]
    if missing:
        table.refuse(1, f"these columns are missing: {', '.join(missing)}.")
    for index, column in enumerate(header):
        if column and column in table.columns:
            table.refuse(1, f"the column “{column[:60]}” stands there twice.")
        table.columns[column] = index
    return len(header)


def _encoding(table: Table, *, whole: bool) -> str:
    """How the text is written: Windows-1252 as the register gives it, or UTF-8 where somebody saved it again."""
    table.file.seek(0)
    start = table.file.read(4096)
    bare = start.removeprefix(codecs.BOM_UTF8).lstrip()
    if not bare:
        table.refuse(1, "the file is empty.")
    if start.startswith(_PACKED):
        table.refuse(1, "this is a packed file. Unpack it and give the .csv inside.")
    if start.startswith(_BOMS) or b"\0" in start[:4]:
        table.refuse(1, "saved as UTF-16 or UTF-32. Use the register's own file, unchanged.")
    for beginning, words in _NOT_A_TABLE.items():
        if bare.startswith(beginning):
            table.refuse(1, words)
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    return _utf_8_or_1252(table) if whole else "cp1252"


def _utf_8_or_1252(table: Table) -> str:
    """Both are read by many; no text of the one with anything but plain letters is by chance a text of the other."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    table.file.seek(0)
    try:
        while block := table.file.read(1 << 20):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _clean_lines(file: io.TextIOWrapper, table: Table) -> Iterator[str]:
    for number, text in enumerate(file, start=1):
        if "\0" in text:
            table.refuse(number, "a NUL character. The file is damaged.")
        if _LOST in text:
            table.refuse(number, "a character that cannot be read. Use the register's own file, unchanged.")
        yield text
