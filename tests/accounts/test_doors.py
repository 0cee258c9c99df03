"""The doors: a second step where much is seen, trust for a school year, and the same face for strangers."""

import contextlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import ClassVar

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.internal.flows.trust import IssuedTrust, create_config_fingerprint, encode_trust_cookie
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.actions import people as accounts_people
from accounts.models import User
from accounts.schoolyear import school_year_begins, school_year_of
from config.secondstep import SecondStepMiddleware
from notifications.models import Notice
from tests.browser.test_main_job import code_for
from tests.factories import (
    PASSWORD,
    create_facilitation,
    create_hub_staff,
    create_lead,
    create_user,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def second_step(settings: Settings, _no_second_step: None) -> None:
    settings.SECOND_STEP_REQUIRED = True


def known(**fields: object) -> User:
    """A person who has proved their address and has a password."""
    person = create_user(password=PASSWORD, **fields)  # type: ignore[arg-type]  # by name
    EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=True)
    return person


def log_in_with_password(person: User, client: Client | None = None) -> Client:
    client = client or Client()
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    return client


def opens(client: Client, address: str) -> bool:
    response = client.get(address)
    assert response.status_code == 200 or response["Location"] == reverse("mfa_index")
    return response.status_code == 200


# ── The second step ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("second_step")
def test_second_step_is_needed_from_the_second_log_in_on() -> None:
    staff = known(hub_role="staff")

    first, second = log_in_with_password(staff), log_in_with_password(staff)

    assert [opens(first, "/office/"), opens(first, "/office/schools/"), opens(second, "/office/")] == [
        True,
        True,
        False,
    ]
    assert second.get("/work-groups/")["Location"] == reverse("mfa_index")
    assert second.get(reverse("mfa_index")).status_code == 200


@pytest.mark.usefixtures("second_step")
@pytest.mark.parametrize(
    ("part", "needs"), [("lead", False), ("facilitator", True), ("reader", True)], ids=["lead", "leads", "reader"]
)
def test_second_step_is_needed_of_who_sees_many_people(part: str, needs: bool) -> None:
    person = known(hub_role="reader" if part == "reader" else "")
    if part == "facilitator":
        create_facilitation(work_group=create_work_group(), person=person)

    log_in_with_password(person)
    client = log_in_with_password(person)

    assert opens(client, "/my/") is not needs


@pytest.mark.usefixtures("second_step")
def test_second_step_once_set_up_opens_everything_at_once() -> None:
    staff = known(hub_role="staff")
    log_in_with_password(staff)
    client = log_in_with_password(staff)
    assert not opens(client, "/office/")

    Authenticator.objects.create(user=staff, type="totp", data={"secret": SECRET})

    assert opens(client, "/office/")
    assert client.session[SecondStepMiddleware.KEY] == SecondStepMiddleware.FREE


@pytest.mark.usefixtures("second_step")
def test_second_step_is_said_on_every_page_of_the_first_log_in_and_gone_after(
    log_in: Callable[[User], Client],
) -> None:
    staff = known(hub_role="staff")
    client = log_in_with_password(staff)
    client.get("/my/")

    before = client.get("/my/").content.decode()
    Authenticator.objects.create(user=staff, type="totp", data={"secret": SECRET})
    after = client.get("/my/").content.decode()

    assert ("Today you are let in without" in before, "Today you are let in without" in after) == (True, False)


def test_second_step_of_the_office_cannot_be_the_last_to_go() -> None:
    staff = known(hub_role="staff")
    totp = Authenticator.objects.create(user=staff, type="totp", data={"secret": SECRET})
    client = Client()
    client.force_login(staff)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    client.post(reverse("mfa_deactivate_totp"), follow=True)

    assert Authenticator.objects.filter(pk=totp.pk).exists()


# ── Trust ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def trusted(*given: tuple[datetime, User]) -> str:
    """The cookie of a browser that was told to trust these people, then."""
    return encode_trust_cookie([IssuedTrust(create_config_fingerprint(who), int(at.timestamp())) for at, who in given])


@pytest.mark.parametrize(("days", "asked"), [(0, False), (-1, True)], ids=["this year", "last year"])
def test_trusted_phone_is_asked_again_after_the_school_year(days: int, asked: bool) -> None:
    person = known()
    Authenticator.objects.create(user=person, type="totp", data={"secret": SECRET})
    began = school_year_begins(school_year_of(timezone.localdate()))
    client = Client()
    client.cookies[settings.MFA_TRUST_COOKIE_NAME] = trusted((began + timedelta(days=days, minutes=1), person))

    response = client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})

    assert ("2fa" in response["Location"]) is asked


