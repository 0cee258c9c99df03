"""What is sensitive asks again: even of a trusted phone, and of whoever has neither password nor second step."""

import time

import pytest
from allauth.mfa.models import Authenticator
from django.http import HttpResponse
from django.test import Client
from django.urls import path, reverse
from pytest_django import Settings

from accounts.access import PersonRequest, asks_again, person_required
from config.urls import urlpatterns as addresses_of_the_hub
from notifications.models import Notice
from tests.accounts.test_doors import SECRET, known, log_in_with_password
from tests.accounts.test_doors_tries import digits_now
from tests.browser.test_main_job import code_for
from tests.factories import PASSWORD, create_user


@person_required
@asks_again
def needs(_: PersonRequest) -> HttpResponse:
    return HttpResponse("what Kim cannot eat")


urlpatterns = [*addresses_of_the_hub, path("needs/", needs)]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]


def by_code(email: str) -> Client:
    client = Client()
    client.post("/accounts/login/code/", {"email": email})
    client.post("/accounts/login/code/confirm/", {"code": code_for(email)})
    return client


def long_after(client: Client) -> Client:
    """The same browser an hour later."""
    session = client.session
    session["account_authentication_methods"] = [
        proof | {"at": time.time() - 3600} for proof in session["account_authentication_methods"]
    ]
    session.save()
    return client


def test_sensitive_page_asks_for_the_password_and_then_opens() -> None:
    client = log_in_with_password(known())

    asked = client.get("/needs/")
    response = client.post(asked["Location"], {"password": PASSWORD}, follow=True)

    assert asked["Location"] == f"{reverse('account_reauthenticate')}?next=%2Fneeds%2F"
    assert response.content.decode() == "what Kim cannot eat"


def test_sensitive_page_asks_again_after_five_minutes() -> None:
    client = log_in_with_password(known())
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    before = client.get("/needs/").status_code

    assert (before, long_after(client).get("/needs/").status_code) == (200, 302)


def test_sensitive_page_asks_who_has_no_password_for_the_second_step() -> None:
    person = create_user(email="kim@school.example")
    by_code("kim@school.example")
    Authenticator.objects.create(user=person, type="totp", data={"secret": SECRET})
    client = by_code("kim@school.example")
    client.post(reverse("mfa_authenticate"), {"code": digits_now()})
    client.post(reverse("mfa_trust"), {"action": "trust"})

    asked = client.get("/needs/")

    assert asked["Location"] == f"{reverse('mfa_reauthenticate')}?next=%2Fneeds%2F"


def test_sensitive_page_opens_to_who_has_just_come_in_by_code() -> None:
    create_user(email="kim@school.example")

    client = by_code("kim@school.example")

    assert client.get("/needs/").status_code == 200


def test_sensitive_page_lets_who_came_by_code_an_hour_ago_come_in_again() -> None:
    create_user(email="kim@school.example")
    client = long_after(by_code("kim@school.example"))

    asked = client.get("/needs/")
    page = client.get(asked["Location"]).content.decode()
    out = client.post(asked["Location"])
    client.post(out["Location"], {"email": "kim@school.example"})
    response = client.post(
        "/accounts/login/code/confirm/?next=/needs/", {"code": code_for("kim@school.example")}, follow=True
    )

    assert "open to who has just logged in" in page
    assert out["Location"] == "/accounts/login/code/?next=%2Fneeds%2F"
    assert response.content.decode() == "what Kim cannot eat"


def test_sensitive_page_is_closed_to_visitors() -> None:
    assert Client().get("/needs/")["Location"] == "/accounts/login/?next=/needs/"


def test_second_step_that_is_needed_comes_before_asking_again(settings: Settings) -> None:
    settings.SECOND_STEP_REQUIRED = True
    staff = known(hub_role="staff")
    log_in_with_password(staff)
    client = log_in_with_password(staff)

    assert client.get("/needs/")["Location"] == reverse("mfa_index")


# ── The locks themselves ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["account_set_password", "mfa_activate_totp", "mfa_add_webauthn"])
def test_locks_are_changed_by_who_has_just_come_in_by_code_and_not_an_hour_later(name: str) -> None:
    create_user(email="kim@school.example")
    client = by_code("kim@school.example")

    early = client.get(reverse(name)).status_code
    late = long_after(client).get(reverse(name))

    assert (early, late["Location"].partition("?")[0]) == (200, reverse("account_logout"))


def test_locks_stay_as_they_are_when_an_hour_later_somebody_adds_an_address() -> None:
    create_user(email="kim@school.example")
    client = long_after(by_code("kim@school.example"))

    read = client.get(reverse("account_email"))
    response = client.post(reverse("account_email"), {"action_add": "1", "email": "mine@evil.example"})

    assert (read.status_code, response["Location"].partition("?")[0]) == (200, reverse("account_logout"))
    assert not Notice.objects.filter(to="mine@evil.example").exists()


def test_locks_are_changed_after_the_password_and_the_address_is_not_typed_twice() -> None:
    client = log_in_with_password(known())

    asked = client.post(reverse("account_email"), {"action_add": "1", "email": "kim@trust.example"})
    client.post(asked["Location"], {"password": PASSWORD})

    assert asked["Location"] == f"{reverse('account_reauthenticate')}?next=%2Faccounts%2Femail%2F"
    assert Notice.objects.filter(to="kim@trust.example").count() == 1
