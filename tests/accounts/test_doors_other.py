"""The doors of other houses: whom an address leads to, and whom it never does."""

import os
import subprocess
import sys
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.core.context import request_context
from allauth.mfa.models import Authenticator
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.models import SocialAccount, SocialApp
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.google.provider import GoogleProvider
from allauth.socialaccount.providers.microsoft.provider import MicrosoftGraphProvider
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from accounts.models import User
from notifications.models import Notice
from tests.accounts.test_doors import SECRET, known
from tests.factories import PASSWORD, create_user

pytestmark = pytest.mark.django_db(transaction=True)

APPS = {
    "google": SocialApp(provider="google", client_id="hub", secret="hub"),
    "microsoft": SocialApp(provider="microsoft", client_id="hub", secret="hub"),
    "single": SocialApp(
        provider="openid_connect", provider_id="single", name="Trust sign-on", client_id="hub", secret="hub"
    ),
}
HOUSES = {"google": GoogleProvider, "microsoft": MicrosoftGraphProvider, "single": OpenIDConnectProvider}


@pytest.fixture(autouse=True)
def _open(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with all three registered in the environment."""
    settings.SOCIALACCOUNT_PROVIDERS = {
        "google": {"APPS": [{"client_id": "hub", "secret": "hub"}]},
        "microsoft": {"APPS": [{"client_id": "hub", "secret": "hub"}], "VERIFIED_EMAIL": False},
        "openid_connect": {"APPS": [{"provider_id": "single", "name": "Trust sign-on", "client_id": "hub"}]},
    }
    houses = registry.provider_map | {house.id: house for house in HOUSES.values()}
    monkeypatch.setattr(registry, "provider_map", houses)


def come_by(house: str, **says: Any) -> tuple[HttpRequest, HttpResponse]:
    """Somebody comes back from the other house, which says this of them."""
    request = RequestFactory().get("/accounts/back/")
    SessionMiddleware(lambda _: HttpResponse()).process_request(request)
    MessageMiddleware(lambda _: HttpResponse()).process_request(request)
    request.user = AnonymousUser()
    with request_context(request):
        provider = HOUSES[house](request, app=APPS[house])
        login = provider.sociallogin_from_response(request, says)
        return request, complete_social_login(request, login)


def google(email: str, **more: Any) -> tuple[HttpRequest, HttpResponse]:
    says = {"sub": "g-1", "given_name": "Kim", "family_name": "Lee", "email": email, "email_verified": True}
    return come_by("google", **says | {"hd": "school.example"} | more)


def who(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def test_other_door_leads_to_who_has_proved_the_address_here() -> None:
    person = known(email="kim@school.example")

    request, _ = google("Kim@School.example")

    assert who(request) == person
    assert SocialAccount.objects.get().user == person
    assert Notice.objects.get().subject == "You can log in with Google now"


def test_other_door_leads_there_by_a_further_address_too() -> None:
    person = known(email="kim@school.example")
    EmailAddress.objects.create(user=person, email="kim@trust.example", verified=True)

    request, _ = google("kim@trust.example")

    assert who(request) == person


def test_other_door_makes_an_account_for_a_new_person_under_the_name_it_gives() -> None:
    request, _ = google("kim@school.example")

    person = User.objects.get()
    assert (who(request), person.name, person.email) == (person, "Kim Lee", "kim@school.example")
    assert EmailAddress.objects.get().verified


def test_other_door_that_gives_no_name_asks_for_one() -> None:
    request, response = google("kim@school.example", given_name="http://evil.example", family_name="")

    assert (who(request), response["Location"]) == (None, "/accounts/3rdparty/signup/")


def test_other_door_leads_a_named_colleague_to_their_places() -> None:
    named = create_user(email="kim@school.example", name="Kim as typed")

    google("kim@school.example")

    assert SocialAccount.objects.get().user == named
    assert User.objects.count() == 1


def test_other_door_ends_the_password_of_whoever_signed_up_with_the_address() -> None:
    waiting = create_user(email="kim@school.example", name="Not Kim", password=PASSWORD)
    EmailAddress.objects.create(user=waiting, email="kim@school.example", primary=True, verified=False)

    google("kim@school.example")

    assert not User.objects.get(pk=waiting.pk).has_usable_password()


def test_other_door_never_leads_to_somebody_who_only_claims_the_address() -> None:
    trap = known(email="trap@evil.example")
    EmailAddress.objects.create(user=trap, email="kim@school.example", verified=False)

    request, _ = google("kim@school.example")

    assert who(request) != trap
    assert not SocialAccount.objects.filter(user=trap).exists()


@pytest.mark.parametrize(
    ("house", "says"),
    [
        ("google", {"sub": "g-1", "email": "kim@school.example", "email_verified": False, "hd": "school.example"}),
        # A private Google account with a school's address: proved once, perhaps before somebody left the school.
        ("google", {"sub": "g-1", "email": "kim@school.example", "email_verified": True}),
        # Whoever runs a tenant writes what they like into it.
        ("microsoft", {"id": "m-1", "mail": "kim@school.example", "userPrincipalName": "kim@school.example"}),
        ("microsoft", {"id": "m-1", "mail": None, "userPrincipalName": "kim@school.example"}),
        ("microsoft", {"id": "m-1", "mail": "kim@school.example", "email_verified": True, "xms_edov": True}),
        ("single", {"sub": "s-1", "email": "kim@school.example"}),
        ("single", {"sub": "s-1", "email": "kim@school.example", "email_verified": "false"}),
    ],
    ids=["google unproved", "google private", "microsoft", "microsoft name", "microsoft claims", "silent", "a word"],
)
def test_other_door_with_an_unproved_address_opens_nobodys_account(house: str, says: dict[str, Any]) -> None:
    person = known(email="kim@school.example", hub_role="staff")

    request, _ = come_by(house, name="Kim Lee", **says)

    assert who(request) is None
    assert not SocialAccount.objects.filter(user=person).exists()
    assert not EmailAddress.objects.filter(verified=True).exclude(user=person).exists()


@pytest.mark.parametrize("house", ["microsoft", "single"])
def test_other_door_with_an_unproved_address_of_a_new_person_asks_for_a_code(house: str) -> None:
    says = {"id": "m-1", "mail": "kim@school.example"} if house == "microsoft" else {"sub": "s-1"}

    request, response = come_by(house, name="Kim Lee", displayName="Kim Lee", email="kim@school.example", **says)

    assert who(request) is None
    assert response.status_code == 302
    assert not EmailAddress.objects.filter(verified=True).exists()


def test_other_door_that_was_added_leads_home_whatever_address_it_gives_later() -> None:
    person = known(email="kim@school.example")
    SocialAccount.objects.create(user=person, provider="microsoft", uid="m-1")
    known(email="head@school.example")

    request, _ = come_by("microsoft", id="m-1", mail="head@school.example")

    assert who(request) == person


def test_other_door_still_asks_for_the_second_step() -> None:
    person = known(email="kim@school.example")
    Authenticator.objects.create(user=person, type="totp", data={"secret": SECRET})

    request, response = google("kim@school.example")

    assert who(request) is None
    assert response["Location"] == "/accounts/2fa/authenticate/"


def test_other_door_opens_no_closed_account() -> None:
    person = known(email="kim@school.example")
    User.objects.filter(pk=person.pk).update(is_active=False)

    request, response = google("kim@school.example")

    assert who(request) is None
    assert response["Location"] == "/accounts/inactive/"


@pytest.mark.parametrize(
    ("environment", "doors", "hosts"),
    [
        ({}, [], []),
        ({"HUB_GOOGLE_CLIENT_ID": "a", "HUB_GOOGLE_CLIENT_SECRET": "b"}, ["google"], ["https://accounts.google.com"]),
        (
            {"HUB_MICROSOFT_CLIENT_ID": "a", "HUB_MICROSOFT_CLIENT_SECRET": "b"},
            ["microsoft"],
            ["https://login.microsoftonline.com"],
        ),
        (
            {"HUB_OIDC_URL": "https://id.trust.example", "HUB_OIDC_CLIENT_ID": "a", "HUB_OIDC_CLIENT_SECRET": "b"},
            ["openid_connect"],
            ["https://id.trust.example"],
        ),
    ],
    ids=["none", "google", "microsoft", "single sign-on"],
)
def test_other_doors_are_opened_by_the_environment_alone(
    environment: dict[str, str], doors: list[str], hosts: list[str], settings: Settings
) -> None:
    code = (
        "from django.conf import settings as s;"
        "print(list(s.SOCIALACCOUNT_PROVIDERS), s.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action'][1:])"
    )

    ended = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "HUB_NO_BOOTSTRAP": "1", "HUB_VAR": str(settings.VAR_DIR), **environment},
        capture_output=True,
        text=True,
        check=True,
    )

    assert ended.stdout.strip() == f"{doors} {hosts}"
