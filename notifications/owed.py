"""What is owed by a state: calendar entries that have changed since their person was last told.

Nothing is scheduled. A row whose sequence has outrun what was told is found by query and told from things as they then
are, so that ten changes within the hold time leave as one mail, and a change undone leaves as none.
"""

from datetime import datetime
from typing import Literal

from django.db import connection, transaction

from accounts.models import User
from booking import ical
from booking.emails import invite_words
from booking.models import CalendarEntry, Session
from notifications.models import Notice
from notifications.outbox import Envelope, put

BATCH = 500


def tell_entries(now: datetime) -> int:
    """Queue the invite of every entry that is due. Returns how many entries were told (or needed no mail)."""
    due = CalendarEntry.objects.untold().filter(tell_after__lte=now).order_by("tell_after", "pk")
    return sum(_tell(pk, now) for pk in list(due.values_list("pk", flat=True)[:BATCH]))


@transaction.atomic
def _tell(pk: int, now: datetime) -> bool:
    entry = (
        CalendarEntry.objects.untold()
        .select_related("person", "session__work_group", "session__venue")
        .select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked, of=("self",))
        .filter(pk=pk, tell_after__lte=now)
        .first()
    )
    if entry is None:
        return False  # another worker has it
    session, person = entry.session, entry.person
    reached = _void_older(entry)
    told_before = entry.told_address if reached else ""
    wanted = (
        _address(person)
        if entry.wanted == CalendarEntry.Wanted.REQUEST and session.is_planned and session.starts_at
        else ""
    )
    is_over = session.ends_at is not None and session.ends_at <= now
    entry.told_address = ""
    if not is_over:
        if told_before and told_before != wanted:
            _put(entry, "CANCEL", told_before, now, first=False)
        if wanted:
            _put(entry, "REQUEST", wanted, now, first=told_before != wanted)
            entry.told_address = wanted
    entry.told_sequence = entry.sequence
    entry.save(update_fields=["told_sequence", "told_address"])
    return True


def _address(person: User) -> str:
    """Where this person's invites go; nowhere for who keeps a calendar link, has no address, or is gone."""
    mails = person.invites == User.Invites.MAIL and person.is_active
    return (person.email or "") if mails else ""


def _void_older(entry: CalendarEntry) -> bool:
    """Drop older mails of this entry that have not left. Returns whether any mail of it may have arrived."""
    mails = Notice.objects.filter(order_key=_order_key(entry))
    unsent = [Notice.State.QUEUED, Notice.State.RETRY, Notice.State.HELD]
    mails.filter(state__in=unsent).update(state=Notice.State.DROPPED)
    # What was told before the outbox kept count (a hub that was brought in from elsewhere) counts as arrived.
    return not mails.exists() or mails.exclude(state__in=[Notice.State.DROPPED, Notice.State.FAILED]).exists()


def _order_key(entry: CalendarEntry) -> str:
    return f"entry:{entry.pk}"


def _put(
    entry: CalendarEntry, method: Literal["REQUEST", "CANCEL"], address: str, now: datetime, *, first: bool
) -> None:
    session: Session = entry.session
    subject, text = invite_words(session, method=method, first=first)
    envelope = Envelope(
        kind="invite" if method == "REQUEST" else "invite_cancelled",
        to=address,
        reason=f"You have a place on {session.work_group}, or lead it.",
        person=entry.person,
        order_key=_order_key(entry),
        dedupe_key=f"entry:{entry.pk}:{entry.sequence}:{method}:{address}"[:120],
        sequence=entry.sequence,
    )
    put(
        envelope,
        subject=subject,
        text=f"{session.work_group}, session {session.number}\n\n{text}\n",
        calendar=(method, ical.invite(entry, method=method, now=now, address=address)),
    )
