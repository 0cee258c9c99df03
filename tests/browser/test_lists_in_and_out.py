"""A list with bad rows comes in, and a list with names leaves: both walked in a browser by who runs the office."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, expect

from booking.handing import take_lists_in
from booking.integrity import violations as broken
from booking.models import Disclosure, HandedList, Place
from tests.browser.conftest import overflow, press, violations
from tests.factories import create_booking, create_hub_staff, create_lead, create_school, create_work_group

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

ROWS = """Course\tSchool URN\tTeacher\tMail
Bar models\t900111\tKim Bell\tkim@oakfield.example
Bar models\t900111\tTom Teasel\t
Bar models\t999999\tDi Ash\tdi@nowhere.example
Number lines\t900111\tAl Fox\t"""


@pytest.mark.parametrize("script", [True, False])
def test_bookings_come_in_from_pasted_rows_and_the_bad_ones_are_named(
    new_context: Callable[..., BrowserContext], script: bool
) -> None:
    create_school(name="Oakfield Primary", urn="900111")
    create_work_group(title="Bar models")
    page = new_context(create_hub_staff(), width=390, script=script).new_page()

    page.goto("/office/take-in/")
    page.get_by_role("link", name="Send a list of bookings").click()
    page.get_by_label("Or paste the rows here").fill(ROWS)
    press(page, "Send it, and say what each column is")
    # What the headings seem to say is filled in.
    expect(page.get_by_label("Work group", exact=True)).to_have_value("0")
    expect(page.get_by_label("E-mail")).to_have_value("3")
    assert (overflow(page) <= 0, not script or violations(page) == []) == (True, True)
    press(page, "See what each row would do")

    expect(page.get_by_text("No school has the URN 999999.")).to_be_visible()
    expect(page.get_by_text("No work group is called “Number lines”.")).to_be_visible()
    assert (overflow(page) <= 0, not script or violations(page) == []) == (True, True)
    assert Place.objects.count() == 0
    with page.expect_download() as rest:
        page.get_by_role("link", name="Download them with the reason").click()
    press(page, "Take 2 rows in")
    expect(page.get_by_text("being taken in")).to_be_visible()
    take_lists_in()
    if not script:
        page.get_by_role("link", name="Look again").click()
    expect(page.get_by_text("new 2.")).to_be_visible()
    page.get_by_role("link", name="Oakfield Primary on Bar models").click()

    expect(page.get_by_text("Kim Bell").first).to_be_visible()
    assert rest.value.suggested_filename.endswith(".xlsx")
    assert HandedList.objects.get().rows == ""
    assert list(broken()) == []


def test_list_with_names_leaves_once_it_is_said_to_whom(new_context: Callable[..., BrowserContext]) -> None:
    group = create_work_group(title="Bar models")
    create_booking(work_group=group, by=create_lead(name="Lena Marsh"))
    page = new_context(create_hub_staff(name="Olive Office")).new_page()

    page.goto(f"/office/work-groups/{group.pk}/")
    page.get_by_role("link", name="Its bookings").click()
    press(page, "Take it away as CSV")
    expect(page.get_by_role("link", name="Say to whom it goes.")).to_be_visible()
    assert violations(page) == []
    page.get_by_label("To whom does it go?").fill("NCETM")
    page.get_by_label("Why?").select_option("funder")
    with page.expect_download() as file:
        press(page, "Take it away as CSV")
    page.goto("/office/passed-on/")

    expect(page.get_by_text("NCETM")).to_be_visible()
    assert file.value.suggested_filename == f"bookings-{timezone.localdate()}.csv"
    kept = Disclosure.objects.get()
    assert (kept.rows, kept.filters, kept.by.name if kept.by else "") == (2, "Bar models", "Olive Office")
