"""Year-end figures are frozen, shown beside those of today, and corrected beside what was frozen."""

from collections.abc import Callable
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from accounts.models import HistoryLine, Phase, User
from accounts.schoolyear import school_year_label, school_year_of
from booking.actions import frozen as actions
from booking.actions import places
from booking.models import FrozenYear, Reflection, Session
from booking.reports import year as reports
from booking.reports.year import frozen as freezings
from tests.factories import (
    create_booking,
    create_frozen_year,
    create_hub_staff,
    create_past,
    create_school,
    create_task,
    create_user,
    create_work_group,
)
from tests.series import Series

pytestmark = pytest.mark.django_db(transaction=True)


def freeze(series: Series, *, by: User, seen: int = 0, note: str = "") -> FrozenYear:
    year = reports.of_year(series.group.year)
    return actions.freeze(
        year=series.group.year,
        figures=year.frozen_figures,
        engagements=reports.engagements(year),
        definitions=reports.VERSION,
        seen=seen,
        note=note,
        by=by,
    )


def test_freeze_keeps_the_figures_with_who_and_when_and_by_which_definitions() -> None:
    staff, series = create_hub_staff(), Series(past=3, coming=0, completion_number=3)
    series.came("present", "present", "present")

    frozen = freeze(series, by=staff)

    assert (frozen.number, frozen.frozen_by, frozen.definitions) == (1, staff, reports.VERSION)
    assert (frozen.figures["whole"]["started"], frozen.figures["whole"]["completed"]) == (1, 1)
    urn = series.school.urns.get().urn
    stages = ["applied", "accepted", "started", "completed"]
    assert frozen.engagements == [[series.school.pk, urn, series.group.project_id, stages, None]]
    line = HistoryLine.objects.get(verb="year_frozen")
    assert (line.by, line.details) == (staff, {"year": series.group.year, "number": 1, "definitions": reports.VERSION})


def test_freeze_stands_while_registers_are_put_right_and_says_the_difference() -> None:
    staff, series = create_hub_staff(), Series(past=3, coming=0, completion_number=3)
    series.came("present", "present")
    frozen = freeze(series, by=staff)

    series.mark(3, "present")

    now = reports.of_year(series.group.year)
    lines = {one.words: (one.then, one.now, one.difference_words) for one in freezings.beside(frozen, now)}
    assert lines["Engagements completed"] == (0, 1, "+1")
    assert lines["Engagements ended without completing"] == (1, 0, "−1")
    assert lines["Engagements started"] == (1, 1, "the same")
    changed = [(one.school, one.then, one.now) for one in freezings.changes(frozen, now)]
    assert changed == [
        (series.school.name, "applied, accepted, started, ended", "applied, accepted, started, completed")
    ]


def test_freeze_again_is_a_correction_with_a_note_and_overwrites_nothing() -> None:
    staff, series = create_hub_staff(), Series(past=3, coming=0, completion_number=3)
    first = freeze(series, by=staff)
    series.came("present", "present", "present")

    with pytest.raises(ValidationError, match="Say why the figures are corrected"):
        freeze(series, by=staff, seen=1)
    second = freeze(series, by=staff, seen=1, note="A register came late.")

    assert [(one.number, one.note, one.figures["whole"]["completed"]) for one in FrozenYear.objects.all()] == [
        (2, "A register came late.", 1),
        (1, "", 0),
    ]
    assert FrozenYear.objects.that_hold() == {series.group.year: second}
    assert FrozenYear.objects.get(pk=first.pk).figures == first.figures
    assert HistoryLine.objects.get(verb="year_corrected").reason == "A register came late."


def test_freeze_refuses_whoever_has_not_seen_the_last_and_a_year_that_has_not_begun() -> None:
    staff, series = create_hub_staff(), Series(past=1, coming=0)
    freeze(series, by=staff)

    with pytest.raises(ValidationError, match="Somebody has frozen this year meanwhile"):
        freeze(series, by=staff, seen=0, note="Again")
    with pytest.raises(ValidationError, match="This year has not begun"):
        actions.freeze(year=series.group.year + 1, figures={}, engagements=[], definitions=1, seen=0, note="", by=staff)

    assert FrozenYear.objects.count() == 1


def test_freeze_is_done_by_staff_on_the_page_and_read_by_readers(log_in: Callable[[User], Client]) -> None:
    series = Series(past=3, coming=0, completion_number=3)
    series.came("present", "present", "present")
    staff, reader = log_in(create_hub_staff(name="Sam Ashby")), log_in(create_user(hub_role="reader"))
    year = series.group.year

    first = staff.post(f"/office/figures/{year}/freeze/", {"seen": "0", "note": ""})
    unseen = staff.post(f"/office/figures/{year}/freeze/", {"seen": "0", "note": "A word"})
    refused = reader.post(f"/office/figures/{year}/freeze/", {"seen": "1", "note": "A word"})

    frozen = FrozenYear.objects.get()
    assert (first.status_code, first.url) == (302, f"/office/figures/frozen/{frozen.pk}/")
    assert "Somebody has frozen this year meanwhile" in unseen.content.decode()
    assert refused.status_code == 404
    page = reader.get(f"/office/figures/frozen/{frozen.pk}/").content.decode()
    assert "Frozen by Sam Ashby" in page
    assert series.school.name not in page
    assert "Freeze these figures" not in reader.get("/office/figures/").content.decode()


