"""Taking the register in: what changes, what is left alone, and when the whole file is refused."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.gias import RegisterError, Summary
from accounts.models import HistoryLine, RegisterImport, School, SchoolURN
from tests.factories import create_school
from tests.register_files import CLOSED, LINKS, REGISTER, everything, plan_of, school_of, take_in, urns_of

pytestmark = pytest.mark.django_db


def test_import_twice_changes_nothing() -> None:
    take_in(REGISTER, links=LINKS)
    before = everything()

    summary = take_in(REGISTER, links=LINKS)

    assert summary == Summary(rows=40, links=14, unchanged=36)
    assert everything() == before
    assert HistoryLine.objects.exclude(verb="register_applied").count() == 0


def test_import_updates_what_the_register_says_anew(edited: Callable[..., Path]) -> None:
    take_in(REGISTER, links=LINKS)
    school = school_of("120031")

    summary = take_in(
        edited({"120031": {"EstablishmentName": "Tiny Village Academy", "NumberOfPupils": "64"}}), links=LINKS
    )

    school.refresh_from_db()
    assert summary == Summary(rows=40, links=14, changed=1, unchanged=35)
    assert (school.name, school.pupils) == ("Tiny Village Academy", 64)
    assert list(School.objects.matching("tiny academy")) == [school]


def test_import_closes_a_school_and_writes_its_history(edited: Callable[..., Path]) -> None:
    take_in(REGISTER, links=LINKS)
    closing = {"EstablishmentStatus (code)": "2", "CloseDate": "31-08-2026"}

    summary = take_in(edited({"120034": closing}), links=LINKS)

    school = school_of("120034")
    assert summary == Summary(rows=40, links=14, closed=1, unchanged=35)
    assert (school.status, urns_of(school)) == ("2", [("120034", None, date(2026, 8, 31))])
    assert HistoryLine.objects.about(school).get().verb == "school_closed"


def test_import_leaves_known_facts_where_the_file_has_no_such_column(edited: Callable[..., Path]) -> None:
    take_in(REGISTER, links=LINKS)
    before = everything()

    take_in(edited(less=["TelephoneNum", "NumberOfPupils", "Easting", "Northing", "OpenDate", "Town"]))

    assert everything() == before


def test_import_leaves_schools_alone_that_the_file_does_not_name(edited: Callable[..., Path]) -> None:
    take_in(REGISTER, links=LINKS)
    before = everything()

    summary = take_in(edited(without=["120034", "120035"]), links=LINKS)

    assert summary.absent == 2
    assert everything() == before


def test_import_never_touches_invented_schools_or_settings_off_the_register(edited: Callable[..., Path]) -> None:
    invented = create_school(name="Oakfield Primary (demo)", urn="900001")
    nursery = create_school(name="Ladybird Nursery", urn="120034", on_register=False)
    file = edited({"120033": {"URN": "900001"}, "120035": {"URN": "900777"}})

    summary = take_in(file, links=LINKS)

    assert summary.left_out == 3
    assert School.objects.get(pk=invented.pk).name == "Oakfield Primary (demo)"
    assert School.objects.get(pk=nursery.pk).name == "Ladybird Nursery"
    assert SchoolURN.objects.filter(urn="900777").count() == 0


@pytest.mark.parametrize("gone", ["closed", "left out"])
def test_import_refuses_a_file_by_which_too_many_are_gone(edited: Callable[..., Path], gone: str) -> None:
    take_in(REGISTER, links=LINKS)
    before = everything()
    three = ["120033", "120034", "120035"]
    file = edited(dict.fromkeys(three, CLOSED)) if gone == "closed" else edited(without=three)

    with pytest.raises(RegisterError, match=r"^By this file 3 of 29 open schools would close or vanish, which is more"):
        take_in(file, links=LINKS)

    assert everything() == before


def test_import_of_half_the_rows_is_refused(tmp_path: Path) -> None:
    take_in(REGISTER, links=LINKS)
    before = everything()
    half = tmp_path / "half.csv"
    half.write_bytes(b"".join(REGISTER.read_bytes().splitlines(keepends=True)[:20]))

    with pytest.raises(RegisterError, match=r"of 29 open schools would close or vanish"):
        take_in(half, links=LINKS)

    assert everything() == before


def test_import_of_one_authority_counts_its_own_schools_alone(edited: Callable[..., Path]) -> None:
    take_in(REGISTER, links=LINKS)

    summary = take_in(edited(without=["120006", "120018", "120019", "120020"]), authorities=["857"])

    assert (summary.absent, summary.unchanged) == (0, 2)


def test_import_believes_a_file_for_a_reason_that_the_history_keeps(edited: Callable[..., Path]) -> None:
    take_in(REGISTER, links=LINKS)

    plan = plan_of(
        edited(dict.fromkeys(["120033", "120034", "120035"], CLOSED)), believe="the north was given to another hub"
    )

    assert plan.summary.closed == 3
    line = HistoryLine.objects.get(verb="register_applied", reason="the north was given to another hub")
    assert line.details == {"import": RegisterImport.objects.latest("pk").pk}


def test_import_names_what_becomes_of_each_school(edited: Callable[..., Path]) -> None:
    take_in(REGISTER, links=LINKS)
    changes = {
        "120031": {"EstablishmentName": "Tiny Village Academy"},
        "120033": {"Street": "Mill Lane", "Town": "Kettering"},
        "120034": CLOSED,
        "120035": {"StatutoryHighAge": "7"},
    }

    plan = plan_of(edited(changes, without=["120019"]), links=LINKS)

    assert [(one.kind, one.urn, one.words) for one in sorted(plan.changes, key=lambda one: one.urn)] == [
        ("vanished", "120019", "Leicester, LE3 1AB"),
        ("renamed", "120031", "was Tiny Village Primary School"),
        ("moved", "120033", "School Lane, Corby, NN17 1AB → Mill Lane, Kettering, NN17 1AB"),
        ("closed", "120034", ""),
        ("regraded", "120035", "Primary, 4 to 11 → Primary, 4 to 7"),
    ]


def test_import_says_of_a_closing_school_what_follows_where_that_is_not_clear(edited: Callable[..., Path]) -> None:
    opened = {"EstablishmentStatus (code)": "1", "CloseDate": ""}
    take_in(edited({"120009": opened, "120012": opened}), links=LINKS)

    plan = plan_of(REGISTER, links=LINKS)

    closed = sorted((one.urn, one.words) for one in plan.changes if one.kind == "closed")
    assert closed == [
        ("120009", "followed by Quarry Bank Lower School, URN 140010 and by Quarry Bank Upper School, URN 140011"),
        ("120012", "followed by URN 199999, which is not in the file"),
    ]


@pytest.mark.parametrize(
    ("urn", "status", "kind"), [("120034", "3", "closing"), ("150014", "1", "opened"), ("120012", "1", "reopened")]
)
def test_import_names_a_school_that_opens_or_is_to_close(
    edited: Callable[..., Path], urn: str, status: str, kind: str
) -> None:
    take_in(REGISTER)

    plan = plan_of(edited({urn: {"EstablishmentStatus (code)": status, "CloseDate": ""}}))

    assert [(one.kind, one.urn) for one in plan.changes] == [(kind, urn)]


def test_import_lets_a_school_stand_again_that_was_merged(edited: Callable[..., Path]) -> None:
    take_in(REGISTER, links=LINKS)
    again = {"120004": {"EstablishmentStatus (code)": "1", "CloseDate": ""}}

    take_in(edited(again), links=None)

    school = school_of("120004")
    assert (school.is_open, school.merged_into) == (True, None)


def _said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What the command said while it worked, and then of its work."""
    captured = capsys.readouterr()
    return captured.err.splitlines() + captured.out.splitlines()


