"""Which versions of what stand here."""

import platform
import sqlite3
import tomllib
from functools import cache

import django
from django.conf import settings
from django.db import connection


@cache
def program() -> str:
    """The version of this program, as its own project file says."""
    words = (settings.BASE_DIR / "pyproject.toml").read_text()
    return str(tomllib.loads(words)["project"]["version"])


def python() -> str:
    return platform.python_version()


def of_django() -> str:
    return django.get_version()


def database() -> str:
    """The database program, in its own words."""
    if connection.vendor == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return f"PostgreSQL {cursor.fetchone()[0]}"


def everything() -> list[tuple[str, str]]:
    return [("Program", program()), ("Python", python()), ("Django", of_django()), ("Database", database())]
