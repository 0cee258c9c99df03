"""Tries at every door: how many, for whom, from where, at once, and with the shared cache away."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings as configured
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from notifications.models import Notice
from tests.accounts.test_doors import SECRET, known, log_in_with_password
from tests.browser.test_main_job import code_for
from tests.factories import PASSWORD, create_user

pytestmark = pytest.mark.django_db(transaction=True)

WAIT = "Please wait five minutes"
Try = Callable[[], str]


def words(response: object) -> str:
    status = response.status_code  # type: ignore[attr-defined]  # the test client's own kind of response
    if status == 429:
        return WAIT
    return "in" if status == 302 else response.content.decode()  # type: ignore[attr-defined]


def by_password(login: str, password: str = "wrong", client: Client | None = None, **headers: str) -> str:
    client = client or Client()
    return words(client.post("/accounts/login/", {"login": login, "password": password}, headers=headers))


def test_login_is_closed_after_five_failures_whatever_the_spelling() -> None:
    known(email="kim@school.example")
    for spelling in ("kim@school.example", "KIM@school.example", " kim@school.example ", "Kim@School.Example"):
        by_password(spelling)
    by_password("kim@school.example")

    assert WAIT in by_password("kim@school.example", PASSWORD)


def test_login_is_closed_after_five_failures_whatever_the_host_header_says() -> None:
    known(email="kim@school.example")
    for port in range(8001, 8006):
        by_password("kim@school.example", host=f"localhost:{port}")

    assert WAIT in by_password("kim@school.example", PASSWORD, host="127.0.0.1")


def test_login_is_closed_after_five_failures_at_any_address_of_a_person() -> None:
    person = known(email="kim@school.example")
    EmailAddress.objects.create(user=person, email="kim@trust.example", verified=True)
    for address in ("kim@school.example", "kim@trust.example", "kim@school.example", "kim@trust.example") * 2:
        by_password(address)

    assert WAIT in by_password("kim@trust.example", PASSWORD)


def test_login_from_one_place_is_closed_after_ten_failures_whatever_the_header_says() -> None:
    known(email="kim@school.example")
    for number in range(10):
        by_password(f"guess{number}@school.example", x_forwarded_for=f"10.0.0.{number}")

    assert WAIT in by_password("kim@school.example", PASSWORD, x_forwarded_for="10.9.9.9")


def test_login_of_a_full_staff_room_is_never_closed() -> None:
    people = [known() for _ in range(20)]

    assert [by_password(str(person.email), PASSWORD) for person in people] == ["in"] * 20


def test_login_of_ones_own_does_not_open_the_door_for_more_guesses() -> None:
    known(email="kim@school.example")
    own = known()
    Authenticator.objects.create(user=own, type="totp", data={"secret": SECRET})
    for number in range(9):
        by_password(f"guess{number}@school.example")
    client = log_in_with_password(own)

    response = client.post(reverse("mfa_authenticate"), {"code": digits_now()})
    by_password("guess9@school.example")

    assert response.status_code == 302
    assert WAIT in by_password("kim@school.example", PASSWORD)


def test_login_tried_by_many_at_once_is_closed_all_the_same() -> None:
    known(email="kim@school.example")

    def one(_: int) -> bool:
        try:
            return WAIT in by_password("kim@school.example")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        closed = list(pool.map(one, range(16)))

    assert closed.count(False) <= 5
    assert WAIT in by_password("kim@school.example", PASSWORD)


def test_login_is_closed_with_redis_away(settings: Settings) -> None:
    settings.CACHES = settings.CACHES | {
        "default": {"BACKEND": "config.cache.RobustRedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    known(email="kim@school.example")
    for _ in range(5):
        by_password("kim@school.example")

    assert WAIT in by_password("kim@school.example", PASSWORD)


def test_login_by_code_stays_open_to_the_owner_whose_password_was_tried() -> None:
    known(email="kim@school.example")
    for _ in range(5):
        by_password("kim@school.example")
    client = Client()

    client.post("/accounts/login/code/", {"email": "kim@school.example"})
    client.post("/accounts/login/code/confirm/", {"code": code_for("kim@school.example")})

    assert client.get("/my/").status_code == 200


# ── The other doors ────────────────────────────────────────────────────────────────────────────────────────────────


def digits_now() -> str:
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    return str(format_hotp_value(hotp_value(SECRET, list(yield_hotp_counters_from_time())[1])))


def half_way_in(person: User) -> Client:
    """Somebody whose password was right, and who is asked for the second step."""
    Authenticator.objects.create(user=person, type="totp", data={"secret": SECRET})
    return log_in_with_password(person)


def at_login_code(person: User) -> list[Try]:
    def one() -> str:
        client = Client()
        client.post("/accounts/login/code/", {"email": person.email})
        return words(client.post("/accounts/login/code/confirm/", {"code": "BBBB-BBBB"}))

    def right() -> str:
        client = Client()
        client.post("/accounts/login/code/", {"email": person.email})
        return words(client.post("/accounts/login/code/confirm/", {"code": code_for(str(person.email))}))

    return [one, right]


def at_second_step(person: User) -> list[Try]:
    half_way_in(person)

    def one() -> str:
        return words(log_in_with_password(person).post(reverse("mfa_authenticate"), {"code": "000000"}))

    def right() -> str:
        return words(log_in_with_password(person).post(reverse("mfa_authenticate"), {"code": digits_now()}))

    return [one, right]


def at_recovery_code(person: User) -> list[Try]:
    half_way_in(person)
    codes = Authenticator.objects.create(user=person, type="recovery_codes", data={"migrated_codes": ["8" * 8]})
    assert codes.wrap().get_unused_codes() == ["8" * 8]

    def one() -> str:
        return words(log_in_with_password(person).post(reverse("mfa_authenticate"), {"code": "1" * 8}))

    def right() -> str:
        return words(log_in_with_password(person).post(reverse("mfa_authenticate"), {"code": "8" * 8}))

    return [one, right]


def at_reauthentication(person: User) -> list[Try]:
    client = log_in_with_password(person)

    def answer(password: str) -> str:
        return words(client.post("/accounts/reauthenticate/", {"password": password}))

    return [lambda: answer("wrong"), lambda: answer(PASSWORD)]


def at_password_change(person: User) -> list[Try]:
    client = log_in_with_password(person)

    def answer(old: str) -> str:
        new = "another long password"
        return words(
            client.post("/accounts/password/change/", {"oldpassword": old, "password1": new, "password2": new})
        )

    return [lambda: answer("wrong"), lambda: answer(PASSWORD)]


@pytest.mark.parametrize(
    "door", [at_login_code, at_second_step, at_recovery_code, at_reauthentication, at_password_change]
)
def test_doors_are_closed_after_five_failures(door: Callable[[User], list[Try]], settings: Settings) -> None:
    # How many codes may be mailed is another limit, and not what is looked at here.
    settings.ACCOUNT_RATE_LIMITS = configured.ACCOUNT_RATE_LIMITS | {"request_login_code": "100/m/ip"}
    person = known(email="kim@school.example")
    wrong, right = door(person)

    said = [wrong() for _ in range(5)]

    assert [WAIT in one for one in said] == [False] * 5
    assert WAIT in right()


def test_doors_are_closed_after_five_failures_at_the_code_of_a_sign_up() -> None:
    client = Client()
    data = {"email": "kim@school.example", "name": "Kim Lee", "password1": PASSWORD}
    client.post("/accounts/signup/", data)
    session = dict(client.session)
    for _ in range(5):
        # As tries at once see it: each reads the count in the web session before another has written.
        client.session.update(session)
        stored = client.session
        stored.update(session)
        stored.save()
        client.post("/accounts/confirm-email/", {"code": "BBBB-BBBB"})
    stored = client.session
    stored.update(session)
    stored.save()

    response = client.post("/accounts/confirm-email/", {"code": code_for("kim@school.example")})

    assert WAIT in words(response)
    assert not EmailAddress.objects.filter(verified=True).exists()


def test_doors_mail_no_more_than_five_codes_in_five_minutes() -> None:
    known(email="kim@school.example")

    for _ in range(8):
        Client().post("/accounts/login/code/", {"email": "kim@school.example"})

    assert Notice.objects.filter(to="kim@school.example", subject__startswith="Your code").count() == 5


def test_doors_too_often_tried_say_so_in_our_words() -> None:
    for number in range(31):
        data = {"email": f"kim{number}@school.example", "name": "Kim", "password1": "short"}
        response = Client().post("/accounts/signup/", data)

    assert response.status_code == 429
    assert "Please wait a little" in response.content.decode()


# ── Whose account it is ────────────────────────────────────────────────────────────────────────────────────────────


def test_address_proved_by_its_reader_ends_the_password_of_whoever_signed_up_with_it() -> None:
    stranger, owner = Client(), Client()
    stranger.post("/accounts/signup/", {"email": "kim@school.example", "name": "Not Kim", "password1": PASSWORD})

    owner.post("/accounts/login/code/", {"email": "kim@school.example"})
    owner.post("/accounts/login/code/confirm/", {"code": code_for("kim@school.example")})

    assert owner.get("/my/").status_code == 200
    assert by_password("kim@school.example", PASSWORD) != "in"
    assert stranger.get("/my/").status_code == 302


def test_address_that_is_only_claimed_is_stored_nowhere() -> None:
    person = known()
    client = log_in_with_password(person)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    client.post("/accounts/email/", {"action_add": "1", "email": "victim@school.example"})

    assert not EmailAddress.objects.filter(email="victim@school.example").exists()


def test_address_added_with_its_code_becomes_the_main_one_on_request() -> None:
    person = known(email="old@school.example")
    create_user(email="other@school.example")
    client = log_in_with_password(person)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    client.post("/accounts/email/", {"action_add": "1", "email": "New@school.example"})
    client.post("/accounts/confirm-email/", {"code": code_for("new@school.example")})
    before = User.objects.get(pk=person.pk).email
    client.post("/accounts/email/", {"action_primary": "1", "email": "new@school.example"})
    client.post("/accounts/email/", {"action_remove": "1", "email": "old@school.example"})

    assert (before, User.objects.get(pk=person.pk).email) == ("old@school.example", "new@school.example")
    assert list(EmailAddress.objects.filter(user=person).values_list("email", "primary", "verified")) == [
        ("new@school.example", True, True)
    ]
    assert log_in_with_password(User.objects.get(pk=person.pk)).get("/my/").status_code == 200


def test_address_of_a_named_colleague_is_proved_by_the_first_code_alone() -> None:
    named, client = create_user(email="kim@school.example"), Client()

    client.post("/accounts/login/code/", {"email": "kim@school.example"})
    client.post("/accounts/login/code/confirm/", {"code": code_for("kim@school.example")})

    assert client.get("/my/").status_code == 200
    assert EmailAddress.objects.get(user=named).verified
