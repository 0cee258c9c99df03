"""The codes by which people say "I am here": one that changes on the screen, one on paper, and a ticket for a form.

Each opens one session, in its window alone. No code says who somebody is: whoever takes the register confirms it.
"""

import base64
from datetime import datetime, timedelta

from django.core import signing
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from booking.links import absolute
from booking.models import Session

# How long a code stays on the screen.
STEP = timedelta(seconds=30)
# And how many before and after it are taken: servers' clocks differ, and an address is typed in its time.
TOLERANCE = 2
# Who has opened the page has so long to write their name, or to log in.
_TICKET_AGE = timedelta(minutes=15)
_LENGTH = 8
_SALT = "booking.check-in"
# Letters and figures that nobody mistakes for each other when they type them from a screen.
_LETTERS = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789abcdefghjkmnpqrstvwxyz")
_MISTAKEN = str.maketrans("oil", "011")


def screen_url(session: Session, now: datetime) -> str:
    """The absolute address that the screen shows now; it opens the page for about a minute and a half."""
    return _url(session, _digest(session, f"screen {_step(now)}"))


def paper_url(session: Session) -> str:
    """The absolute address on the printed sheet: it opens the page in the session's window."""
    return _url(session, _digest(session, "paper"))


def ticket(session: Session) -> str:
    """What a form of the page carries, so that the code may change while somebody types."""
    return signing.dumps(session.pk, salt=_SALT)


def session_of(pk: int, code: str, now: datetime) -> Session | None:
    """The session that this code opens at this moment; None for any other code, and outside the session's window."""
    session = Session.objects.select_related("work_group", "venue").filter(pk=pk).first()
    if session is None or not _takes(session, code, now) or not is_window(session, now):
        return None
    return session


def is_window(session: Session, now: datetime) -> bool:
    """May people say now that they are here? From when the register opens to the session's end, where it is used."""
    group = session.work_group
    if not (group.uses_check_in and group.status == group.Status.PUBLISHED and session.is_planned):
        return False
    if session.opens_at is None or session.ends_at is None:
        return False
    return session.opens_at <= now <= session.ends_at


def _takes(session: Session, code: str, now: datetime) -> bool:
    typed = code.lower().translate(_MISTAKEN)
    steps = range(_step(now) - TOLERANCE, _step(now) + TOLERANCE + 1)
    known = [_digest(session, "paper"), *(_digest(session, f"screen {step}") for step in steps)]
    if any(constant_time_compare(typed, one) for one in known):
        return True
    try:
        return bool(signing.loads(code, salt=_SALT, max_age=_TICKET_AGE) == session.pk)
    except signing.BadSignature:
        return False


def _step(now: datetime) -> int:
    return int(now.timestamp() // STEP.total_seconds())


def _digest(session: Session, what: str) -> str:
    made = salted_hmac(_SALT, f"{session.pk} {what}", algorithm="sha256").digest()
    return base64.b32encode(made)[:_LENGTH].translate(_LETTERS).decode()


def _url(session: Session, code: str) -> str:
    return absolute(reverse("check_in", args=[session.pk, code]))
