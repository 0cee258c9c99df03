"""Fixtures that every folder shares: servers, clients, and a clean page cache."""

import os
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.core.cache import caches
from django.db import connection, transaction
from django.test import Client, TransactionTestCase
from pytest_django import Settings

from accounts.models import User
from booking.reports import shown
from tests.servers import UnavailableError, start_postgres, start_redis

# The register's rows for a hub's area stand beside the project where its makers work.
AREA = Path(configured.BASE_DIR).parent / "shared" / "data" / "gias"

if configured.IS_SQLITE:  # no test outlives a machine that loses its power
    configured.DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"

# Made by migrations and the same for every test.
KEPT_TABLES = {"django_migrations", "django_content_type", "auth_permission"}


def _delete_rows(case: object = None) -> None:
    """Empty the tables after a test that commits: keys are checked at the end, so in any order.

    Django truncates every table and makes content types anew, which takes PostgreSQL sixty times as long.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in _deletions():
            cursor.execute(statement)


@lru_cache
def _deletions() -> list[str]:
    """One for each table; PostgreSQL takes all of them at once."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    each = [f"DELETE FROM {connection.ops.quote_name(table)}" for table in tables if table not in KEPT_TABLES]
    return each if connection.vendor == "sqlite" else ["; ".join(each)]


TransactionTestCase._fixture_teardown = _delete_rows  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """A PostgreSQL server of this run; the one under test, or one of its own."""
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        return os.environ["DATABASE_URL"]
    try:
        return start_postgres()
    except UnavailableError as missing:
        pytest.skip(f"needs PostgreSQL: {missing}")


@pytest.fixture(scope="session")
def redis_url() -> str:
    try:
        return start_redis()
    except UnavailableError as missing:
        pytest.skip(f"needs Redis: {missing}")


@pytest.fixture
def area() -> Path:
    if not AREA.is_dir():
        pytest.skip(f"needs the register's rows of the hub's area in {AREA.name}/, which are not on this machine")
    return AREA


@pytest.fixture(autouse=True)
def _no_kept_pages() -> Iterator[None]:
    """Tests roll back, so revisions repeat: what one test kept must not be served to the next."""
    yield
    for cache in caches.all(initialized_only=True):
        cache.clear()
    shown.forget()


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    """A password is hashed in no time; what the hub's own hashing takes is looked at where that is the point."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


@pytest.fixture(autouse=True)
def _mail_through_the_outbox(settings: Settings) -> None:
    """As in real life: the test runner would put a list in its place."""
    settings.EMAIL_BACKEND = "notifications.backend.OutboxBackend"


@pytest.fixture(autouse=True)
def _no_second_step(settings: Settings) -> None:
    """People of the tests come in without one; the tests of the doors ask for it again."""
    settings.SECOND_STEP_REQUIRED = False


@pytest.fixture(autouse=True)
def _files_of_their_own(settings: Settings, tmp_path: Path) -> None:
    """What tests hand in lies in a folder of theirs, and so do their backups."""
    settings.FILES_ROOT = tmp_path / "files"
    settings.BACKUPS_ROOT = tmp_path / "backups"


@pytest.fixture(autouse=True)
def _mail_at_any_hour(settings: Settings) -> None:
    """Tests run by night and on Sundays too; those of the quiet hours turn them on again."""
    settings.HUB_QUIET_HOURS = False


@pytest.fixture
def log_in() -> Callable[[User], Client]:
    """A browser in which this person is logged in."""

    def _log_in(person: User) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return _log_in
