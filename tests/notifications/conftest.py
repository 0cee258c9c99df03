"""An SMTP server that the outbox delivers to, and an IMAP server that the hub's mailbox lies on."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from pytest_django import Settings

from tests.imap_server import PASSWORD, USER, ImapServer
from tests.smtp_sink import SinkServer


@pytest.fixture
def smtp(settings: Settings) -> Iterator[SinkServer]:
    server = SinkServer()
    server.start()
    settings.EMAIL_URL = "smtp://sink"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield server
    server.stop()


@pytest.fixture
def imap(settings: Settings) -> Iterator[ImapServer]:
    server = ImapServer()
    server.start()
    user, password = quote(USER, safe=""), quote(PASSWORD, safe="")
    settings.IMAP_URL = f"imap://{user}:{password}@127.0.0.1:{server.port}/INBOX"
    settings.IMAP_TIMEOUT = 1
    yield server
    server.stop()
