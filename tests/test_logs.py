"""What stands in the logs opens nothing: every address with a token in it is written without."""

import logging

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from accounts.models import User
from booking.actions import feeds
from booking.links import person_dates_url
from config.logs import formatter
from tests.factories import create_user
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
