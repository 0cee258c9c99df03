"""Tries at a door: five failures in five minutes for one account, ten a minute from one place, and then it waits.

A try is counted before it is looked at and taken back when it succeeds, so that a hundred at once are worth no more
than one after the other. Each kind of door counts by itself: who is kept from one still comes in by another.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from allauth.account.adapter import get_adapter
from allauth.account.internal.userkit import filter_users_by_email
from allauth.core import context
from allauth.core.internal import ratelimit
from django.http import HttpRequest

# The names of the limits in ACCOUNT_RATE_LIMITS.
FROM_ONE_PLACE = "failed_here"
CODE_FOR_ONE_ACCOUNT = "failed_code"


def count(limit: str, *, account: str | None = None) -> ratelimit.RateLimitUsage:
    """Count one try, which its `rollback` takes back. Over the limit: a ValidationError that says to wait."""
    usage = ratelimit.consume(context.request, app="allauth.account", action=limit, key=account)
    if usage is None:
        raise get_adapter().validation_error("too_many_login_attempts")
    return usage


@contextmanager
def counted(limit: str, *, account: str | None = None) -> Iterator[None]:
    """Count what is tried inside; a ValidationError leaves the count standing."""
    usage = count(limit, account=account)
    yield
    usage.rollback()


def may_look(request: HttpRequest, limit: str) -> bool:
    """Count one look at a public page that says whether something exists; False: too many from one place just now."""
    return bool(ratelimit.consume(request, app="allauth.account", action=limit, limit_get=True))


def account_of(address: str) -> str:
    """One name for one account, whichever of its addresses is typed; for a stranger's address that address."""
    address = address.strip().lower()
    people = filter_users_by_email(address, prefer_verified=True, for_login=True)
    return f"person {min(person.pk for person in people)}" if people else f"address {address}"
