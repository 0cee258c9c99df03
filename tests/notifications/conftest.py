"""SMTP servers that the outbox delivers to, of which one does wrong on request, an IMAP server with a
mailbox, and another system that is told what happens."""

from collections.abc import Iterator
from ipaddress import ip_network
from urllib.parse import quote

import pytest
from pytest_django import Settings

from notifications import smtp as smtp_transport
from tests.faulty_smtp import FaultySmtp
from tests.hook_server import HookServer
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
def server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultySmtp]:
    with FaultySmtp() as faulty:
        settings.EMAIL_URL = "smtp://faulty"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", faulty.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_TIMEOUT = 5
        monkeypatch.setattr(smtp_transport, "SECONDS_AFTER_DOT", 5)
        yield faulty


@pytest.fixture
def imap(settings: Settings) -> Iterator[ImapServer]:
    server = ImapServer()
    server.start()
    user, password = quote(USER, safe=""), quote(PASSWORD, safe="")
    settings.IMAP_URL = f"imap://{user}:{password}@127.0.0.1:{server.port}/INBOX"
    settings.IMAP_TIMEOUT = 1
    yield server
    server.stop()


@pytest.fixture
def hook(settings: Settings) -> Iterator[HookServer]:
    """Another system on this machine, which the hub may reach because its operator has said so."""
    settings.HUB_WEBHOOK_NETWORKS = [ip_network("127.0.0.1/32")]
    with HookServer() as server:
        yield server
