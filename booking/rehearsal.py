"""What an act of the office would do: the act itself, in a transaction that is always rolled back.

Nothing leaks out of a rehearsal: no history, no mail, no nudge after a commit. What would be told is asked of every app
that has a module `rehearsed` with `told(lines, entries)`, since mail is made above this one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import HistoryLine
from accounts.registry import parts
from booking.clashes import at_session
from booking.diary import clashes_of
from booking.models import Attendance, Booking, CalendarEntry, Session
from booking.models.places import Status

_Row = TypeVar("_Row", Attendance, Booking)


@dataclass(frozen=True)
class Told:
    """One mail that would leave: of what kind, to whom, and as it would read."""

    kind: str
    to: str
    subject: str
    text: str


@dataclass
class Text:
    """One wording of a mail, and who would get it."""

    subject: str
    text: str
    to: list[str]


@dataclass
class Kind:
    """All mails of one kind, most of the same text first."""

    subject: str
    texts: list[Text]

    @property
    def mails(self) -> int:
        return sum(len(one.to) for one in self.texts)


@dataclass
class Rehearsal:
    """What would happen: mails by kind, calendar entries that move or go, and what follows for people."""

    told: dict[str, list[Told]] = field(default_factory=dict)
    entries_changed: int = 0
    entries_gone: int = 0
    clashes: list[str] = field(default_factory=list)
    # Places that would be offered to who waits, offers that would fall, and guests who would lose their chair.
    offered: list[Booking] = field(default_factory=list)
    offers_fallen: list[Booking] = field(default_factory=list)
    guests_fallen: list[Attendance] = field(default_factory=list)

    @property
    def is_quiet(self) -> bool:
        return not (self.told or self.entries_changed or self.entries_gone or self.offered)

    @property
    def mails(self) -> int:
        return sum(map(len, self.told.values()))

    @property
    def kinds(self) -> list[Kind]:
        """The mails by kind and by what they say."""
        kinds = []
        for mails in self.told.values():
            texts: dict[tuple[str, str], Text] = {}
            for mail in mails:
                texts.setdefault((mail.subject, mail.text), Text(mail.subject, mail.text, [])).to.append(mail.to)
            ordered = sorted(texts.values(), key=lambda one: -len(one.to))
            kinds.append(Kind(ordered[0].subject, ordered))
        return kinds


def rehearse(act: Callable[..., Any], **arguments: Any) -> Rehearsal:
    """Run an action with these arguments and tell what it did, with nothing done. Raises what the action refuses.

    Actions are `transaction.atomic(durable=True)`; what is run here is the function within, in a transaction of ours.
    """
    inner = act.__wrapped__  # type: ignore[attr-defined]  # what the decorator of every action keeps
    started, guests, offers = timezone.now(), list(_guests()), list(_offers())
    with transaction.atomic(durable=True):
        inner(**arguments)
        lines = list(HistoryLine.objects.untold().filter(at__gte=started, by=arguments["by"]).order_by("pk"))
        changed = CalendarEntry.objects.filter(changed_at__gte=started).select_related("person", "session")
        entries = list(changed.order_by("session__starts_at", "person__name", "pk"))
        sessions = {entry.session_id for entry in entries if entry.wanted == CalendarEntry.Wanted.REQUEST}
        offered = Booking.objects.filter(status=Status.OFFERED, offered_at__gte=started)
        # Who leads has the session in their calendar, and is among those asked about there.
        changed_now = Session.objects.planned().filter(changed_at__gte=started)
        rooms = [one.words for one in clashes_of(changed_now) if one.kind != "lead"]
        found = Rehearsal(
            entries_changed=sum(entry.wanted == CalendarEntry.Wanted.REQUEST for entry in entries),
            entries_gone=sum(entry.wanted == CalendarEntry.Wanted.CANCEL for entry in entries),
            clashes=[words for one in Session.objects.filter(pk__in=sessions) for words in at_session(one)] + rooms,
            offered=list(offered.select_related("school", "work_group")),
            guests_fallen=_fallen(guests, _guests()),
            offers_fallen=_fallen(offers, _offers()),
        )
        for module in parts("rehearsed"):
            for one in module.told(lines, entries):
                found.told.setdefault(one.kind, []).append(one)
        transaction.set_rollback(True)
    return found


def _guests() -> QuerySet[Attendance]:
    """Who catches up with a coming session of another group."""
    coming = Attendance.objects.filter(credited_to__isnull=False, session__starts_at__gt=timezone.now())
    return coming.select_related("person", "session__work_group").order_by("session__starts_at", "person__name", "pk")


def _offers() -> QuerySet[Booking]:
    offered = Booking.objects.filter(status=Status.OFFERED)
    return offered.select_related("school", "work_group").order_by("offered_at", "pk")


def _fallen(before: list[_Row], now: QuerySet[_Row]) -> list[_Row]:
    """Which of those that stood before the act no longer do."""
    left = set(now.values_list("pk", flat=True))
    return [one for one in before if one.pk not in left]
