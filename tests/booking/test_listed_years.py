"""A school year of which a list alone is held: what the list says is shown, and nothing is counted as nought."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.schoolyear import school_year_label, school_year_of
from booking.actions import frozen
from booking.models import FrozenYear
from booking.reports import year as reports
from tests.factories import create_hub_staff, create_past, create_school, create_user, create_work_group

pytestmark = pytest.mark.django_db(transaction=True)

LogIn = Callable[[User], Client]
YEAR = school_year_of(timezone.localdate()) - 3
LABEL = school_year_label(YEAR)


def create_list() -> None:
    """Three lines of a former year: one school completed, another withdrew, a third never came."""
    for name, fields in {
        "Alder": {"outcome": "completed", "title": "Readiness"},
        "Beech": {"outcome": "withdrew", "title": "Readiness"},
        "Cedar": {"started": False, "title": "Fluency"},
    }.items():
        create_past(school=create_school(name=name), year=YEAR, source="Hub sheet", **fields)


def test_figures_of_a_listed_year_say_what_the_list_holds_and_never_nought(log_in: LogIn) -> None:
    create_list()

    page = log_in(create_hub_staff()).get(f"/office/figures/?year={YEAR}").content.decode()

    says = "2 engagements of 2 schools started, 1 of them completed; 1 withdrew"
    assert (says in page, "Hub sheet" in page, "School by school" in page) == (True, True, True)
    counted = ("0 schools engaged", "not with us this year", "From applying", "Freeze these", "board.pdf")
    assert [words for words in counted if words in page] == []


def test_figures_of_a_listed_year_name_no_school_and_no_source_to_the_board(log_in: LogIn) -> None:
    create_list()

    page = log_in(create_user(hub_role="reader")).get(f"/office/figures/?year={YEAR}").content.decode()

    assert "2 engagements of 2 schools started" in page
    assert [words for words in ("Alder", "Hub sheet", "School by school") if words in page] == []


def test_years_side_by_side_take_a_listed_year_for_listed_when_it_is_the_one_shown() -> None:
    create_list()

    line = reports.of_year(YEAR).years[-1]

    assert (line.source, line.started, line.completed, line.withdrew, line.schools) == ("from a list", 2, 1, 1, 2)


def test_paper_and_freezing_of_a_listed_year_are_refused_in_a_sentence(log_in: LogIn) -> None:
    create_list()
    client = log_in(create_hub_staff())

    for url in (f"/office/figures/board.pdf?year={YEAR}", f"/office/figures/{YEAR}/freeze/"):
        page = client.get(url, follow=True)
        assert page.redirect_chain == [(f"/office/figures/?year={YEAR}", 302)]
        assert f"No group of {LABEL} is held here" in page.content.decode()
    posted = client.post(f"/office/figures/{YEAR}/freeze/", {"seen": "0"}, follow=True)

    assert f"No group of {LABEL} is held here" in posted.content.decode()
    assert FrozenYear.objects.count() == 0


def test_freeze_of_a_year_without_groups_is_refused() -> None:
    create_list()
    create_work_group(status="draft", year=YEAR)

    with pytest.raises(ValidationError, match=f"No group of {LABEL} is held here"):
        frozen.freeze(year=YEAR, figures={}, engagements=[], definitions=1, seen=0, note="", by=create_hub_staff())


def test_school_by_school_of_a_listed_year_shows_the_lines_of_the_list(log_in: LogIn) -> None:
    create_list()
    create_past(school=create_school(name="Other year"), year=YEAR - 1)

    client = log_in(create_hub_staff())
    page = client.get(f"/office/figures/schools/?year={YEAR}").content.decode()
    made = client.get(f"/office/figures/schools/?year={YEAR}&as=csv").getvalue().decode().splitlines()

    shown = ("Alder", "completed", "Beech", "took part, and withdrew", "Cedar", "signed up, never came", "Hub sheet")
    assert [words for words in shown if words not in page] == []
    assert "Other year" not in page
    assert [line.split(",")[1] for line in made] == ["School", "Alder", "Beech", "Cedar"]


def test_year_with_a_group_of_its_own_is_counted_here(log_in: LogIn) -> None:
    create_list()
    create_work_group(year=YEAR)

    page = log_in(create_hub_staff()).get(f"/office/figures/?year={YEAR}").content.decode()

    assert ("0 schools engaged" in page, "Freeze these figures" in page) == (True, True)
