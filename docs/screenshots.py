"""Make the pictures of the README and the guides from the demonstration.

python3 manage.py demo --port 8000 &
.venv/bin/python docs/screenshots.py http://127.0.0.1:8000
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

PASSWORD = "maths-hub-demo"  # noqa: S105  # of the demonstration, printed when it starts
PICTURES = Path(__file__).parent / "pictures"


def log_in(page: Page, address: str) -> None:
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(address)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: "login" not in url)


def open_page(browser: Browser, base: str, address: str, width: int = 1160, height: int = 800) -> Page:
    page = browser.new_context(base_url=base, viewport={"width": width, "height": height}).new_page()
    if address:
        log_in(page, address)
    return page


def main(base: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        visitor = open_page(browser, base, "", height=1000)
        visitor.goto("/work-groups/?q=Mixed+Age")
        visitor.get_by_role("link", name="Teaching for Mastery in Mixed Age Classes").first.click()
        visitor.screenshot(path=PICTURES / "work-group.png")
        lead = open_page(browser, base, "lead@oakfield.example")
        lead.goto("/work-groups/?q=Fractions&places=1")
        lead.locator(".group-row h3 a").first.click()
        lead.locator("a.button", has_text="Book").first.click()
        lead.screenshot(path=PICTURES / "book.png")
        facilitator = open_page(browser, base, "facilitator@hub.example", width=390, height=800)
        facilitator.goto("/registers/")
        facilitator.get_by_role("link", name="Open the register").first.click()
        facilitator.screenshot(path=PICTURES / "register.png")
        office = open_page(browser, base, "office@hub.example")
        office.goto("/office/")
        office.screenshot(path=PICTURES / "office.png")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
