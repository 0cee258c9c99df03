"""Hubs of the fault tests: one grown to many processes, one in a single process."""

import urllib.parse
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.faults.hub import BEAT, SECRET, WORKER, Hub, Postbox, wait_until


@pytest.fixture(scope="module")
def postbox() -> Iterator[Postbox]:
    with Postbox() as box:
        yield box


@pytest.fixture(scope="session")
def migrated(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a database with every table and no row, of which others are made as copies."""
    with database(postgres_url) as url:
        Hub(tmp_path_factory.mktemp("migrated"), DATABASE_URL=url).migrate()
        yield url.rpartition("/")[2]


@pytest.fixture(scope="module")
def database_url(postgres_url: str, migrated: str) -> Iterator[str]:
    """A database of this module's own, on the server of this run."""
    with database(postgres_url, migrated) as url:
        yield url


@contextmanager
def database(postgres_url: str, template: str = "template1") -> Iterator[str]:
    name = f"processes_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield urllib.parse.urlsplit(postgres_url)._replace(path=f"/{name}").geturl()
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def grown(
    database_url: str, redis_url: str, postbox: Postbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hub]:
    """PostgreSQL, Redis, two web processes, two workers and a clock."""
    hub = Hub(
        tmp_path_factory.mktemp("grown"),
        SECRET_KEY=SECRET,
        HUB_URL="http://127.0.0.1",
        DATABASE_URL=database_url,
        REDIS_URL=redis_url,
        EMAIL_URL=f"smtp://127.0.0.1:{postbox.port}",
    )
    hub.migrate()
    hub.begin("manage.py", "serve", "--port", str(hub.port), "--workers", "2")
    hub.begin(*WORKER, "one@%h")
    hub.begin(*WORKER, "two@%h")
    hub.begin(*BEAT)
    try:
        hub.wait_until_it_answers()
        wait_until(lambda: hub.log().count("Connected to redis") >= 2, "both workers are connected", hub)
        yield hub
    finally:
        hub.end()


@pytest.fixture
def small(postbox: Postbox, tmp_path: Path) -> Iterator[Hub]:
    """One process on SQLite, configured for real."""
    hub = Hub(tmp_path, SECRET_KEY=SECRET, HUB_URL="http://127.0.0.1", EMAIL_URL=f"smtp://127.0.0.1:{postbox.port}")
    hub.migrate()
    try:
        yield hub
    finally:
        hub.end()
