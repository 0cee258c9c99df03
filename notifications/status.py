"""How the hub is doing: what runs by itself, what waits, what is kept safe, each in a sentence and with what to do."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Count, Max, Min, Q
from django.utils.timesince import timesince

from accounts import signs
from accounts.models import SignOfLife
from config import start
from notifications.models import Inbound, Notice, Priority, Webhook

GOOD, LOOK, BAD, YET, PLAIN = "good", "look", "bad", "yet", "plain"
GIGABYTE = 1_000_000_000
# A system that takes nothing for so short a time is of nobody's concern: it is tried again.
HICCUP = timedelta(minutes=10)
STATE = Notice.State


@dataclass(frozen=True)
class Line:
    """One thing: how it is (one of GOOD, LOOK, BAD, YET, PLAIN), in a sentence, and what to do about it."""

    name: str
    state: str
    words: str
    then: str = ""


@dataclass(frozen=True)
class Queue:
    """The outbox: mails by state, how long the oldest that is due has waited, when one last left."""

    counts: dict[str, int]
    oldest_due_at: datetime | None
    last_sent_at: datetime | None
    failing: int
    failed_lately: int

    @classmethod
    def read(cls, now: datetime) -> "Queue":
        counts = dict(Notice.objects.order_by().values_list("state").annotate(number=Count("pk")))
        waiting = Q(state__in=[STATE.QUEUED, STATE.RETRY])
        found = Notice.objects.order_by().aggregate(
            # A newsletter takes its time: so many a minute, as the mail provider allows.
            oldest=Min("next_try_at", filter=waiting & Q(next_try_at__lte=now, priority__lt=Priority.BULK)),
            sent=Max("sent_at", filter=Q(state=STATE.SENT)),
            failing=Count("pk", filter=waiting & ~Q(error="")),
            failed=Count("pk", filter=Q(state=STATE.FAILED, made_at__gte=now - timedelta(days=1))),
        )
        return cls(
            {str(state): counts.get(state, 0) for state in STATE.values},
            found["oldest"],
            found["sent"],
            found["failing"],
            found["failed"],
        )

    def waits(self, now: datetime) -> timedelta:
        return now - self.oldest_due_at if self.oldest_due_at else timedelta()


def lines(now: datetime, queue: Queue) -> list[Line]:
    """Everything, the sick first."""
    left = signs.read()
    found = [
        _clock(left.get(signs.Name.CLOCK), now),
        _worker(left.get(signs.Name.WORKER), now),
        _queue(queue, now),
        _mail(queue, now),
        _webhooks(now),
        _mailbox(left.get(signs.Name.MAILBOX), now),
        _backup(left.get(signs.Name.BACKUP), now),
        _integrity(left.get(signs.Name.INTEGRITY), now),
        _migrations(),
        *disk_lines(),
    ]
    return sorted(found, key=lambda line: [BAD, LOOK, GOOD, YET, PLAIN].index(line.state))


def _ago(at: datetime, now: datetime) -> str:
    """“3 minutes ago”, in one unit."""
    return f"{timesince(at, now, depth=1)} ago" if now - at >= timedelta(minutes=1) else "less than a minute ago"


def _runs(name: str, sign: SignOfLife | None, now: datetime, what: str, then: str) -> Line:
    if sign is None:
        return Line(name, BAD, f"{what} has never run here.", then)
    state = GOOD if now - sign.at < timedelta(minutes=3) else LOOK if now - sign.at < timedelta(minutes=10) else BAD
    return Line(name, state, f"{what} last ran {_ago(sign.at, now)}.", "" if state == GOOD else then)


def _clock(sign: SignOfLife | None, now: datetime) -> Line:
    then = (
        "Without it no reminder leaves and no offer ends. Start it: “celery -A config beat”; in one process it is part "
        "of “manage.py serve”. Nothing is lost: what is due leaves when it runs again."
    )
    return _runs("Clock", sign, now, "The clock", then)


def _worker(sign: SignOfLife | None, now: datetime) -> Line:
    then = (
        "Without it no mail leaves. If the clock above is well, start the worker: “celery -A config worker”; in one "
        "process restart “manage.py serve”. Nothing is lost: mail waits in the database."
    )
    return _runs("Worker", sign, now, "The worker", then)


def _queue(queue: Queue, now: datetime) -> Line:
    number = queue.counts[STATE.QUEUED] + queue.counts[STATE.RETRY]
    held, waits = queue.counts[STATE.HELD], queue.waits(now)
    words = f"{number:,} mail{' waits' if number == 1 else 's wait'}" if number else "No mail waits"
    words += f", {held:,} held back on purpose" if held else ""
    if waits < timedelta(minutes=5):
        return Line("Queue", GOOD, f"{words}.")
    state = LOOK if waits < timedelta(minutes=30) else BAD
    return Line(
        "Queue",
        state,
        f"{words}; the oldest should have left {_ago(now - waits, now)}.",
        "Look at the worker and at Mail leaves. The queue empties by itself when both are well.",
    )


def _mail(queue: Queue, now: datetime) -> Line:
    sent = f"A mail last left {_ago(queue.last_sent_at, now)}" if queue.last_sent_at else "No mail has left yet"
    failed = f"; {queue.failed_lately:,} could not be delivered since yesterday" if queue.failed_lately else ""
    if not queue.failing:
        then = "Office, Mail, shows which, and why." if failed else ""
        return Line("Mail leaves", LOOK if failed else GOOD if queue.last_sent_at else YET, f"{sent}{failed}.", then)
    quiet = queue.last_sent_at is None or now - queue.last_sent_at > timedelta(minutes=15)
    return Line(
        "Mail leaves",
        BAD if quiet else LOOK,
        f"{sent}{failed}; {queue.failing:,} {'is' if queue.failing == 1 else 'are'} tried again.",
        "Office, Mail, shows what the mail server said. If it takes nothing, look at EMAIL_URL and at your provider's "
        "page of faults; every mail is tried again by itself.",
    )


def _mailbox(sign: SignOfLife | None, now: datetime) -> Line:
    if not settings.IMAP_URL:
        return Line("Mailbox", PLAIN, "The hub does not read its mailbox: IMAP_URL is not set.")
    then = "Look at IMAP_URL: the password may have changed. Answers to invites and bounces wait in the mailbox."
    if sign is not None and not sign.is_well:
        return Line("Mailbox", BAD, f"The mailbox could not be read {_ago(sign.at, now)}.", then)
    line = _runs("Mailbox", sign, now, "Reading the mailbox", then)
    waiting = Inbound.objects.waiting().count()
    more = f" {waiting:,} {'answer waits' if waiting == 1 else 'answers wait'} for a person." if waiting else ""
    return Line(line.name, line.state, line.words + more, line.then)


def not_taking(hooks: Iterable[Webhook], now: datetime) -> tuple[list[Webhook], list[Webhook]]:
    """Webhooks that were turned off by themselves, and those that have taken nothing for longer than a hiccup."""
    given_up = [one for one in hooks if not one.is_on and one.failures]
    failing = [one for one in hooks if one.is_on and one.failing_since_at and now - one.failing_since_at > HICCUP]
    return given_up, failing


def _webhooks(now: datetime) -> Line:
    hooks = list(Webhook.objects.all())
    given_up, failing = not_taking(hooks, now)
    if given_up:
        first = given_up[0]
        words = f"“{first}” was turned off by itself. {first.turned_off_why}"
        return Line("Webhooks", BAD, words, "Office, Webhooks: put its address right and turn it on, or remove it.")
    if failing:
        first = failing[0]
        ago = _ago(first.failing_since_at or now, now)
        words = f"“{first}” stopped taking messages {ago}; it is tried again by itself."
        return Line("Webhooks", LOOK, words, "Office, Webhooks, shows what it answered.")
    told = sum(one.is_on for one in hooks)
    if not told:
        return Line("Webhooks", PLAIN, "No other system is told what happens here.")
    return Line("Webhooks", GOOD, f"{told} other system{'' if told == 1 else 's'} {'is' if told == 1 else 'are'} told.")


def _backup(sign: SignOfLife | None, now: datetime) -> Line:
    then = "Run “manage.py backup --keep 14” every night, by cron or your provider's timer, and copy it elsewhere."
    if sign is None:
        return Line("Backup", YET if settings.DEMO else BAD, "No backup has been made by this hub.", then)
    size = f"{sign.details.get('size', 0) / 1_000_000:,.0f} MB"
    words = f"The last was made {_ago(sign.at, now)}: {sign.details.get('rows', 0):,} rows, {size}."
    age = now - sign.at
    state = GOOD if age < timedelta(hours=26) else LOOK if age < timedelta(days=7) else BAD
    return Line("Backup", state, words, "" if state == GOOD else then)


def _integrity(sign: SignOfLife | None, now: datetime) -> Line:
    then = "Run “manage.py check_integrity”: it names each row. Write to whoever looks after the program."
    if sign is None:
        return Line("Data", YET, "The data have not been proved yet; that happens every night.")
    if not sign.is_well:
        broken = sign.details.get("broken", 0)
        words = f"{broken:,} {'rule was' if broken == 1 else 'rules were'} broken {_ago(sign.at, now)}."
        return Line("Data", BAD, words, then)
    late = now - sign.at > timedelta(days=2)
    words = f"Every rule held over all rows {_ago(sign.at, now)}."
    return Line("Data", LOOK if late else GOOD, words, "It is proved every night; look at the clock." if late else "")


def _migrations() -> Line:
    missing = start.missing_migrations()
    if not missing:
        return Line("Database", GOOD, "The database is of this version.")
    words = f"The database lacks {missing} step{'' if missing == 1 else 's'} of this version."
    return Line("Database", BAD, words, "Run “manage.py migrate”, then restart every process.")


def disks() -> dict[str, tuple[int, int]]:
    """(free, all) in bytes, by what lies there; one line for what lies on one disk."""
    found: dict[str, tuple[int, int]] = {}
    seen: dict[int, str] = {}
    places = {"Hub": settings.VAR_DIR, "Files": settings.FILES_ROOT, "Backups": settings.BACKUPS_ROOT}
    for name, path in places.items():
        there = next(one for one in (Path(path), *Path(path).parents) if one.exists())
        device = there.stat().st_dev
        if device not in seen:
            seen[device] = name
            usage = shutil.disk_usage(there)
            found[name] = (usage.free, usage.total)
    return found


def disk_lines() -> list[Line]:
    made = []
    for name, (free, total) in disks().items():
        share = free / total if total else 0
        bad, look = free < GIGABYTE // 4 or share < 0.03, free < GIGABYTE or share < 0.1
        state = BAD if bad else LOOK if look else GOOD
        title = "Disk" if name == "Hub" else f"Disk ({name.lower()})"
        words = f"{free / GIGABYTE:,.1f} GB of {total / GIGABYTE:,.0f} GB are free."
        then = "" if state == GOOD else "Make room, or give the hub a larger disk: a full one takes no booking."
        made.append(Line(title, state, words, then))
    return made
