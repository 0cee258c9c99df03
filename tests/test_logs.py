"""What stands in the logs opens nothing: every address with a token in it is written without."""

import json
import logging
import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.decorators import login_not_required
from django.test import Client, override_settings
from django.urls import get_resolver, reverse
from pytest_django import Settings

from accounts.models import User
from booking.actions import feeds
from booking.links import person_dates_url
from config.logs import formatter
from notifications.delivery import drain
from tests.factories import create_booking, create_hub_staff, create_lead, create_user, create_work_group
from tests.test_conventions import own_urls

pytestmark = pytest.mark.django_db(transaction=True)


def written(caplog: pytest.LogCaptureFixture) -> str:
    """Every entry as the hub's own formatter writes it."""
    lines = formatter()
    return "\n".join(lines.format(record) for record in caplog.records)


def test_logs_hide_the_token_of_a_calendar_link(caplog: pytest.LogCaptureFixture) -> None:
    owner: User = create_user()
    _, token = feeds.make_feed(owner=owner, kind="mine")
    client = Client()

    with caplog.at_level(logging.INFO):
        client.post(f"/calendar/{token}.ics")
        client.get(f"/calendar/{token[:-1]}x.ics")

    assert "/calendar/(hidden).ics" in written(caplog)
    assert (token in written(caplog), token[:-1] in written(caplog)) == (False, False)


def test_logs_hide_signed_links_and_keep_the_names_of_pages(caplog: pytest.LogCaptureFixture) -> None:
    token = person_dates_url(create_user()).rstrip("/").rsplit("/", 1)[1]
    reset = "/accounts/password/reset/key/1-d5k2vb-0f3a9c1b2d4e5f60718293a4b5c6d7e8/"
    logger = logging.getLogger("test")

    with caplog.at_level(logging.INFO):
        Client().get(f"/my/dates/{token[:-3]}abc/")
        logger.info("Not Found: %s", reset)
        logger.info("Not Found: /work-groups/teaching-for-mastery-in-mixed-age-classes-2026-27/")
        try:
            raise ValueError(f"/agree/{token}/")
        except ValueError:
            logger.exception("broken")

    text = written(caplog)
    assert (token[:-3] in text, "0f3a9c1b2d" in text) == (False, False)
    assert "/my/dates/(hidden)/" in text
    assert "/agree/(hidden)/" in text
    assert "teaching-for-mastery-in-mixed-age-classes-2026-27" in text


def test_logs_hide_the_token_of_every_address_that_has_one() -> None:
    token = person_dates_url(create_user()).rstrip("/").rsplit("/", 1)[1]
    lines = formatter()
    named = [name for name, _ in own_urls()]
    addresses = [reverse(name, kwargs={"token": token}) for name in named if takes_only_a_token(name)]

    shown = [lines.format(logging.LogRecord("x", 20, "", 1, address, None, None)) for address in addresses]

    assert len(addresses) >= 6
    assert [line for line in shown if token[:20] in line] == []


def takes_only_a_token(name: str) -> bool:
    found = get_resolver().reverse_dict.getlist(name)
    return any(set(parameters) == {"token"} for possibilities, *_ in found for _, parameters in possibilities)


@pytest.fixture
def lines() -> Iterator[list[dict[str, object]]]:
    """Every line that the hub writes, down to the least important, as the machine reads it."""
    found: list[dict[str, object]] = []
    with override_settings(IS_CONFIGURED=True):
        handler = logging.Handler()
        handler.setFormatter(formatter())
    handler.emit = lambda record: found.append(json.loads(handler.format(record)))  # type: ignore[method-assign]
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield found
    root.removeHandler(handler)
    root.setLevel(before)


def test_logs_bear_the_number_of_the_request_that_the_answer_bears(lines: list[dict[str, object]]) -> None:
    answer = Client().get("/work-groups/")

    line = next(line for line in lines if line.get("page") == "work_group_list")
    assert (line["request"], line["status"], line["method"]) == (answer["X-Request-ID"], 200, "GET")
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", answer["X-Request-ID"])


def test_number_of_a_proxy_is_taken_only_where_there_is_one(settings: Settings) -> None:
    given = {"X-Request-ID": "of-the-proxy-1"}
    alone = Client().get("/healthz", headers=given)
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    behind, forged = Client().get("/healthz", headers=given), Client().get("/healthz", headers={"X-Request-ID": "<b>"})

    assert behind["X-Request-ID"] == "of-the-proxy-1"
    assert alone["X-Request-ID"] != "of-the-proxy-1"
    assert "<" not in forged["X-Request-ID"]


def test_page_of_an_error_says_the_number_under_which_it_is_logged(
    lines: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["kim.example@school.example could not be read", "DETAIL:  Failing row contains (Kim Example)."]

    def broken(_request: object) -> None:
        raise RuntimeError("\n".join(words))

    monkeypatch.setattr(get_resolver().url_patterns[-1], "callback", login_not_required(broken))
    client = Client(raise_request_exception=False)

    answer = client.get("/robots.txt")

    number = answer["X-Request-ID"]
    assert answer.status_code == 500
    assert f"<strong>{number}</strong>" in answer.content.decode()
    logged = [line for line in lines if line.get("request") == number and "RuntimeError" in str(line)]
    assert len(logged) == 1
    assert "(address) could not be read" in str(logged)
    assert "Kim Example" not in str(logged)


def test_logs_of_whole_journeys_name_nobody(lines: list[dict[str, object]]) -> None:
    kim = create_lead(name="Kimberley Oakenshaw", email="kimberley@secret-school.example")
    booking = create_booking(work_group=create_work_group(title="Bars"), by=kim, people=[kim])
    staff = create_hub_staff()
    client, office = Client(), Client()
    client.force_login(kim)
    office.force_login(staff)
    wrong = {"login": kim.email, "password": "not-the-one-at-all"}

    Client().post("/accounts/login/", wrong)
    Client().post("/accounts/login/code/", {"email": kim.email})
    Client().get("/no-such-page/?who=Kimberley+Oakenshaw&mail=kimberley%40secret-school.example")
    client.get("/my/")
    client.get(f"/bookings/{booking.pk}/")
    client.post(f"/bookings/{booking.pk}/withdraw/", {"reason": "cover"})
    client.post("/my/name/", {"name": "Kimberley Oakenshaw-Bell", "job": "Maths lead"})
    office.get("/office/people/?q=Oakenshaw")
    office.get(f"/office/people/{kim.pk}/")
    drain()

    text = json.dumps([line for line in lines if not str(line.get("logger", "")).startswith("django.db")])
    named = [word for word in ("Kimberley", "Oakenshaw", "secret-school", "not-the-one") if word in text]
    assert len([line for line in lines if line.get("page")]) == 8
    assert [line for line in lines if "Not Found" in str(line) and not line.get("request")] == []
    assert named == []
    assert client.session.session_key not in text
