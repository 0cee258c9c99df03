"""Reading the register's file: what is read of a school, and what is no register at all."""

import bz2
import gzip
import io
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from accounts.gias import RegisterError, Summary
from accounts.models import School, SchoolURN
from tests.register_files import LINKS, REGISTER, everything, plan_of, school_of, take_in

pytestmark = pytest.mark.django_db


def test_import_makes_one_school_of_each_chain_of_numbers() -> None:
    summary = take_in(REGISTER, links=LINKS)

    assert summary == Summary(rows=40, links=14, new=36, converted=4, merged=4)
    assert School.objects.count() == 36
    assert SchoolURN.objects.count() == 40


def test_import_reads_the_facts_of_a_school() -> None:
    take_in(REGISTER, links=LINKS)

    facts = School.objects.filter(urns__urn="144001").values(
        "name",
        "la_code",
        "la_name",
        "phase",
        "kind",
        "state_funded",
        "status",
        "street",
        "town",
        "postcode",
        "telephone",
        "easting",
        "northing",
        "pupils",
        "low_age",
        "high_age",
        "on_register",
        "search",
    )
    assert facts.get() == {
        "name": "Larkrise Primary School",
        "la_code": "855",
        "la_name": "Leicestershire",
        "phase": "2",
        "kind": "Academy converter",
        "state_funded": True,
        "status": "1",
        "street": "School Lane",
        "town": "Oadby",
        "postcode": "LE2 5TP",
        "telephone": "01162700001",
        "easting": 460150,
        "northing": 300090,
        "pupils": 318,
        "low_age": 4,
        "high_age": 11,
        "on_register": True,
        "search": "larkrise primary school oadby le2 5tp le25tp",
    }


def test_import_reads_windows_1252() -> None:
    take_in(REGISTER)

    assert school_of("120016").name == "St Chad’s Church of England Primary School"
    assert school_of("120019").name == "Café Street Nursery School"


def test_import_never_reads_head_teachers() -> None:
    take_in(REGISTER, links=LINKS)

    assert "Readme" not in str(everything())


def test_import_knows_no_day_of_1900_and_no_place_at_nought() -> None:
    take_in(REGISTER)

    assert SchoolURN.objects.get(urn="120016").opened_on is None
    nowhere = school_of("120032")
    assert (nowhere.easting, nowhere.northing, nowhere.pupils) == (None, None, None)


def test_import_counts_a_school_proposed_to_close_as_open() -> None:
    take_in(REGISTER)

    assert school_of("120013") in School.objects.open()
    assert school_of("150014") not in School.objects.open()


def test_import_knows_which_schools_the_state_pays_for() -> None:
    take_in(REGISTER)

    independent = School.objects.filter(state_funded=False).order_by("name").values_list("name", flat=True)
    assert list(independent) == [
        "Abbotsmead School",
        "Ferndale House School",
        "Little Acorns Centre",
        "Ysgol y Bryn",
    ]


WHOLE = REGISTER.read_bytes()
TEXT = WHOLE.decode("cp1252")


def packed(name: str, content: bytes) -> bytes:
    """A zip with one file in it, as the register's site and spreadsheets make them."""
    folder = io.BytesIO()
    with zipfile.ZipFile(folder, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, content)
    return folder.getvalue()


