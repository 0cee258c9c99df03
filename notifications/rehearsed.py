"""The mails that an act would send, made in the transaction that is rolled back, and read from the outbox there."""

from collections.abc import Iterator, Sequence
from email import message_from_bytes, policy

from accounts.models import HistoryLine
from booking.models import CalendarEntry
from booking.rehearsal import Told
from notifications.acts import tell
from notifications.models import Notice
from notifications.owed import tell_entry
from notifications.words import Words


def told(lines: Sequence[HistoryLine], entries: Sequence[CalendarEntry]) -> Iterator[Told]:
    """Each mail that these lines of the history and these calendar entries owe, once the time for it has come."""
    newest = Notice.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    for line in lines:
        tell(line)
    words = Words.load()
    for entry in entries:
        tell_entry(entry.pk, entry.tell_after, words)
    made = Notice.objects.filter(pk__gt=newest).exclude(state=Notice.State.DROPPED)
    for notice in made.order_by("pk"):
        yield Told(notice.kind, notice.to, notice.subject, _words(bytes(notice.raw)))


def _words(raw: bytes) -> str:
    """The plain text of a mail; links in it are the person's own, and shown to nobody."""
    body = message_from_bytes(raw, policy=policy.default).get_body(("plain",))
    lines = body.get_content().splitlines() if body else []
    return "\n".join("(a personal link)" if "/my/dates/" in line else line for line in lines).strip()
