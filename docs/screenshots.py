"""Make the pictures of the README and the guides from the demonstration, by one command.

.venv/bin/python docs/screenshots.py                            starts a demonstration of its own, and ends it
.venv/bin/python docs/screenshots.py http://127.0.0.1:8000      of one that runs
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "maths-hub-demo"  # noqa: S105  # of the demonstration, printed when it starts
PICTURES = Path(__file__).parent / "pictures"
OFFICE, LEADS, BOOKS, TEACHES = (
    "office@hub.example",
    "facilitator@hub.example",
    "lead@oakfield.example",
    "teacher@oakfield.example",
)
PHONE, DESK = (390, 800), (1160, 800)


@dataclass(frozen=True)
class Picture:
    """One picture: who looks, how to get there, and how large their screen is."""

    name: str
    who: str
    go: Callable[[Page], object]
    size: tuple[int, int] = DESK


def address(path: str) -> Callable[[Page], object]:
    return lambda page: page.goto(path)


def a_group(page: Page) -> None:
    page.goto("/work-groups/?q=Mixed+Age")
    page.get_by_role("link", name="Teaching for Mastery in Mixed Age Classes").first.click()


def a_booking(page: Page) -> None:
    page.goto("/work-groups/?q=Fractions&places=1")
    page.locator(".group-row h3 a").first.click()
    page.locator("a.button", has_text="Book").first.click()


def a_register(page: Page) -> None:
    page.goto("/registers/")
    page.get_by_role("link", name="Open the register").first.click()


def first(path: str, selector: str) -> Callable[[Page], object]:
    """The first of a list's things."""

    def go(page: Page) -> None:
        page.goto(path)
        page.locator(selector).first.click()

    return go


def what_to_try(page: Page) -> None:
    page.goto("/my/")
    page.locator("main a[href*='reflection'], main a[href*='task'], main a[href*='tried']").first.click()


SHOTS = [
    # README
    Picture("work-group", "", a_group, (1160, 1000)),
    Picture("book", BOOKS, a_booking),
    Picture("register", LEADS, a_register, PHONE),
    Picture("office", OFFICE, address("/office/")),
    # The office
    Picture("office-group", OFFICE, first("/office/work-groups/", "main table a, main h3 a")),
    Picture("office-figures", OFFICE, address("/office/figures/")),
    Picture("office-mail", OFFICE, address("/office/mail/")),
    Picture("office-status", OFFICE, address("/office/status/")),
    Picture("office-news", OFFICE, address("/office/pages/")),
    # Schools
    Picture("bookings", BOOKS, address("/bookings/")),
    Picture("booking", BOOKS, first("/bookings/", "main .booking-row a, main h3 a")),
    # Work group leads
    Picture("registers", LEADS, address("/registers/"), PHONE),
    # Teachers
    Picture("my-sessions", TEACHES, address("/my/"), PHONE),
    Picture("task", TEACHES, what_to_try, PHONE),
]


def log_in(page: Page, who: str) -> None:
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(who)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: "login" not in url)


def open_page(browser: Browser, base: str, who: str) -> Page:
    page = browser.new_context(base_url=base, color_scheme="light").new_page()
    if who:
        log_in(page, who)
    return page


def take(base: str) -> None:
    """Every picture; a page that cannot be reached is named at the end, and the others are taken all the same."""
    PICTURES.mkdir(exist_ok=True)
    missing = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        pages = {who: open_page(browser, base, who) for who in {shot.who for shot in SHOTS}}
        for shot in SHOTS:
            page = pages[shot.who]
            page.set_default_timeout(15_000)
            page.set_viewport_size({"width": shot.size[0], "height": shot.size[1]})
            try:
                shot.go(page)
                page.wait_for_load_state("networkidle")
                page.screenshot(path=PICTURES / f"{shot.name}.png")
            except Exception as error:  # whatever is wrong with one page
                missing.append(f"{shot.name}: {str(error).splitlines()[0]}")
        browser.close()
    if missing:
        sys.exit("Not taken:\n" + "\n".join(missing))


def main() -> None:
    if len(sys.argv) > 1:
        take(sys.argv[1])
        return
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="hub-pictures-") as var:
        environment = {**os.environ, "HUB_VAR": var, "HUB_NO_BOOTSTRAP": "1"}
        command = [sys.executable, "manage.py", "demo", "--port", str(port)]
        demo = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603
        try:
            base = f"http://127.0.0.1:{port}"
            for _ in range(300):
                try:
                    urllib.request.urlopen(f"{base}/readyz", timeout=2)  # noqa: S310
                    break
                except OSError:
                    time.sleep(1)
            take(base)
        finally:
            demo.terminate()
            demo.wait(30)


if __name__ == "__main__":
    main()
