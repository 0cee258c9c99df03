"""When a register is open, and when it is locked: plain functions on a session that the caller has locked."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import Model

from accounts import history
from accounts.models import User
from booking.models import RegisterLink, Session
from booking.models.sessions import OPENS_BEFORE
from booking.taking import is_locked


def is_open(session: Session, now: datetime) -> bool:
    """Does this session have a register by now?"""
    return session.is_planned and session.starts_at is not None and session.starts_at - OPENS_BEFORE <= now


def check_says_why(session: Session, now: datetime, amendments: Sequence[str]) -> None:
    if is_locked(session, now) and not all(amendments):
        raise ValidationError("This register has been signed and is locked. Say why you change it.")


def check_link(link: RegisterLink | None, session: Session, now: datetime) -> None:
    """A colleague's link marks on the session's own day alone; that it was used for the first time is kept."""
    if link is None:
        return
    link.refresh_from_db()
    if link.session_id != session.pk or not link.opens_at(now):
        raise ValidationError("This link is over. Ask the hub for another.")
    if link.used_at is None:
        link.used_at = now
        link.save(update_fields=["used_at"])
        about: list[Model] = [session, session.work_group]
        history.write("register_link_used", about=about, by=None, at=now, details=link_details(link), tells=False)


def link_details(link: RegisterLink) -> dict[str, int]:
    """What the history keeps of a link: ids, for its name is a colleague's."""
    return {"session": link.session_id, "link": link.pk}


def write_marked(
    verb: str,
    session: Session,
    by: User | None,
    now: datetime,
    reason: str,
    count: int,
    *,
    link: RegisterLink | None = None,
) -> None:
    """One line of the history for so many marks."""
    history.write(
        verb,
        about=[session],  # one line for each tap would push all else off the group's page
        by=by,
        at=now,
        reason=reason,
        details={"session": session.pk, "marks": count} | ({"link": link.pk} if link else {}),
        tells=False,
    )
