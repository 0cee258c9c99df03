"""The area in a browser: the map, its filters and list, and inviting schools from the list beside it."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, expect

from accounts.schoolyear import school_year_of
from booking.models import SchoolRule
from tests.browser.conftest import overflow, violations
from tests.factories import create_hub_staff, create_past, create_project, create_school, create_work_group

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

YEAR = school_year_of(timezone.localdate())


@pytest.mark.parametrize(("width", "dark", "script"), [(1280, False, True), (320, True, False)])
def test_area_is_filtered_read_and_leads_to_an_invitation(
    new_context: Callable[..., BrowserContext], width: int, dark: bool, script: bool
) -> None:
    project, group = (
        create_project(title="Mastery"),
        create_work_group(recruitment="invitation", title="For the invited"),
    )
    create_past(school=create_school(name="Ash Primary", town="Wigston"), year=YEAR, project=project)
    create_past(school=create_school(name="Oak Primary"), year=YEAR - 2, project=project)
    never = create_school(name="Elm Primary")
    create_school(name="Yew High", phase="4")
    page = new_context(create_hub_staff(), width=width, dark=dark, script=script).new_page()

    page.goto(reverse("office_area"))
    expect(page.get_by_role("img", name="The schools of the area")).to_be_visible()
    assert page.locator(".area :is(.area-now, .area-before, .area-never) > title").all_text_contents() == [
        "Elm Primary, Oadby",
        "Yew High, Oadby",
        "Oak Primary, Oadby",
        "Ash Primary, Wigston",
    ]
    page.get_by_label("Project").select_option("Mastery")
    page.get_by_label("Teaching").select_option("Primary")
    page.get_by_label("Show", exact=True).select_option("never")
    page.get_by_role("button", name="Show").click()
    assert "reached=never" in page.url
    page.get_by_text("1 school, one by one").click()
    expect(page.get_by_role("link", name="Elm Primary")).to_be_visible()
    if script:  # axe is a script
        assert violations(page) == []
    assert overflow(page) <= 0

    page.get_by_role("link", name="whom to invite").click()
    page.get_by_role("checkbox", name="Elm Primary").check()
    page.get_by_label("Invite them to").select_option("For the invited")
    page.get_by_role("button", name="Invite them").click()

    expect(page.get_by_text("Invited: For the invited")).to_be_visible()
    assert list(SchoolRule.objects.values_list("school", "work_group")) == [(never.pk, group.pk)]
    assert overflow(page) <= 0