def test_freeze_asks_why_only_the_second_time(log_in: Callable[[User], Client]) -> None:
    staff, year = log_in(create_hub_staff()), school_year_of(timezone.localdate())
    create_booking(work_group=create_work_group())
    staff.post(f"/office/figures/{year}/freeze/", {"seen": "0", "note": ""})

    page = staff.post(f"/office/figures/{year}/freeze/", {"seen": "1", "note": " "}).content.decode()

    assert "Say why the figures are corrected: whoever reads them is told." in page
    assert FrozenYear.objects.count() == 1


def test_year_before_shows_what_was_frozen_in_the_years_side_by_side() -> None:
    staff, series = create_hub_staff(), Series(past=3, coming=0, completion_number=3)
    series.came("present", "present", "present")
    freeze(series, by=staff)
    series.mark(1, "absent")

    lines = reports.of_year(series.group.year + 1).years

    assert [(line.year, line.source, line.completed) for line in lines][-2:] == [
        (series.group.year, "frozen", 1),
        (series.group.year + 1, "counted here", 0),
    ]


def test_year_that_a_list_adds_to_has_the_same_figures_once_it_is_frozen() -> None:
    staff, series = create_hub_staff(), Series(past=3, coming=0, completion_number=3)
    series.came("present", "present", "present")
    create_past(school=create_school(), year=series.group.year, outcome="completed")
    before = line_in_next_year(series.group.year)

    frozen = freeze(series, by=staff)

    assert (before, line_in_next_year(series.group.year)) == ((2, 2, 0, 2), (2, 2, 0, 2))
    frozen.figures.pop("line")
    frozen.save()
    assert line_in_next_year(series.group.year) == (1, 1, 0, 1)


def line_in_next_year(year: int) -> tuple[int | None, ...]:
    line = reports.of_year(year + 1).years[-2]
    return line.started, line.completed, line.withdrew, line.schools


def test_board_paper_is_one_tagged_page_that_names_no_school(log_in: Callable[[User], Client]) -> None:
    series = Series(past=3, coming=0, completion_number=3)
    series.came("present", "present", "present")
    staff = create_hub_staff()
    freeze(series, by=staff)

    made = log_in(create_user(hub_role="reader")).get(f"/office/figures/board.pdf?year={series.group.year}")

    paper = PdfReader(BytesIO(made.content))
    assert made["Content-Type"] == "application/pdf"
    assert len(paper.pages) == 1
    text = paper.pages[0].extract_text()
    assert "From applying to completing" in text
    assert "Frozen on" in text
    assert series.school.name not in text
    assert alt_texts(paper)[0] == "1 open state-funded school: 1 completed a group."
    assert bool(paper.trailer["/Root"]["/MarkInfo"]["/Marked"])
    assert "pdfuaid:part" in paper.xmp_metadata.stream.get_data().decode()  # type: ignore[union-attr]  # there is one


def test_group_summary_paper_says_who_came_and_names_nobody(log_in: Callable[[User], Client]) -> None:
    series = Series(past=3, coming=0, completion_number=3)
    series.came("present", "absent", "present")

    made = log_in(create_hub_staff()).get(f"/registers/summary/{series.group.pk}/summary.pdf")

    paper = PdfReader(BytesIO(made.content))
    text = "".join(page.extract_text() for page in paper.pages)
    assert "1 school started and 0 completed; 1 person came, 0 completed." in text
    assert series.ann.name not in text
    assert series.school.name not in text
    assert alt_texts(paper) == ["Who came: session 1 1 of 1, session 2 0 of 1, session 3 1 of 1."]


def test_group_summary_paper_counts_what_the_years_figures_do(log_in: Callable[[User], Client]) -> None:
    series = Series(past=3, coming=0, completion_number=2)
    series.came("cleared", "present", "present")
    for number, outcome in (2, "tried"), (3, "stuck"):
        task = create_task(session=series.session(number))
        Reflection.objects.create(task=task, person=series.ann, outcome=outcome)
    Session.objects.filter(pk=series.session(3).pk).update(status="cancelled")

    made = log_in(create_hub_staff()).get(f"/registers/summary/{series.group.pk}/summary.pdf")

    assert alt_texts(PdfReader(BytesIO(made.content))) == [
        "Who came: session 1 not marked, session 2 1 of 1.",
        "1 reflection: 1 tried it.",
    ]


