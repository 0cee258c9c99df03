"""The doors in a real browser: a passkey instead of a password, and an app that shows six digits."""

import base64
import hashlib
import hmac
import re
import struct
import time
from collections.abc import Callable
from email import message_from_bytes, policy

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.test import override_settings
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from notifications.models import Notice
from tests.browser.conftest import overflow, screenshot, violations
from tests.browser.test_main_job import code_for
from tests.factories import PASSWORD, create_hub_staff, create_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def with_a_fingerprint(page: Page) -> None:
    """Give the browser an authenticator of its own that says yes to everything (WebAuthn Level 3, 11)."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def digits(secret: str) -> str:
    """What the app shows now (RFC 6238, with the dynamic truncation of RFC 4226, 5.3)."""
    counter = struct.pack(">Q", int(time.time()) // 30)
    hashed = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = hashed[-1] & 0xF
    return f"{(int.from_bytes(hashed[start : start + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"


def link_for(address: str) -> str:
    """Where the link in the last mail to an address leads, on this server."""
    notice = Notice.objects.filter(to=address).latest("pk")
    body = message_from_bytes(bytes(notice.raw), policy=policy.default).get_body(("plain",))
    assert body is not None
    found = re.search(r"https?://[^/\s]+(/accounts/\S+)", body.get_content())
    assert found, body.get_content()
    return found.group(1)


def test_doors_sign_up_and_log_in_with_a_passkey_and_no_password(new_context: Callable[..., BrowserContext]) -> None:
    context = new_context(width=390)
    page = context.new_page()
    with_a_fingerprint(page)

    page.goto("/accounts/signup/")
    page.get_by_role("link", name="Sign up with a passkey").click()
    assert violations(page) == []
    page.get_by_label("Your name").fill("Kim Lee")
    page.get_by_label("mail").first.fill("kim@oakfield.example")
    page.get_by_role("button", name="Send me the code").click()
    page.get_by_label("code").first.fill(code_for("kim@oakfield.example"))
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Make your passkey")).to_be_visible()
    assert violations(page) == []
    screenshot(page, "passkey-signup")
    page.get_by_label("Name").first.fill("School laptop")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("heading", name="Find your school")).to_be_visible()

    person = User.objects.get(email="kim@oakfield.example")
    assert not person.has_usable_password()
    assert Authenticator.objects.filter(user=person, type="webauthn").count() == 1

    context.clear_cookies()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_role("heading", name="Hello, Kim Lee")).to_be_visible()


def test_doors_staff_set_the_app_up_and_are_asked_for_its_digits(new_context: Callable[..., BrowserContext]) -> None:
    staff = create_hub_staff(email="office@hub.example", password=PASSWORD)
    EmailAddress.objects.create(user=staff, email="office@hub.example", primary=True, verified=True)
    context = new_context(width=390)
    page = context.new_page()

    def log_in() -> None:
        context.clear_cookies()
        page.goto("/accounts/login/?next=/office/")
        page.get_by_label("mail").first.fill("office@hub.example")
        page.get_by_label("Password").first.fill(PASSWORD)
        page.get_by_role("button", name="Log in", exact=True).click()

    with override_settings(SECOND_STEP_REQUIRED=True):
        log_in()
        expect(page.get_by_role("heading", name="What needs you now")).to_be_visible()
        expect(page.get_by_text("Today you are let in without")).to_be_visible()

        log_in()
        expect(page.get_by_role("heading", name="Second step and passkeys")).to_be_visible()
        page.goto("/office/")
        expect(page.get_by_role("heading", name="Second step and passkeys")).to_be_visible()
        page.get_by_role("link", name="Set up the app").click()
        page.get_by_label("Password").first.fill(PASSWORD)
        page.get_by_role("button", name="It is me").click()
        shown = page.locator("code.secret").inner_text()
        assert violations(page) == []
        screenshot(page, "totp-setup")
        page.get_by_label("code").first.fill(digits(shown.replace(" ", "")))
        page.get_by_role("button", name="Turn it on").click()
        page.goto("/office/")
        expect(page.get_by_role("heading", name="What needs you now")).to_be_visible()

        Authenticator.objects.filter(user=staff, type="totp").update(last_used_at=None)
        log_in()
        expect(page).to_have_url(re.compile("/accounts/2fa/authenticate/"))


class Looker:
    """Looks at each page it comes to: what axe finds, whether it is too wide, what the browser complains of."""

    def __init__(self, page: Page, light: str) -> None:
        self.page, self.light, self.wrong = page, light, list[str]()
        page.on("console", lambda message: self.wrong.append(message.text) if message.type == "error" else None)

    def at(self, heading: str) -> None:
        expect(self.page.get_by_role("heading", name=heading, level=1)).to_be_visible()
        wide = overflow(self.page)
        found = [*violations(self.page), *([f"{wide} px too wide"] if wide > 0 else [])]
        self.wrong += [f"{heading}: {one}" for one in found]
        screenshot(self.page, f"door-{heading.strip('?“”').lower().replace(' ', '-')}-{self.light}")

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).click()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_doors_before_logging_in_are_accessible_on_a_small_phone(
    new_context: Callable[..., BrowserContext], dark: bool
) -> None:
    person = create_user(email="kim@school.example", password=PASSWORD)
    EmailAddress.objects.create(user=person, email="kim@school.example", primary=True, verified=True)
    page = new_context(width=320, dark=dark).new_page()
    looker = Looker(page, "dark" if dark else "light")

    page.goto("/accounts/login/")
    page.get_by_label("mail").first.fill("kim@school.example")
    page.get_by_label("Password").first.fill("not the right one")
    looker.press("Log in")
    looker.at("Log in")
    page.get_by_role("link", name="Mail me a log-in code instead").click()
    looker.at("Log in by code")
    page.get_by_label("mail").first.fill("kim@school.example")
    looker.press("Mail me the code")
    page.get_by_label("Code").first.fill("BBBB-BBBB")
    looker.press("Go on")
    looker.at("Enter the code")
    looker.press("Cancel")
    page.goto("/accounts/signup/")
    looker.press("Send me the code")
    looker.at("Sign up")
    page.goto("/accounts/signup/passkey/")
    looker.at("Sign up with a passkey")
    page.goto("/accounts/password/reset/")
    looker.at("A new password")
    page.get_by_label("mail").first.fill("kim@school.example")
    looker.press("Mail me the link")
    looker.at("Look in your e-mail")
    page.goto("/accounts/password/reset/key/1-no-such-key/")
    looker.at("This link has ended")
    page.goto(link_for("kim@school.example"))
    looker.press("Keep this password")
    looker.at("Choose a new password")
    page.get_by_label("New password").fill("another long password")
    page.get_by_label("The same again").fill("another long password")
    looker.press("Keep this password")
    looker.at("Your password is changed")
    page.goto("/accounts/inactive/")
    looker.at("This account is closed")
    page.goto("/accounts/3rdparty/login/cancelled/")
    looker.at("You came back without logging in")

    assert looker.wrong == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_doors_of_an_account_are_accessible_on_a_small_phone(
    new_context: Callable[..., BrowserContext], dark: bool
) -> None:
    person = create_user(email="kim@school.example", password=PASSWORD)
    EmailAddress.objects.create(user=person, email="kim@school.example", primary=True, verified=True)
    context = new_context(width=320, dark=dark)
    page = context.new_page()
    with_a_fingerprint(page)
    looker = Looker(page, "dark" if dark else "light")

    def log_in() -> None:
        page.goto("/accounts/login/?next=/my/account/")
        page.get_by_label("mail").first.fill("kim@school.example")
        page.get_by_label("Password").first.fill(PASSWORD)
        looker.press("Log in")

    def prove_it_is_me() -> None:
        page.get_by_label("Password").first.fill(PASSWORD)
        looker.press("It is me")

    log_in()
    looker.at(person.name)
    page.get_by_role("link", name="Change or add").click()
    page.get_by_label("mail").first.fill("kim@school.example")
    looker.press("Add it and mail me a code")
    looker.at("My addresses")
    page.goto("/accounts/password/change/")
    looker.press("Change it")
    looker.at("Change your password")
    page.goto("/accounts/2fa/webauthn/add/")
    looker.at("Is it you?")
    prove_it_is_me()
    looker.at("Add a passkey")
    page.get_by_label("Name").first.fill("School laptop")
    looker.press("Add it")
    looker.at("Recovery codes")
    page.goto("/accounts/2fa/webauthn/")
    looker.at("My passkeys")
    page.get_by_role("link", name="Rename School laptop").click()
    looker.at("Name this passkey")
    page.get_by_label("Name").first.fill("My phone")
    looker.press("Keep this name")
    expect(page.get_by_role("link", name="Remove My phone")).to_be_visible()

    page.goto("/accounts/2fa/totp/activate/")
    page.get_by_label("code").first.fill("000000")
    looker.press("Turn it on")
    looker.at("Set up the app")
    page.get_by_label("code").first.fill(digits(page.locator("code.secret").inner_text().replace(" ", "")))
    looker.press("Turn it on")
    page.goto("/accounts/2fa/")
    looker.at("Second step and passkeys")
    page.get_by_role("link", name="Make new codes").click()
    looker.at("New recovery codes")
    page.goto("/accounts/2fa/reauthenticate/")
    looker.at("Is it you?")
    page.goto("/accounts/2fa/webauthn/reauthenticate/?next=/my/account/")
    looker.at("Is it you?")
    looker.press("Use my passkey")
    looker.at(person.name)

    page.goto("/accounts/logout/")
    looker.at("Log out?")
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name="Log out").click()
    log_in()
    page.get_by_label("Code").first.fill("000000")
    looker.press("Go on")
    looker.at("The second step")
    looker.press("Use my passkey instead")
    looker.at("Is this a device of your own?")
    looker.press("Trust it until 31 August")
    looker.at(person.name)
    with page.expect_navigation():
        page.get_by_role("button", name="Log out").last.click()
    log_in()
    looker.at(person.name)
    page.get_by_role("link", name="Where I am logged in").click()
    looker.at("Where I am logged in")

    page.goto("/accounts/2fa/totp/deactivate/")
    prove_it_is_me()
    looker.at("Turn the app off?")
    looker.press("Turn the app off")
    page.goto("/accounts/2fa/webauthn/")
    page.get_by_role("link", name="Remove My phone").click()
    looker.at("Remove “My phone”?")
    looker.press("Remove it")
    expect(page.get_by_role("heading", name="No passkey yet")).to_be_visible()

    assert Authenticator.objects.count() == 0
    assert looker.wrong == []


def test_doors_where_i_am_logged_in_ends_the_other_places(new_context: Callable[..., BrowserContext]) -> None:
    person = create_user(email="kim@school.example", password=PASSWORD)
    EmailAddress.objects.create(user=person, email="kim@school.example", primary=True, verified=True)
    here, there = new_context(width=390).new_page(), new_context().new_page()
    for page in (there, here):
        page.goto("/accounts/login/")
        page.get_by_label("mail").first.fill("kim@school.example")
        page.get_by_label("Password").first.fill(PASSWORD)
        page.get_by_role("button", name="Log in", exact=True).click()
        expect(page.get_by_role("heading", name="Hello")).to_be_visible()

    here.goto("/my/account/")
    here.get_by_role("link", name="Where I am logged in").click()
    screenshot(here, "sessions")
    here.get_by_role("button", name="Log out everywhere else").click()
    there.goto("/my/account/")

    expect(there.get_by_role("heading", name="Log in")).to_be_visible()
    here.goto("/my/account/")
    expect(here.get_by_role("heading", name=person.name)).to_be_visible()


def test_doors_by_code_with_a_password_set_afterwards(new_context: Callable[..., BrowserContext]) -> None:
    create_user(email="kim@school.example", name="Kim Lee")
    page = new_context(width=320).new_page()
    looker = Looker(page, "light")

    page.goto("/accounts/login/code/?next=/accounts/password/set/")
    page.get_by_label("mail").first.fill("kim@school.example")
    looker.press("Mail me the code")
    page.get_by_label("Code").first.fill(code_for("kim@school.example"))
    page.get_by_label("This device is my own").check()
    looker.press("Go on")
    looker.at("Set a password")
    page.get_by_label("New password").fill("three words apart")
    page.get_by_label("The same again").fill("three words apart")
    looker.press("Keep this password")

    expect(page.get_by_text("Your password is set.")).to_be_visible()
    assert looker.wrong == []


def test_doors_tried_too_often_ask_to_wait(new_context: Callable[..., BrowserContext]) -> None:
    page = new_context(width=320, dark=True).new_page()
    looker = Looker(page, "dark")

    with override_settings(ACCOUNT_RATE_LIMITS={"signup": "1/m/ip"}):
        for _ in range(2):
            page.goto("/accounts/signup/")
            looker.press("Send me the code")

    looker.at("Please wait a little")
    # The browser itself complains of the answer's number, and of nothing else.
    assert [one for one in looker.wrong if "429" not in one] == []
