"""Lists as files: what a spreadsheet opens is what stands here, and never a formula."""

# ruff: noqa: DTZ001  # workbooks know no time zones

import io
from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from openpyxl import Workbook

from booking.spreadsheets import Read, read_file, read_text
from booking.tables import Table, as_csv, as_workbook

LONDON = ZoneInfo("Europe/London")
MOMENT = datetime(2027, 3, 29, 9, 15, tzinfo=LONDON)


def a_table(*rows: list[object]) -> Table:
    return Table("Sessions: spring [all]", ["School", "When", "People"], rows)  # type: ignore[arg-type]


def test_csv_is_harmless_and_in_londons_time() -> None:
    table = a_table(["=HYPERLINK(1)", MOMENT, 2], ["St Mary’s, Oadby", date(2027, 3, 29), None], ["-4", None, True])

    text = "".join(as_csv(table))

    assert text == (
        "\ufeffSchool,When,People\r\n"
        "'=HYPERLINK(1),29/03/2027 09:15,2\r\n"
        '"St Mary’s, Oadby",29/03/2027,\r\n'
        "-4,,yes\r\n"
    )


def test_csv_comes_in_parts() -> None:
    asked = 0

    def rows() -> Iterator[list[int]]:
        nonlocal asked
        for asked in range(1, 2001):
            yield [asked]

    parts = as_csv(Table("Many", ["Number"], rows()))

    assert next(parts).endswith("\r\n500\r\n")
    assert asked == 500


def test_workbook_holds_text_days_and_moments() -> None:
    with as_workbook(a_table(["=1+1", MOMENT, 2], ["http://a.example", date(2027, 3, 29), None])) as file:
        sheet = openpyxl.load_workbook(file).worksheets[0]

    assert sheet.title == "Sessions  spring  all"
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] == [
        ["=1+1", datetime(2027, 3, 29, 9, 15), 2],
        ["http://a.example", datetime(2027, 3, 29), None],
    ]
    assert sheet["A2"].data_type == "s"


@pytest.mark.parametrize(
    "text",
    ["Name\tDay\n\n Kim \t5/9/2027\n", "Name;Day\r\nKim;5/9/2027\r\n", '\ufeffName,Day\r\n\r\n"Kim",5/9/2027,more\r\n'],
)
def test_pasted_cells_are_read(text: str) -> None:
    read = read_text(text, most_rows=10)

    assert (read.head, read.rows) == (["Name", "Day"], [["Kim", "5/9/2027"]])


def test_pasted_cells_say_in_which_line_they_stood() -> None:
    assert read_text("\nName\n\nKim\n\n\nJo\n", most_rows=10) == Read(["Name"], [["Kim"], ["Jo"]], [4, 7])


def test_windows_file_is_read() -> None:
    read = read_file(io.BytesIO("Name,School\r\nZoë,St Mary’s\r\n".encode("cp1252")), "people.csv", most_rows=10)

    assert read.rows == [["Zoë", "St Mary’s"]]


def test_workbook_with_formulas_and_merged_cells_is_read() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (["Name", "Born", "Sum"], ["Kim", datetime(2027, 9, 5), "=1+1"], ["Jo", 7.0, None]):
        sheet.append(row)
    sheet.merge_cells("A3:B3")
    file = io.BytesIO()
    book.save(file)

    read = read_file(io.BytesIO(file.getvalue()), "people.xlsx", most_rows=10)

    assert read.rows == [["Kim", "05/09/2027", ""], ["Jo", "", ""]]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"PK\x03\x04 and no more", "This workbook cannot be read"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "of the old kind"),
        (b"\x89PNG\x00\x00", "neither a workbook"),
        (b"\n , ,\n", "There is nothing in it"),
        (b"Name\n" + b"Kim\n" * 11, "At most 10 rows"),
        (b'Name\n"' + b"x" * 200_000, "cannot be read as a table"),
        (b"x" * (10 * 1024 * 1024 + 1), "larger than 10 MB"),
    ],
)
def test_what_is_no_table_is_refused_in_words(body: bytes, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        read_file(io.BytesIO(body), "a file", most_rows=10)