def test_trusted_phone_of_two_keeps_each_ones_own_year() -> None:
    person, other = known(), known()
    for one in (person, other):
        Authenticator.objects.create(user=one, type="totp", data={"secret": SECRET})
    began = school_year_begins(school_year_of(timezone.localdate()))
    client = Client()
    given = [(began - timedelta(days=1), person), (began + timedelta(minutes=1), other)]
    client.cookies[settings.MFA_TRUST_COOKIE_NAME] = trusted(*given)

    response = client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})

    assert response["Location"] == reverse("mfa_authenticate")


def test_trust_given_today_ends_on_31_august() -> None:
    person = known()
    Authenticator.objects.create(user=person, type="recovery_codes", data={"seed": "x", "used_mask": 0})
    Authenticator.objects.create(user=person, type="totp", data={"secret": SECRET})
    client = log_in_with_password(person)
    # The digits themselves are allauth's business; that the browser is offered trust, and until when, is ours.
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    code = format_hotp_value(hotp_value(SECRET, list(yield_hotp_counters_from_time())[1]))
    page = client.post(reverse("mfa_authenticate"), {"code": code}, follow=True).content.decode()
    response = client.post(reverse("mfa_trust"), {"action": "trust"})

    ends = timezone.localtime() + timedelta(seconds=int(response.cookies[settings.MFA_TRUST_COOKIE_NAME]["max-age"]))
    assert "until 31 August" in page
    assert (ends + timedelta(minutes=1)).strftime("%d %m") == "01 09"
    assert ends < timezone.localtime() + timedelta(days=367)


# ── The same face for strangers ────────────────────────────────────────────────────────────────────────────────────


def face(client: Client, address: str, data: dict[str, str]) -> tuple[object, ...]:
    """What somebody who tries addresses can see of an answer: status, place, cookies, words."""
    response = client.post(address, data)
    words = re.sub(r'value="\w{64}"|[\w.]+@school\.example|\w+-\w+-\w+-\w+-\w+', "", response.content.decode())
    return response.status_code, response.headers.get("Location"), sorted(response.cookies), words


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/accounts/login/", "login"),
        ("/accounts/login/code/", "email"),
        ("/accounts/password/reset/", "email"),
        ("/accounts/signup/", "email"),
        ("/accounts/signup/passkey/", "email"),
    ],
)
def test_doors_show_the_same_face_to_known_and_unknown_addresses(address: str, field: str) -> None:
    known(email="known@school.example")
    more = {"password": "not the right one", "password1": "a long enough password", "name": "Kim Lee"}

    faces = [face(Client(), address, {field: f"{who}@school.example"} | more) for who in ("known", "unknown")]

    assert faces[0] == faces[1]


class WatchedHasher(PBKDF2PasswordHasher):
    """Keeps every password that it turns into a hash, which is what takes the time."""

    seen: ClassVar[list[str]] = []

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        self.seen.append(password)
        return str(super().encode(password, salt, iterations))


@pytest.mark.parametrize("who", ["known", "unknown"])
def test_doors_hash_one_password_for_known_and_unknown_addresses(settings: Settings, who: str) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.WatchedHasher"]
    known(email="known@school.example")
    WatchedHasher.seen.clear()
    new = {"email": f"{who}@school.example", "name": "Kim", "password1": "a long password"}

    Client().post("/accounts/login/", {"login": f"{who}@school.example", "password": "a guess"})
    Client().post("/accounts/signup/", new)

    assert WatchedHasher.seen == ["a guess", "a long password"]


# ── Sessions and pages ─────────────────────────────────────────────────────────────────────────────────────────────


def test_password_change_ends_the_sessions_elsewhere() -> None:
    person = known()
    here, there = log_in_with_password(person), log_in_with_password(person)

    new = "another long password"
    here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert there.get("/my/").status_code == 302


def test_login_begins_a_new_web_session() -> None:
    person, client = known(), Client()
    client.session.update({"seen": "by whoever gave this number away"})
    before = client.cookies[settings.SESSION_COOKIE_NAME].value

    log_in_with_password(person, client)

    assert client.get("/my/").status_code == 200
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != before
    assert not SessionStore().exists(before)


