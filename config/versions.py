"""Which versions of what stand here."""

import platform
import tomllib
from functools import cache

import django
from django.conf import settings


@cache
def program() -> str:
    """The version of this program, as its own project file says."""
    words = (settings.BASE_DIR / "pyproject.toml").read_text()
    return str(tomllib.loads(words)["project"]["version"])


def python() -> str:
    return platform.python_version()


def of_django() -> str:
    return django.get_version()
