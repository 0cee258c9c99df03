"""The doors in a real browser: a passkey instead of a password, and an app that shows six digits."""

import base64
import hashlib
import hmac
import re
import struct
import time
from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.test import override_settings
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from tests.browser.conftest import screenshot, violations
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
