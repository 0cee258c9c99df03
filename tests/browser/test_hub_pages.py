"""The hub's own pages and look, as a browser sees them; and the page of its status."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect
from pytest_django import Settings

from config import look
from tests.browser.conftest import overflow, screenshot, violations
from tests.factories import create_hub_staff, create_news, create_session, create_work_group
from tests.test_another_hub import SVG

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def test_news_is_written_seen_as_typed_and_read_by_everybody(new_context: Callable[..., BrowserContext]) -> None:
    office = new_context(create_hub_staff()).new_page()
    office.goto("/office/pages/")
    office.get_by_role("link", name="Write news").click()
    office.get_by_label("Title").fill("A larger hall")
    office.get_by_label("What is new").press_sequentially("There are **more chairs** now.")
    expect(office.locator("#preview strong")).to_have_text("more chairs")
    office.get_by_role("button", name="Let everybody read this").click()
    expect(office.get_by_text("Everybody reads this now.")).to_be_visible()

    reader = new_context(width=390).new_page()
    reader.goto("/")
    reader.get_by_role("contentinfo").get_by_role("link", name="News", exact=True).click()

    expect(reader.get_by_role("link", name="A larger hall")).to_be_visible()
    expect(reader.locator("main strong")).to_have_text("more chairs")


def test_page_is_worded_without_script_too(new_context: Callable[..., BrowserContext]) -> None:
    office = new_context(create_hub_staff(), script=False).new_page()
    office.goto("/office/pages/about/")
    office.get_by_label("The words of the page").fill("## Who leads it\n\nA school.")
    office.get_by_role("button", name="See how it looks").click()
    expect(office.locator("#preview h2")).to_have_text("Who leads it")
    office.get_by_role("button", name="Let everybody read this").click()

    expect(office.locator("main h2")).to_have_text("Who leads it")
    office.get_by_role("link", name="Change these words").click()
    expect(office.get_by_text("What it said before")).to_be_visible()


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("hue", [27, 100, 300])
def test_pages_of_a_hub_with_another_colour_are_as_easy_to_read(
    hue: int, dark: bool, new_context: Callable[..., BrowserContext], settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "logo.svg").write_bytes(SVG)
    settings.HUB_HUE, settings.HUB_SHADES = hue, look.shades_of(hue)
    settings.HUB_LOGO, settings.HUB_WORDS = str(tmp_path / "logo.svg"), {"network meeting": "network day"}
    create_news()
    work_group = create_work_group(unit="session", sessions=0)
    create_session(work_group=work_group)
    page = new_context(create_hub_staff(), width=320, dark=dark).new_page()
    wrong = []

    for path in ("/", "/work-groups/", work_group.get_absolute_url(), "/news/", "/office/", "/office/status/"):
        page.goto(path)
        screenshot(page, f"hue-{hue}{path.replace('/', '-')}{'dark' if dark else 'light'}")
        wrong += [f"{path}: {one}" for one in violations(page)]
        wrong += [f"{path}: {overflow(page)} px too wide"] if overflow(page) else []

    acts = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--blue').trim()")
    assert acts == look.shades_of(hue)["blue"][dark]
    assert page.locator(".brand img").evaluate("image => image.naturalWidth > 0")
    assert wrong == []