BROKEN = {
    "empty": (b"", "line 1: the file is empty"),
    "blank": (b" \r\n \r\n", "line 1: the file is empty"),
    "web page": (b"<!DOCTYPE html><html></html>", "line 1: this is a web page"),
    "error in JSON": (b'{"error": "no such day"}', "line 1: this is an error message of the register's site"),
    "gzip": (gzip.compress(WHOLE), "line 1: this is a packed file"),
    "bzip2": (bz2.compress(WHOLE), "line 1: this is a packed file"),
    "zip": (packed("edubasealldata.csv", WHOLE), "line 1: this is a packed file"),
    "xlsx": (packed("xl/workbook.xml", b"<workbook/>"), "line 1: this is a packed file"),
    "ods": (packed("content.xml", b"<office:document-content/>"), "line 1: this is a packed file"),
    "bomb": (packed("edubasealldata.csv", bytes(50_000_000)), "line 1: this is a packed file"),
    "old spreadsheet": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "line 1: this is an old spreadsheet"),
    "PDF": (b"%PDF-1.7", "line 1: this is a PDF"),
    "UTF-16": (TEXT.encode("utf-16"), "line 1: saved as UTF-16 or UTF-32"),
    "UTF-16 without a mark": (TEXT.encode("utf-16-le"), "line 1: saved as UTF-16 or UTF-32"),
    "UTF-32": (TEXT.encode("utf-32"), "line 1: saved as UTF-16 or UTF-32"),
    "bytes that are no letters": (WHOLE.replace(b"\x92", b"\x81"), r"line \d+: a character that cannot be read"),
    "letters lost before": (TEXT.replace("’", "\ufffd").encode(), r"line \d+: a character that cannot be read"),
    "semicolons": (WHOLE.replace(b",", b";"), "line 1: the columns are not separated by commas"),
    "tabs": (WHOLE.replace(b",", b"\t"), "line 1: the columns are not separated by commas"),
    "other columns": (b"Name,Town\r\nA,B\r\n", r"line 1: these columns are missing: URN, EstablishmentName,"),
    "column renamed": (WHOLE.replace(b"Postcode", b"PostCode"), r"line 1: these columns are missing: Postcode\."),
    "column twice": (WHOLE.replace(b"UKPRN", b"URN"), "line 1: the column “URN” stands there twice"),
    "links for register": (LINKS.read_bytes(), r"line 1: these columns are missing: EstablishmentName,"),
    "header alone": (WHOLE.split(b"\n")[0] + b"\n", "line 2: there is a header and nothing after it"),
    "cut off": (WHOLE[:-60], r"line 41: \d+ cells where the header has 32\. Is the file cut off"),
    "something after the end": (WHOLE + b"40 rows selected\r\n", "line 42: 1 cells where the header has 32"),
    "NUL": (WHOLE.replace(b"Quarry Bank Lower", b"Quarry\0Bank"), "line 15: a NUL character"),
    "open quote": (WHOLE.replace(b"Hollow Lane", b'"Hollow'), r"line \d+: .*Is the file cut off"),
    "cell of a megabyte": (WHOLE.replace(b"Hollow Lane", b"H" * 1_000_000), r"line \d+: field larger than"),
    "same URN twice": (WHOLE.replace(b"\n120035", b"\n120034"), "line 41: URN 120034 stands on line 40"),
    "no URN": (WHOLE.replace(b"\n120035", b"\nabc"), "line 41: URN should be a number of five or six"),
    "URN with letters": (WHOLE.replace(b"\n120035", b"\n12003A"), "line 41: URN should be a number of five or six"),
    "no name": (WHOLE.replace(b"Ysgol y Bryn", b""), "line 35: EstablishmentName is empty"),
    "formula": (
        WHOLE.replace(b"Ysgol y Bryn", b'"=HYPERLINK(""http://x.example"",""Open"")"'),
        "line 35: EstablishmentName holds a formula",
    ),
    "odd status": (
        WHOLE.replace(b',3,"Open, but proposed to close"', b",9,Asleep"),
        r"line 18: EstablishmentStatus \(code\) should be 1, 2, 3 or 4, not “9”",
    ),
    "odd day": (WHOLE.replace(b"01-04-2017", b"2017-04-01"), "line 3: OpenDate should be a day"),
    "no such day": (WHOLE.replace(b"01-04-2017", b"31-02-2017"), "line 3: OpenDate should be a day"),
    "day of another age": (WHOLE.replace(b"01-04-2017", b"01-04-9999"), "line 3: OpenDate should be a day"),
    "odd number": (WHOLE.replace(b",318,", b",many,"), "line 3: NumberOfPupils should be a whole numb"),
    "less than nothing": (WHOLE.replace(b",318,", b",-318,"), "line 3: NumberOfPupils should be a whole numb"),
    "digits of another script": (
        TEXT.replace(",318,", ",٣١٨,").encode(),
        "line 3: NumberOfPupils should be a whole numb",
    ),
    "number too big": (WHOLE.replace(b",318,", b",99999999999,"), "line 3: NumberOfPupils should be"),
}


