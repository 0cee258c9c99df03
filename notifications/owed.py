"""What is owed by a state: calendar entries that have changed since their person was last told.

Nothing is scheduled. A row whose sequence has outrun what was told is found by query and told from things as they then
are, so that ten changes within the hold time leave as one mail, and a change undone leaves as none.
"""

import logging
from datetime import UTC, datetime
from typing import Literal

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import HistoryLine, User
from accounts.models.history import link_to
from booking import emails, ical
from booking.expectations import is_near
from booking.links import sender_of
from booking.models import CalendarEntry
from booking.prepared import Prepared
from notifications.models import Notice, Priority
from notifications.outbox import Envelope, put
from notifications.words import Words

log = logging.getLogger(__name__)

BATCH = 500


def tell_entries(now: datetime) -> int:
    """Queue the invite of every entry that is due. Returns how many entries were told (or needed no mail)."""
    # Whoever has a new address loses the entry at the old one and gets it at the new.
    elsewhere = CalendarEntry.objects.standing_elsewhere(now).values("pk")
    CalendarEntry.objects.filter(pk__in=elsewhere).update(sequence=F("sequence") + 1, changed_at=now, tell_after=now)
    # Who is on leave is told of what still concerns them when they are back.
    away = User.objects.away_on(timezone.localdate(now)).values("pk")
    due = CalendarEntry.objects.untold().filter(tell_after__lte=now).exclude(person__in=away)
    due = due.order_by("tell_after", "pk")
    told, pks = 0, list(due.values_list("pk", flat=True)[:BATCH])
    words = Words.load() if pks else Words({})
    for pk in pks:
        try:
            told += tell_entry(pk, now, words)
        except Exception:  # whatever is wrong with one entry, the others are still told
            log.exception("calendar entry %s could not be told", pk)
    return told


@transaction.atomic
def tell_entry(pk: int, now: datetime, words: Words) -> bool:
    """Queue what one entry owes by now. Returns whether there was something to tell, and nobody else did."""
    entry = (
        CalendarEntry.objects.untold()
        .select_related("person", "session__work_group", "session__venue")
        .select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked, of=("self",))
        .filter(pk=pk, tell_after__lte=now)
        .first()
    )
    if entry is None:
        return False  # another worker has it
    session = entry.session
    if session.ends_at is None or session.ends_at > now:  # nobody is told of what is past
        standing = _void_unsent(entry)
        wanted = _address(entry)
        for address in sorted(standing - {wanted}):
            _put(entry, "CANCEL", address, now, words, first=False)
        if wanted:
            _put(entry, "REQUEST", wanted, now, words, first=wanted not in standing)
            entry.told_starts_at, entry.told_ends_at = session.starts_at, session.ends_at
        entry.told_address = wanted
    entry.told_sequence = entry.sequence
    entry.save(update_fields=["told_sequence", "told_address", "told_starts_at", "told_ends_at"])
    return True


def _address(entry: CalendarEntry) -> str:
    """Where the session shall stand: nowhere for who keeps a calendar link, has no address, or is not expected."""
    person, session = entry.person, entry.session
    if entry.wanted == CalendarEntry.Wanted.CANCEL or not session.is_planned or session.starts_at is None:
        return ""
    mails = person.invites == User.Invites.MAIL and person.is_active
    return (person.email or "") if mails else ""


def _void_unsent(entry: CalendarEntry) -> set[str]:
    """Drop mails of this entry that have not left. Returns the addresses in whose calendars it may stand."""
    mails = Notice.objects.filter(order_key=order_key(entry))
    mails.unsent().update(state=Notice.State.DROPPED)
    mails = mails.filter(kind__startswith="invite")  # reminders go the same way, and put nothing into a calendar
    last = dict(_ARRIVED.rows(key=order_key(entry)))
    if entry.told_address and not last and not mails.exists():
        return {entry.told_address}  # told before this outbox kept count: a hub that was brought in from elsewhere
    return {address for address, kind in last.items() if kind == "invite"}


_ARRIVED = Prepared(
    lambda key: (
        Notice.objects.filter(order_key=key, kind__startswith="invite")
        .may_have_arrived()
        .order_by("pk")
        .values_list("to", "kind")
    ),
    key="entry:-1",
)


def _why_moved(entry: CalendarEntry) -> str:
    """What the hub said when the session moved, since this entry has changed."""
    kind, session = link_to(entry.session)
    return "".join(reason for (reason,) in _MOVED.rows(kind=kind, session=session, since=entry.changed_at))


_MOVED = Prepared(
    lambda kind, session, since: (
        HistoryLine.objects.filter(links__content_type=kind, links__object_id=session)
        .filter(verb="session_moved", at__gte=since)
        .order_by("-pk")
        .values_list("reason")[:1]
    ),
    kind=2**31 - 1,
    session=2**31 - 2,
    since=datetime(1970, 1, 1, tzinfo=UTC),
)


def order_key(entry: CalendarEntry) -> str:
    """What all mails about one person and session share: they leave in order, and a change voids the unsent."""
    return f"entry:{entry.pk}"


def _put(
    entry: CalendarEntry,
    method: Literal["REQUEST", "CANCEL"],
    address: str,
    now: datetime,
    words: Words,
    *,
    first: bool,
) -> None:
    why = "" if first or method == "CANCEL" else _why_moved(entry)
    mail = emails.invite(entry.person, entry.session, method=method, first=first, was=entry.told_starts_at, why=why)
    mail = words.on(mail)
    today = not first and is_near(entry.session, now)
    envelope = Envelope.of(
        mail,
        to=address,
        person=entry.person,
        priority=Priority.TODAY if today else Priority.SERVICE,
        order_key=order_key(entry),
        dedupe_key=f"entry:{entry.pk}:{entry.sequence}:{method}:{address}"[:120],
        sequence=entry.sequence,
        sender=sender_of(entry.person),  # also its ORGANIZER
    )
    calendar = (method, ical.invite(entry, method=method, now=now, address=address))
    put(
        envelope,
        subject=f"{emails.TODAY}{mail.subject}" if today else mail.subject,
        text=mail.text,
        html=mail.html,
        calendar=calendar,
    )
