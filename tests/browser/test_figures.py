"""The year in figures in a browser: read, opened as tables on a telephone, frozen, and corrected beside it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from booking.models import FrozenYear
from tests.browser.conftest import overflow, violations
from tests.factories import create_hub_staff, create_user
from tests.series import Series

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

NewContext = Callable[..., BrowserContext]


def test_figures_are_frozen_and_corrected_beside_what_was_frozen(new_context: NewContext) -> None:
    series = Series(past=3, coming=0, completion_number=3)
    series.came("present", "present", "absent")
    page = new_context(create_hub_staff(), script=False).new_page()

    page.goto(f"/office/figures/?year={series.group.year}")
    page.get_by_role("link", name="Freeze these figures").click()
    page.get_by_role("button", name="Freeze the figures of").click()
    expect(page.get_by_text("are frozen as they are now")).to_be_visible()
    series.mark(3, "present")
    page.get_by_role("link", name="in figures").click()
    page.get_by_role("link", name="Correct what was frozen").click()
    page.get_by_label("Why are the figures corrected?").fill("The register came on paper.")
    page.get_by_role("button", name="Freeze the corrected figures").click()

    expect(page.get_by_text("The register came on paper.")).to_be_visible()
    expect(page.get_by_text("Nowhere: every school in every project stands as it was frozen.")).to_be_visible()
    assert [(one.number, one.figures["whole"]["completed"]) for one in FrozenYear.objects.all()] == [(2, 1), (1, 0)]


def test_figures_of_the_board_fit_a_telephone_and_open_as_tables(new_context: NewContext) -> None:
    series = Series(past=3, coming=0, completion_number=3)
    series.came("present", "present", "present")
    page = new_context(create_user(hub_role="reader"), width=320).new_page()

    page.goto(f"/office/figures/?year={series.group.year}")
    closed = violations(page), overflow(page)
    for summary in page.get_by_text("The same as a table").all():
        summary.click()

    expect(page.get_by_role("table", name="From applying to completing")).to_be_visible()
    assert closed == ([], 0)
    assert (violations(page), overflow(page)) == ([], 0)