@pytest.mark.parametrize(("content", "words"), BROKEN.values(), ids=BROKEN.keys())
def test_import_refuses_a_broken_file_and_says_where(tmp_path: Path, content: bytes, words: str) -> None:
    take_in(REGISTER, links=LINKS)
    before = everything()
    broken = tmp_path / "broken.csv"
    broken.write_bytes(content)

    with pytest.raises(RegisterError, match=f"^broken.csv, {words}"):
        take_in(broken, links=LINKS)

    assert everything() == before


def test_import_refuses_a_broken_file_of_links(tmp_path: Path) -> None:
    broken = tmp_path / "links.csv"
    broken.write_bytes(LINKS.read_bytes().replace(b"199999", b"soon"))

    with pytest.raises(RegisterError, match=r"^links.csv, line 12: LinkURN should be a number"):
        take_in(REGISTER, links=broken)

    assert School.objects.count() == 0


def test_import_refuses_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(RegisterError, match=r"cannot be opened: Is a directory\.$"):
        take_in(tmp_path)
    with pytest.raises(RegisterError, match=r"^absent.csv cannot be opened: No such file or directory\.$"):
        take_in(tmp_path / "absent.csv")


ACCEPTED = {
    "UTF-8": TEXT.encode(),
    "UTF-8 with a mark": TEXT.encode("utf-8-sig"),
    "line feeds alone": WHOLE.replace(b"\r\n", b"\n"),
    "carriage returns alone": WHOLE.replace(b"\r\n", b"\r"),
    "empty lines": WHOLE.replace(b"\r\n", b"\r\n\r\n") + b"\r\n\r\n",
    "lines of commas": WHOLE + b"," * 31 + b"\r\n",
    "last line without an end": WHOLE.rstrip(),
    "columns in another order": b"\r\n".join(
        b",".join(reversed(line.split(b","))) for line in WHOLE.rstrip().split(b"\r\n") if b'"' not in line
    ),
}


@pytest.mark.parametrize("content", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_import_reads_the_register_however_it_was_saved(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "saved.csv"
    file.write_bytes(content)

    take_in(file)

    assert school_of("120016").name == "St Chad’s Church of England Primary School"
    assert school_of("120019").name == "Café Street Nursery School"


def test_import_leaves_out_hidden_characters_and_says_where(tmp_path: Path) -> None:
    file = tmp_path / "hidden.csv"
    file.write_bytes(TEXT.replace("Ysgol y Bryn", "Ysgol\u202e y\x07 Bryn").encode())

    plan = plan_of(file)

    assert school_of("402029").name == "Ysgol y Bryn"
    assert plan.remarks[1:] == ["hidden.csv, line 35: EstablishmentName held a hidden character, which was left out."]


def test_import_reads_trust_and_free_school_meals_where_the_file_has_them(tmp_path: Path) -> None:
    file = tmp_path / "more.csv"
    header, *rows = WHOLE.rstrip().split(b"\r\n")
    rows = [row + b",Larks Learning Trust,10.24" if row.startswith(b"144001") else row + b",,SUPP" for row in rows]
    file.write_bytes(b"\r\n".join([header + b",Trusts (name),PercentageFSM", *rows]))

    plan = plan_of(file)

    assert plan.remarks == []
    assert School.objects.filter(trust="Larks Learning Trust").values_list("fsm_percent").get() == (Decimal("10.2"),)
    assert School.objects.exclude(fsm_percent=None).count() == 1