@pytest.mark.parametrize(("remember", "kept"), [({}, ""), ({"remember": "on"}, 14 * 24 * 3600)], ids=["no", "yes"])
@pytest.mark.parametrize("door", ["password", "code"])
def test_login_ends_with_the_browser_unless_the_device_is_ones_own(
    door: str, remember: dict[str, str], kept: int | str
) -> None:
    person, client = known(), Client()
    if door == "password":
        client.post("/accounts/login/", {"login": person.email, "password": PASSWORD} | remember)
    else:
        client.post("/accounts/login/code/", {"email": person.email})
        client.post("/accounts/login/code/confirm/", {"code": code_for(str(person.email))} | remember)

    assert client.get("/my/").status_code == 200
    assert client.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == kept


def test_login_end_closes_that_place_and_no_other() -> None:
    person, stranger = known(), known()
    here, there, third = log_in_with_password(person), log_in_with_password(person), log_in_with_password(person)
    at = UserSession.objects.get(session_key=there.cookies[settings.SESSION_COOKIE_NAME].value)

    refused = log_in_with_password(stranger).post(reverse("login_end", args=[at.pk]))
    here.post(reverse("login_end", args=[at.pk]))

    assert refused.status_code == 404
    assert [client.get("/my/").status_code for client in (here, there, third)] == [200, 302, 200]


def test_login_end_here_logs_out() -> None:
    person = known()
    here, there = log_in_with_password(person), log_in_with_password(person)
    at = UserSession.objects.get(session_key=here.cookies[settings.SESSION_COOKIE_NAME].value)

    response = here.post(reverse("login_end", args=[at.pk]))

    assert response["Location"] == reverse("account_login")
    assert [client.get("/my/").status_code for client in (here, there)] == [302, 200]


def test_closed_door_ends_every_session() -> None:
    person = known()
    client = log_in_with_password(person)

    accounts_people.set_active(person=person, active=False, by=create_hub_staff())

    assert client.get("/my/").status_code == 302


def test_second_step_comes_after_a_code_by_mail_too() -> None:
    person, client = known(), Client()
    Authenticator.objects.create(user=person, type="totp", data={"secret": SECRET})

    client.post("/accounts/login/code/", {"email": person.email})
    response = client.post("/accounts/login/code/confirm/", {"code": code_for(str(person.email))}, follow=True)

    assert response.request["PATH_INFO"] == reverse("mfa_authenticate")
    assert client.get("/my/").status_code == 302


def test_second_step_is_set_up_while_another_address_waits_to_be_confirmed() -> None:
    staff = known(hub_role="staff")
    EmailAddress.objects.create(user=staff, email="moved@school.example", verified=False)
    client = log_in_with_password(staff)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    assert client.get(reverse("mfa_activate_totp")).status_code == 200


def test_closed_door_lets_nobody_in_by_any_way() -> None:
    person = known(email="kim@school.example")
    accounts_people.set_active(person=person, active=False, by=create_hub_staff())

    assert log_in_with_password(person).get("/my/").status_code == 302
    Client().post("/accounts/login/code/", {"email": "kim@school.example"})
    assert not Notice.objects.filter(to="kim@school.example", subject__startswith="Your code").exists()


def allauth_names() -> list[str]:
    def walk(patterns: list[object]) -> list[str]:
        found = []
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                found += walk(pattern.url_patterns)
            elif isinstance(pattern, URLPattern) and pattern.callback.__module__.startswith("allauth"):
                found.append(str(pattern.name))
        return found

    return sorted(set(walk(get_resolver().url_patterns)))


def test_every_page_of_an_account_is_kept_by_no_cache() -> None:
    visitor, person = Client(), log_in_with_password(known())
    urls = []
    for name in allauth_names():
        with contextlib.suppress(NoReverseMatch):
            urls.append(reverse(name))

    kept = [url for url in urls for who in (visitor, person) if "no-store" not in who.get(url)["Cache-Control"]]

    assert kept == []


def test_every_page_of_an_account_wears_our_clothes() -> None:
    lead = create_lead(password=PASSWORD)
    EmailAddress.objects.create(user=lead, email=lead.email, primary=True, verified=True)
    visitor, person = Client(), Client()
    person.force_login(lead)
    person.post("/accounts/reauthenticate/", {"password": PASSWORD})
    bare, seen = [], 0
    for name in allauth_names():
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        for client in (visitor, person):
            response = client.get(url)
            if response.status_code in (200, 401) and response["Content-Type"].startswith("text/html"):
                seen += 1
                page = response.content.decode()
                if '<main id="main"' not in page or '<html lang="en-GB"' not in page:
                    bare.append(f"{name}: {page[:80]}")

    assert bare == []
    assert seen > 20
