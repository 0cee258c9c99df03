"""An SMTP server that the outbox delivers to."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

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
