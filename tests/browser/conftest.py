"""A real Chromium against the live server; what is skipped says why."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from accounts.models import User

AXE_OPTIONS: dict[str, Any] = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not program:
        pytest.skip("needs Chromium, which is not installed on this machine")
    with sync_playwright() as playwright:
        # No sandbox: CI runs as root, where Chromium's own sandbox refuses to start.
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-quic"])
        yield started
        started.close()


@pytest.fixture
def new_context(browser: Browser, live_server: LiveServer) -> Iterator[Callable[..., BrowserContext]]:
    """Open a fresh browser: a width, light or dark, with or without script, for a person or for a visitor."""
    opened: list[BrowserContext] = []

    def _new(
        person: User | None = None, *, width: int = 1280, dark: bool = False, script: bool = True
    ) -> BrowserContext:
        context = browser.new_context(
            base_url=live_server.url.replace("127.0.0.1", "localhost"),
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            locale="en-GB",
        )
        context.set_default_timeout(15000)
        if person is not None:
            client = Client()
            client.force_login(person)
            cookie = client.cookies[settings.SESSION_COOKIE_NAME]
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "domain": "localhost", "path": "/"}])
        opened.append(context)
        return context

    yield _new
    for context in opened:
        context.close()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def screenshot(page: Page, name: str) -> None:
    """Keep a picture where HUB_SCREENS says; out of git."""
    folder = os.environ.get("HUB_SCREENS", "")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def violations(page: Page) -> list[str]:
    """What axe finds wrong on this page, each as one line with the first element."""
    page.wait_for_load_state()
    found = Axe().run(page, options=AXE_OPTIONS).response["violations"]
    return [f"{one['id']}: {one['help']} ({one['nodes'][0]['html'][:160]})" for one in found]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    page.wait_for_load_state()
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))
