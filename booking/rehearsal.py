"""What an act of the office would do: the act itself, in a transaction that is always rolled back.

Nothing leaks out of a rehearsal: no history, no mail, no nudge after a commit. What would be told is asked of every app
that has a module `rehearsed` with `told(lines, entries)`, since mail is made above this one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import HistoryLine
from accounts.registry import parts
from booking.clashes import at_session
from booking.models import Attendance, Booking, CalendarEntry, Session
from booking.models.places import Status


@dataclass(frozen=True)
class Told:
    """One mail that would leave: of what kind, to whom, and as it would read."""

    kind: str
    to: str
    subject: str
    text: str


@dataclass
class Rehearsal:
    """What would happen: mails by kind, calendar entries that move or go, and what follows for people."""

    told: dict[str, list[Told]] = field(default_factory=dict)
    entries_changed: int = 0
    entries_gone: int = 0
    clashes: list[str] = field(default_factory=list)
    # Places that would be offered to who waits, offers that would fall, and guests who would lose their chair.
    offered: list[Booking] = field(default_factory=list)
    offers_fallen: int = 0
    guests_fallen: int = 0

    @property
    def is_quiet(self) -> bool:
        return not (self.told or self.entries_changed or self.entries_gone or self.offered)

    @property
    def mails(self) -> int:
        return sum(map(len, self.told.values()))


def rehearse(act: Callable[..., Any], **arguments: Any) -> Rehearsal:
    """Run an action with these arguments and tell what it did, with nothing done. Raises what the action refuses.

    Actions are `transaction.atomic(durable=True)`; what is run here is the function within, in a transaction of ours.
    """
    inner = act.__wrapped__  # type: ignore[attr-defined]  # what the decorator of every action keeps
    started, guests, offers = timezone.now(), _guests().count(), _offers().count()
    with transaction.atomic(durable=True):
        inner(**arguments)
        lines = list(HistoryLine.objects.untold().filter(at__gte=started, by=arguments["by"]).order_by("pk"))
        changed = CalendarEntry.objects.filter(changed_at__gte=started).select_related("person", "session")
        entries = list(changed.order_by("session__starts_at", "person__name", "pk"))
        sessions = {entry.session_id for entry in entries if entry.wanted == CalendarEntry.Wanted.REQUEST}
        offered = Booking.objects.filter(status=Status.OFFERED, offered_at__gte=started)
        found = Rehearsal(
            entries_changed=sum(entry.wanted == CalendarEntry.Wanted.REQUEST for entry in entries),
            entries_gone=sum(entry.wanted == CalendarEntry.Wanted.CANCEL for entry in entries),
            clashes=[words for one in Session.objects.filter(pk__in=sessions) for words in at_session(one)],
            offered=list(offered.select_related("school", "work_group")),
            guests_fallen=max(0, guests - _guests().count()),
        )
        found.offers_fallen = max(0, offers - _offers().count() + len(found.offered))
        for module in parts("rehearsed"):
            for one in module.told(lines, entries):
                found.told.setdefault(one.kind, []).append(one)
        transaction.set_rollback(True)
    return found


def _guests() -> Any:
    return Attendance.objects.filter(credited_to__isnull=False, session__starts_at__gt=timezone.now())


def _offers() -> Any:
    return Booking.objects.filter(status=Status.OFFERED)
