"""Leave a sign of having run, and read the signs of the others."""

import contextlib
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError

from accounts.models import SignOfLife

Name = SignOfLife.Name
# What runs every few seconds says so once a minute.
SELDOM = timedelta(minutes=1)


def leave(name: str, *, at: datetime, is_well: bool = True, **details: Any) -> None:
    """Say that something ran, and how it went."""
    given = {"at": at, "is_well": is_well, "details": details}
    SignOfLife.objects.update_or_create(name=name, defaults=given)


def leave_seldom(name: str, *, at: datetime) -> None:
    """The same, at most once a minute, and never at the cost of what ran: a busy database is told next time."""
    with contextlib.suppress(DatabaseError):
        if not SignOfLife.objects.filter(name=name, at__gt=at - SELDOM, is_well=True).exists():
            leave(name, at=at)


def read() -> dict[str, SignOfLife]:
    """The last sign of each that has ever left one, by name."""
    return {sign.name: sign for sign in SignOfLife.objects.all()}
