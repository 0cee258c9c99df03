"""The office finds things while it types, and works through what needs it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, expect

from booking.models import Attendance, WorkGroup
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_school,
    create_session,
    create_user,
    create_venue,
    create_work_group,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def test_office_finds_a_school_while_typing_and_by_the_keyboard(new_context: Callable[..., BrowserContext]) -> None:
    create_school(name="Harebell Primary", town="Oadby")
    create_user(name="Hana Reed")
    page = new_context(create_hub_staff()).new_page()
    page.goto(reverse("office_venue_list"))

    field = page.get_by_label("Find a school, person, group or booking")
    field.fill("ha")
    expect(page.get_by_role("link", name="Harebell Primary")).to_be_visible()
    expect(page.get_by_role("link", name="Hana Reed")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Schools: 1. People: 1.")).to_have_count(1)
    field.press("Escape")
    expect(page.get_by_role("link", name="Harebell Primary")).to_be_hidden()
    field.press_sequentially("r")
    expect(page.get_by_role("link", name="Harebell Primary")).to_be_visible()
    field.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1, name="Harebell Primary")).to_be_visible()


def test_office_finds_without_script(new_context: Callable[..., BrowserContext]) -> None:
    school = create_school(name="Harebell Primary")
    booking = create_booking(work_group=create_work_group(title="Bars"), by=create_lead(school=school))
    page = new_context(create_hub_staff(), script=False).new_page()
    page.goto(reverse("office_home"))

    page.get_by_label("Find a school, person, group or booking").fill("harebell bars")
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_role("link", name="Harebell Primary, Bars").click()

    assert page.url.endswith(booking.get_absolute_url())


def test_office_works_through_today_until_nothing_needs_it(new_context: Callable[..., BrowserContext]) -> None:
    hall = create_venue(name="Hall")
    few = create_work_group(title="Few", sessions=0, fewest_schools=4, decide_by=timezone.localdate())
    for title in ("Bars", "Cubes"):
        create_session(work_group=create_work_group(title=title, sessions=0), venue=hall, days=12)
    create_session(work_group=few, days=30)
    late = create_session(work_group=create_work_group(title="Late", sessions=0), days=-3)
    Attendance.objects.create(session=late, person=create_user(), sorted_at=timezone.now())
    page = new_context(create_hub_staff()).new_page()

    page.goto(reverse("office_home"))
    expect(page.get_by_role("heading", level=2, name="To decide 1")).to_be_visible()
    page.get_by_role("button", name="Run all the same").click()
    page.goto(reverse("office_home"))
    page.get_by_role("link", name="Late, session 1").click()
    page.get_by_role("button", name="Sign").first.wait_for()
    late.signed_at = timezone.now()
    late.save()
    page.goto(reverse("office_home"))
    page.get_by_role("link", name="Hall is taken twice").click()
    expect(page.get_by_text("Look out")).to_be_visible()
    WorkGroup.objects.filter(title="Cubes").update(status="cancelled")
    page.goto(reverse("office_home"))

    expect(page.get_by_role("heading", name="Nothing needs you")).to_be_visible()
    assert few.sessions.get().starts_at > timezone.now() + timedelta(days=20)  # type: ignore[operator]


def test_office_list_sorts_filters_and_goes_back(new_context: Callable[..., BrowserContext]) -> None:
    for number in range(60):
        create_venue(name=f"Hall {number:02d}", town=f"Town {99 - number}")
    page = new_context(create_hub_staff()).new_page()
    page.goto(reverse("office_venue_list") + "?q=hall")
    first = page.locator("tbody tr").first

    page.get_by_role("link", name="Further").click()
    expect(first).to_contain_text("Hall 50")
    page.go_back()
    expect(first).to_contain_text("Hall 00")
    page.get_by_role("link", name="Where").click()
    expect(first).to_contain_text("Hall 59")
    expect(page.get_by_role("columnheader", name="Where")).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("link", name="Further").click()
    page.get_by_role("link", name="Back", exact=True).click()

    expect(first).to_contain_text("Hall 59")
    assert "q=hall" in page.url
