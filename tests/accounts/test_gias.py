"""The national register: what is read, which numbers are one school, and what an import leaves alone."""

import csv
import gzip
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from accounts.gias import RegisterError, Summary, import_schools
from accounts.models import HistoryLine, Membership, School, SchoolURN
from tests.factories import create_lead, create_school

pytestmark = pytest.mark.django_db

# Forty invented schools under the register's own headings, in its own encoding.
REGISTER = Path(__file__).parent / "data" / "register.csv"
LINKS = Path(__file__).parent / "data" / "links.csv"

# The register's rows for a hub's area stand beside the project where its makers work.
AREA = Path(settings.BASE_DIR).parent / "shared" / "data" / "gias"

Edits = Mapping[str, Mapping[str, str]]


@pytest.fixture
def area() -> Path:
    if not AREA.is_dir():
        pytest.skip(f"needs the register's rows of the hub's area in {AREA.name}/, which are not on this machine")
    return AREA


@pytest.fixture
def edited(tmp_path: Path) -> Callable[..., Path]:
    """The invented register with some cells changed, some rows left out, or only some columns."""

    def _edited(changes: Edits | None = None, *, without: Sequence[str] = (), less: Sequence[str] = ()) -> Path:
        with REGISTER.open(encoding="cp1252", newline="") as file:
            reader = csv.DictReader(file)
            columns = [column for column in reader.fieldnames or [] if column not in less]
            rows = [row | dict((changes or {}).get(row["URN"], {})) for row in reader if row["URN"] not in without]
        path = tmp_path / "edited.csv"
        with path.open("w", encoding="cp1252", newline="") as file:
            writer = csv.DictWriter(file, columns, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        return path

    return _edited


def school_of(urn: str) -> School:
    return School.objects.get(urns__urn=urn)


def urns_of(school: School) -> list[tuple[str, date | None, date | None]]:
    return list(school.urns.order_by("urn").values_list("urn", "opened_on", "closed_on"))


def everything() -> tuple[list[object], list[object]]:
    """All rows an import may write, as they stand."""
    return list(School.objects.order_by("pk").values()), list(SchoolURN.objects.order_by("pk").values())


def test_import_makes_one_school_of_each_chain_of_numbers() -> None:
    summary = import_schools(REGISTER, links=LINKS)

    assert summary == Summary(rows=40, links=14, new=36, converted=4, merged=4)
    assert School.objects.count() == 36
    assert SchoolURN.objects.count() == 40


def test_import_reads_the_facts_of_a_school() -> None:
    import_schools(REGISTER, links=LINKS)

    facts = School.objects.filter(urns__urn="144001").values(
        "name", "la_code", "la_name", "phase", "kind", "state_funded", "status", "street", "town", "postcode",
        "telephone", "easting", "northing", "pupils", "low_age", "high_age", "on_register", "search",
    )  # fmt: skip
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
    import_schools(REGISTER)

    assert school_of("120016").name == "St Chad’s Church of England Primary School"
    assert school_of("120019").name == "Café Street Nursery School"


def test_import_never_reads_head_teachers() -> None:
    import_schools(REGISTER, links=LINKS)

    assert "Readme" not in str(everything())


def test_import_knows_no_day_of_1900_and_no_place_at_nought() -> None:
    import_schools(REGISTER)

    assert SchoolURN.objects.get(urn="120016").opened_on is None
    nowhere = school_of("120032")
    assert (nowhere.easting, nowhere.northing, nowhere.pupils) == (None, None, None)


def test_import_counts_a_school_proposed_to_close_as_open() -> None:
    import_schools(REGISTER)

    assert school_of("120013") in School.objects.open()
    assert school_of("150014") not in School.objects.open()


def test_import_knows_which_schools_the_state_pays_for() -> None:
    import_schools(REGISTER)

    independent = School.objects.filter(state_funded=False).order_by("name").values_list("name", flat=True)
    assert list(independent) == [
        "Abbotsmead School",
        "Ferndale House School",
        "Little Acorns Centre",
        "Ysgol y Bryn",
    ]


def test_import_follows_a_school_through_two_conversions() -> None:
    import_schools(REGISTER, links=LINKS)

    school = school_of("120002")
    assert school.name == "Thistledown Academy"
    assert urns_of(school) == [
        ("120002", None, date(2011, 8, 31)),
        ("136002", date(2011, 9, 1), date(2019, 12, 31)),
        ("147002", date(2020, 1, 1), None),
    ]


def test_import_keeps_merged_schools_closed_and_says_into_which() -> None:
    import_schools(REGISTER, links=LINKS)

    merged = School.objects.filter(merged_into__isnull=False).order_by("name")
    assert [(one.name, one.merged_into.name, one.status) for one in merged.select_related("merged_into")] == [
        ("Beacon Junior School", "Beacon Primary School", "2"),
        ("Fernhill Infant School", "Fernhill Primary School", "2"),
        ("Fernhill Junior School", "Fernhill Primary School", "2"),
        ("Old Mill High School", "Ridgeway Academy", "2"),
    ]


@pytest.mark.parametrize("urn", ["120009", "120012", "120017"], ids=["split", "next one missing", "both open"])
def test_import_leaves_to_staff_what_the_graph_does_not_tell(urn: str) -> None:
    import_schools(REGISTER, links=LINKS)

    school = school_of(urn)
    assert [one.urn for one in school.urns.all()] == [urn]
    assert school.merged_into is None


def test_import_twice_changes_nothing() -> None:
    import_schools(REGISTER, links=LINKS)
    before = everything()

    summary = import_schools(REGISTER, links=LINKS)

    assert summary == Summary(rows=40, links=14, unchanged=36)
    assert everything() == before
    assert HistoryLine.objects.count() == 0


def test_import_without_links_tears_nothing_apart() -> None:
    import_schools(REGISTER, links=LINKS)
    before = everything()

    summary = import_schools(REGISTER)

    assert summary == Summary(rows=40, unchanged=36)
    assert everything() == before


def test_import_with_links_joins_what_came_without() -> None:
    import_schools(REGISTER)
    old = school_of("120001")

    summary = import_schools(REGISTER, links=LINKS)

    assert summary == Summary(rows=40, links=14, changed=0, converted=4, merged=4, unchanged=33)
    assert [one.urn for one in old.urns.order_by("urn")] == ["120001", "144001"]
    assert School.objects.count() == 36


def test_import_keeps_apart_two_schools_that_are_both_in_use() -> None:
    import_schools(REGISTER)
    for urn in ("120001", "144001"):
        create_lead(school=school_of(urn))

    summary = import_schools(REGISTER, links=LINKS)

    assert summary.undecided == [
        "Larkrise Primary School (URN 120001, 144001) stands here as 2 schools that people or bookings belong to."
    ]
    assert school_of("120001") != school_of("144001")


def test_import_gives_a_converted_school_its_new_number_and_keeps_its_people(edited: Callable[..., Path]) -> None:
    import_schools(REGISTER, links=LINKS)
    school = school_of("120013")
    lead = create_lead(school=school)
    converted = edited(
        {
            "120013": {"EstablishmentStatus (code)": "2", "CloseDate": "31-08-2026"},
            "150014": {"EstablishmentStatus (code)": "1", "OpenDate": "01-09-2026"},
        }
    )

    summary = import_schools(converted, links=LINKS)

    assert (summary.converted, summary.closed, summary.new) == (1, 0, 0)
    assert urns_of(school) == [("120013", None, date(2026, 8, 31)), ("150014", date(2026, 9, 1), None)]
    assert Membership.objects.get(person=lead).school == school_of("150014")
    line = HistoryLine.objects.about(school).get()
    assert (line.verb, line.details) == ("school_converted", {"urns": ["150014"]})


def test_import_adds_a_number_that_the_register_had_not_given_out_before(edited: Callable[..., Path]) -> None:
    import_schools(edited({"120001": {"EstablishmentStatus (code)": "1", "CloseDate": ""}}, without=["144001"]))
    school = school_of("120001")

    import_schools(REGISTER, links=LINKS)

    assert urns_of(school) == [("120001", None, date(2017, 3, 31)), ("144001", date(2017, 4, 1), None)]
    school.refresh_from_db()
    assert (school.kind, school.status) == ("Academy converter", "1")


def test_import_updates_what_the_register_says_anew(edited: Callable[..., Path]) -> None:
    import_schools(REGISTER, links=LINKS)
    school = school_of("120031")

    summary = import_schools(
        edited({"120031": {"EstablishmentName": "Tiny Village Academy", "NumberOfPupils": "64"}}), links=LINKS
    )

    school.refresh_from_db()
    assert summary == Summary(rows=40, links=14, changed=1, unchanged=35)
    assert (school.name, school.pupils) == ("Tiny Village Academy", 64)
    assert list(School.objects.matching("tiny academy")) == [school]


def test_import_closes_a_school_and_writes_its_history(edited: Callable[..., Path]) -> None:
    import_schools(REGISTER, links=LINKS)
    closing = {"EstablishmentStatus (code)": "2", "CloseDate": "31-08-2026"}

    summary = import_schools(edited({"120034": closing}), links=LINKS)

    school = school_of("120034")
    assert summary == Summary(rows=40, links=14, closed=1, unchanged=35)
    assert (school.status, urns_of(school)) == ("2", [("120034", None, date(2026, 8, 31))])
    assert HistoryLine.objects.about(school).get().verb == "school_closed"


def test_import_leaves_known_facts_where_the_file_has_no_such_column(edited: Callable[..., Path]) -> None:
    import_schools(REGISTER, links=LINKS)
    before = everything()

    import_schools(edited(less=["TelephoneNum", "NumberOfPupils", "Easting", "Northing", "OpenDate", "Town"]))

    assert everything() == before


def test_import_leaves_schools_alone_that_the_file_does_not_name(edited: Callable[..., Path]) -> None:
    import_schools(REGISTER, links=LINKS)
    before = everything()

    summary = import_schools(edited(without=["120034", "120035"]), links=LINKS)

    assert summary.absent == 2
    assert everything() == before


def test_import_never_touches_invented_schools_or_settings_off_the_register(edited: Callable[..., Path]) -> None:
    invented = create_school(name="Oakfield Primary (demo)", urn="900001")
    nursery = create_school(name="Ladybird Nursery", urn="120034", on_register=False)
    file = edited({"120033": {"URN": "900001"}, "120035": {"URN": "900777"}})

    summary = import_schools(file, links=LINKS)

    assert summary.left_out == 3
    assert School.objects.get(pk=invented.pk).name == "Oakfield Primary (demo)"
    assert School.objects.get(pk=nursery.pk).name == "Ladybird Nursery"
    assert SchoolURN.objects.filter(urn="900777").count() == 0


def test_import_of_some_authorities_takes_old_numbers_from_elsewhere() -> None:
    summary = import_schools(REGISTER, links=LINKS, authorities=["940"])

    assert summary.new == 3
    assert [one.urn for one in school_of("146015").urns.order_by("urn")] == ["122015", "146015"]


def test_import_refuses_a_file_that_closes_too_many(edited: Callable[..., Path]) -> None:
    import_schools(REGISTER, links=LINKS)
    before = everything()
    closed = {"EstablishmentStatus (code)": "2", "CloseDate": "31-08-2026"}
    file = edited({f"1200{number}": closed for number in range(16, 36)})

    with pytest.raises(RegisterError, match=r"^This file would close 15 of 30 schools\. If that is right, say"):
        import_schools(file, links=LINKS)

    assert everything() == before


WHOLE = REGISTER.read_bytes()
BROKEN = {
    "empty": (b"", "line 1: the file is empty"),
    "blank": (b" \r\n \r\n", "line 1: the file is empty"),
    "web page": (b"<!DOCTYPE html><html></html>", "line 1: this is a web page"),
    "packed": (gzip.compress(b"URN"), "line 1: this is a packed file"),
    "UTF-16": ("URN,LA".encode("utf-16"), "line 1: saved as UTF-16"),
    "other columns": (b"Name,Town\r\nA,B\r\n", r"line 1: these columns are missing: URN, EstablishmentName,"),
    "links for register": (LINKS.read_bytes(), r"line 1: these columns are missing: EstablishmentName,"),
    "header alone": (WHOLE.split(b"\n")[0] + b"\n", "line 2: there is a header and nothing after it"),
    "cut off": (WHOLE[:-60], r"line 41: \d+ cells where the header has 32\. Is the file cut off"),
    "NUL": (WHOLE.replace(b"Quarry Bank Lower", b"Quarry\0Bank"), "line 15: a NUL character"),
    "open quote": (WHOLE.replace(b"Hollow Lane", b'"Hollow'), r"line \d+: .*Is the file cut off"),
    "same URN twice": (WHOLE.replace(b"\n120035", b"\n120034"), "line 41: URN 120034 stands on line 40"),
    "no URN": (WHOLE.replace(b"\n120035", b"\nabc"), "line 41: URN should be a number of five or six"),
    "no name": (WHOLE.replace(b"Ysgol y Bryn", b""), "line 35: EstablishmentName is empty"),
    "odd status": (
        WHOLE.replace(b",3,\"Open, but proposed to close\"", b",9,Asleep"),
        r"line 18: EstablishmentStatus \(code\) should be 1, 2, 3 or 4, not “9”",
    ),
    "odd day": (WHOLE.replace(b"01-04-2017", b"2017-04-01"), "line 3: OpenDate should be a day"),
    "odd number": (WHOLE.replace(b",318,", b",many,"), "line 3: NumberOfPupils should be a whole numb"),
    "number too big": (WHOLE.replace(b",318,", b",99999999999,"), "line 3: NumberOfPupils should be"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), BROKEN.values(), ids=BROKEN.keys())
def test_import_refuses_a_broken_file_and_says_where(tmp_path: Path, content: bytes, words: str) -> None:
    import_schools(REGISTER, links=LINKS)
    before = everything()
    broken = tmp_path / "broken.csv"
    broken.write_bytes(content)

    with pytest.raises(RegisterError, match=f"^broken.csv, {words}"):
        import_schools(broken, links=LINKS)

    assert everything() == before


def test_import_refuses_a_broken_file_of_links(tmp_path: Path) -> None:
    broken = tmp_path / "links.csv"
    broken.write_bytes(LINKS.read_bytes().replace(b"199999", b"soon"))

    with pytest.raises(RegisterError, match=r"^links.csv, line 12: LinkURN should be a number"):
        import_schools(REGISTER, links=broken)

    assert School.objects.count() == 0


def test_import_schools_command_says_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_schools", str(REGISTER), "--links", str(LINKS), "--la", "940, 857")

    assert capsys.readouterr().out.splitlines() == [
        "Read 40 rows and 14 links.",
        "  new schools                          5",
        "  changed                              0",
        "  closed                               0",
        "  converted (numbers joined)           1",
        "  merged into another school           0",
        "  unchanged                            0",
    ]


def test_import_schools_command_rehearses_without_a_trace(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_schools", str(REGISTER), "--links", str(LINKS), "--dry-run")

    assert capsys.readouterr().out.splitlines()[-1] == "This was a dry run: nothing was changed."
    assert (School.objects.count(), SchoolURN.objects.count()) == (0, 0)


def test_import_schools_command_refuses_in_one_sentence() -> None:
    with pytest.raises(CommandError, match=r"^absent.csv cannot be opened: .* Nothing was changed\.$"):
        call_command("import_schools", "absent.csv")


def test_import_of_the_hubs_area_finds_its_571_state_schools(area: Path) -> None:
    summary = import_schools(area / "gias_ems_area_all.csv", links=area / "links_ems_area.csv")

    hub = School.objects.open().filter(la_code__in=["855", "856", "857", "940"], state_funded=True)
    assert summary.rows == 1621
    assert Counter(hub.values_list("la_name", flat=True)) == {
        "Leicestershire": 288,
        "North Northamptonshire": 144,
        "Leicester": 117,
        "Rutland": 22,
    }
    assert Counter(hub.values_list("phase", flat=True)) == {"2": 439, "4": 87, "0": 28, "6": 8, "1": 6, "7": 3}


def test_import_of_the_hubs_area_knows_its_conversions(area: Path) -> None:
    import_schools(area / "gias_ems_area_all.csv", links=area / "links_ems_area.csv")

    assert school_of("120204") == school_of("144118")
    assert urns_of(school_of("120265"))[0] == ("120265", None, date(2013, 4, 30))
    assert SchoolURN.objects.count() == 1621