def alt_texts(paper: PdfReader) -> list[str]:
    """What the pictures of a paper say to who cannot see them, in their order."""
    found: list[str] = []

    def walk(node: object) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for one in node:
                walk(one)
        elif isinstance(node, dict):
            if "/Alt" in node:
                found.append(str(node["/Alt"]))
            if "/K" in node:
                walk(node["/K"])

    walk(paper.trailer["/Root"]["/StructTreeRoot"])
    return found


def test_frozen_shows_the_tables_as_they_were_counted() -> None:
    series = Series(past=3, coming=0)
    frozen = freeze(series, by=create_hub_staff())
    client = Client()
    client.force_login(create_hub_staff())

    before = freezings.kept(frozen)
    create_school(phase=Phase.SECONDARY)
    page = client.get(f"/office/figures/frozen/{frozen.pk}/").content.decode()

    assert freezings.kept(frozen) == before
    assert [one.title for one in before] == [
        "By phase",
        "By local authority",
        "By project",
        "By project, of the schools it is for",
    ]
    assert "As they were counted then" in page


def test_frozen_school_by_school_is_read_and_taken_away_as_it_stood() -> None:
    staff, series = create_hub_staff(), Series(past=3, coming=1, completion_number=3)
    series.came("present", "present")
    gone = create_booking(work_group=series.group, people=1)
    places.withdraw(booking=gone, reason="illness", by=gone.made_by)
    frozen = freeze(series, by=staff)
    # What was frozen while reasons were still kept tells them to nobody.
    FrozenYear.objects.filter(pk=frozen.pk).update(engagements=[[*line, "illness"] for line in frozen.engagements])
    client, url = Client(), f"/office/figures/frozen/{frozen.pk}/schools/"
    client.force_login(staff)

    series.mark(3, "present")
    page = client.get(url).content.decode()
    made = client.get(f"{url}?as=csv").getvalue().decode().splitlines()

    today = f"{timezone.localdate():%d/%m/%Y}"
    urns = [school.urns.get().urn for school in (series.school, gone.school)]
    label = school_year_label(series.group.year)
    names = [series.school.name, gone.school.name]
    title = series.group.project.title
    assert "applied, accepted, started, active</td>" in page
    assert ("illness" in page.lower(), "illness" in "".join(made).lower()) == (False, False)
    assert sorted(made[1:]) == sorted(
        [
            f"{urns[0]},{names[0]},{title},{label},yes,yes,yes,yes,no,no,no,",
            f"{urns[1]},{names[1]},{title},{label},yes,yes,no,no,no,yes,no,{today}",
        ]
    )


def test_frozen_school_by_school_is_for_the_office_alone(log_in: Callable[[User], Client]) -> None:
    frozen = create_frozen_year()

    answer = log_in(create_user(hub_role="reader")).get(f"/office/figures/frozen/{frozen.pk}/schools/")
    page = log_in(create_user(hub_role="reader", email="second@board.example")).get(
        f"/office/figures/frozen/{frozen.pk}/"
    )

    assert (answer.status_code, "School by school" in page.content.decode()) == (404, False)


def test_frozen_tables_of_the_board_put_lines_of_fewer_than_three_schools_together(
    log_in: Callable[[User], Client],
) -> None:
    stages = {"applied": 4, "accepted": 4, "started": 4, "completed": 1, "withdrew": 0}
    few = {"applied": 1, "accepted": 1, "started": 1, "completed": 1, "withdrew": 0}
    figures = {
        "phases": [["Primary", 9, 4, 4, 1], ["Nursery", 1, 1, 1, 1], ["Secondary", 5, 0, 0, 0]],
        "authorities": [["Leicester", 15, 5, 5, 2]],
        "projects": [[1, "Large", stages, {}], [2, "Lone", few, {}], [3, "Next", few, {}], [4, "Last", few, {}]],
        "reach": [["Large", 9, 4, 4, 1], ["Lone", 9, 1, 1, 1]],
    }
    frozen = create_frozen_year()
    FrozenYear.objects.filter(pk=frozen.pk).update(figures=frozen.figures | figures)
    frozen.refresh_from_db()

    found = {one.title: [list(row) for row in one.rows] for one in freezings.kept(frozen, for_board=True)}
    page = log_in(create_user(hub_role="reader")).get(f"/office/figures/frozen/{frozen.pk}/").content.decode()

    assert found == {
        "By phase": [["Primary", 9, 4, 4, 1], ["2 smaller lines together", 6, 1, 1, 1]],
        "By local authority": [["Leicester", 15, 5, 5, 2]],
        "By project": [["Large", 4, 4, 1, 0], ["3 smaller lines together", 3, 3, 3, 0]],
    }
    assert [words for words in ("Nursery", "Lone") if words in page] == []