def test_import_schools_command_says_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_schools", str(REGISTER), "--links", str(LINKS), "--la", "940, 857")

    assert _said(capsys) == [
        "Reading register.csv …",
        "Comparing with the hub's schools …",
        "Writing …",
        "Read 40 rows and 14 links.",
        "  new schools                          5",
        "  changed                              0",
        "  closed                               0",
        "  converted (numbers joined)           1",
        "  merged into another school           0",
        "  unchanged                            0",
        "register.csv has no column Trusts (name), PercentageFSM: what the hub knows of these stays.",
    ]


def test_import_schools_command_rehearses_without_a_trace(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_schools", str(REGISTER), "--links", str(LINKS), "--dry-run")

    assert capsys.readouterr().out.splitlines()[-1] == "This was a dry run: nothing was changed."
    assert (School.objects.count(), SchoolURN.objects.count()) == (0, 0)


def test_import_schools_command_refuses_in_one_sentence() -> None:
    with pytest.raises(CommandError, match=r"^absent.csv cannot be opened: .* Nothing was changed\.$"):
        call_command("import_schools", "absent.csv")


def test_import_of_the_hubs_area_finds_its_571_state_schools(area: Path) -> None:
    summary = take_in(area / "gias_ems_area_all.csv", links=area / "links_ems_area.csv")

    hub = School.objects.open().filter(la_code__in=["855", "856", "857", "940"], state_funded=True)
    assert summary.rows == 1621
    assert Counter(hub.values_list("la_name", flat=True)) == {
        "Leicestershire": 288,
        "North Northamptonshire": 144,
        "Leicester": 117,
        "Rutland": 22,
    }
    assert Counter(hub.values_list("phase", flat=True)) == {"2": 439, "4": 87, "0": 28, "6": 8, "1": 6, "7": 3}
