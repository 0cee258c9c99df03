"""Measure the mail: invites against a bare loop, ten thousand reminders, and a reset behind fifty thousand newsletters.

    python3 -m benchmarks.mail [--invites 400] [--rounds 3] [--reminders 10000] [--newsletters 50000]

On SQLite in a folder of its own, or on the empty database that DATABASE_URL names. The mail server is a process of its
own, which takes everything over bare sockets.
"""

import argparse
import multiprocessing
import os
import smtplib
import statistics
import tempfile
import threading
import time
import uuid
from datetime import date, datetime, timedelta
from typing import Any

PEOPLE = 1000
# The bare loop sends 265 a second on two idle cores.
VOID_BELOW = 120


def take_everything(port: Any, seen: Any, watched: Any) -> None:
    """The mail server's process: `seen` counts, `watched` is set when the reset arrives."""
    from tests.faulty_smtp import FaultySmtp

    server = FaultySmtp()
    port.value = server.port
    while True:
        time.sleep(0.005)
        seen.value = len(server.mails)
        if any(to.startswith("reset@") for to, _ in server.mails[-400:]):
            watched.set()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--invites", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--reminders", type=int, default=10_000)
    parser.add_argument("--newsletters", type=int, default=50_000)
    asked = parser.parse_args()
    port, seen = multiprocessing.Value("i", 0), multiprocessing.Value("i", 0)
    watched = multiprocessing.Event()
    server = multiprocessing.Process(target=take_everything, args=(port, seen, watched), daemon=True)
    server.start()
    while not port.value:
        time.sleep(0.01)
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "HUB_VAR": folder,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "HUB_LOG_LEVEL": "ERROR",
            "EMAIL_URL": f"smtp://127.0.0.1:{port.value}",
        }
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        day = next_tuesday()
        seed(day, asked.reminders)
        report_invites(asked.invites, asked.rounds)
        report_reminders(datetime_at(day - timedelta(days=7), 8), asked.reminders)
        report_reset(asked.newsletters, watched)
        server.terminate()


def next_tuesday() -> date:
    """A Tuesday next March, a school day whose week before is one too."""
    first = date(date.today().year + 1, 3, 8)  # noqa: DTZ011  # any March will do
    return first + timedelta(days=(1 - first.weekday()) % 7)


def datetime_at(day: date, hour: int) -> datetime:
    from django.utils import timezone

    return datetime(day.year, day.month, day.day, hour, tzinfo=timezone.get_default_timezone())


def seed(day: date, number: int) -> None:
    """A thousand people at sessions of one day, so many that everybody together is to be reminded so often."""
    from accounts.models import User
    from booking.models import Attendance, CalendarEntry
    from tests.factories import create_school, create_session, create_venue, create_work_group

    school, venue = create_school(), create_venue(name="Kestrel Hill", parking="Behind the hall")
    people = User.objects.bulk_create(
        User(email=f"p{one}@school{one}.example", name=f"Person {one}") for one in range(PEOPLE)
    )
    group = create_work_group(sessions=0, title="Bar models", bring="Squared paper")
    for one in range(-(-number // PEOPLE)):
        start = datetime_at(day, 8) + timedelta(minutes=30 * one)
        session = create_session(
            work_group=group, number=one + 1, venue=venue, starts_at=start, ends_at=start + timedelta(minutes=30)
        )
        coming = people[: min(PEOPLE, number - one * PEOPLE)]
        Attendance.objects.bulk_create(Attendance(session=session, person=kim, school=school) for kim in coming)
        CalendarEntry.objects.bulk_create(
            CalendarEntry(
                session=session, person=kim, uid=f"{uuid.uuid4()}@bench", told_sequence=0, told_address=kim.email or ""
            )
            for kim in coming
        )


def report_invites(number: int, rounds: int) -> None:
    from django.db.models import F
    from django.utils import timezone

    from booking.models import CalendarEntry
    from notifications.delivery import drain

    pks = list(CalendarEntry.objects.order_by("pk").values_list("pk", flat=True)[:number])
    pairs = []
    for _ in range(rounds):
        bare = len(pks) / timed(lambda: bare_loop(pks))
        CalendarEntry.objects.filter(pk__in=pks).update(sequence=F("sequence") + 1, tell_after=timezone.now())
        pairs.append((len(pks) / timed(drain), bare))
    ours, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(mine / theirs for mine, theirs in pairs)
    verdict = "" if ratio >= 0.5 else "  MISSED"
    print(f"invites built and delivered: {ours:.0f}/s, a bare loop {bare:.0f}/s, ratio {ratio:.2f} (0.5){verdict}")
    if bare < VOID_BELOW:
        print(f"VOID: the bare loop itself was under {VOID_BELOW}/s; this machine was not idle.")


def bare_loop(pks: list[int]) -> None:
    """The same mails, built and sent over one kept connection, with no outbox at all."""
    from django.conf import settings
    from django.utils import timezone

    from booking import emails, ical
    from booking.models import CalendarEntry
    from notifications.outbox import Envelope, _row
    from notifications.stopping import Stops

    connection = smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT)
    chosen = CalendarEntry.objects.filter(pk__in=pks)
    for entry in chosen.select_related("person", "session__work_group", "session__venue"):
        person = entry.person
        mail = emails.invite(person, entry.session, method="REQUEST", first=False)
        calendar = ("REQUEST", ical.invite(entry, method="REQUEST", now=timezone.now(), address=person.email or ""))
        envelope = Envelope(kind=mail.kind, to=person.email or "", reason=mail.reason, person=person)
        raw = bytes(_row(envelope, mail.subject, mail.text, mail.html, calendar, Stops((), {})).raw)
        connection.sendmail(settings.HUB_EMAIL, [person.email or ""], raw)
    connection.quit()


def report_reminders(now: datetime, number: int) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from notifications.models import Notice
    from notifications.reminders import BATCH, remind

    with CaptureQueriesContext(connection) as asked:
        made = 0

        def work() -> None:
            nonlocal made
            made = remind(now)

        seconds = timed(work)
    queries = len([one for one in asked if not one["sql"].startswith(("BEGIN", "SAVEPOINT", "RELEASE", "COMMIT"))])
    again = timed(lambda: remind(now))
    verdict = "" if seconds < 30 and made == number else "  MISSED"
    print(
        f"{made} reminders found and queued: {seconds:.1f} s (30){verdict}, {queries} queries, of which "
        f"{-(-number // BATCH)} batches or more are written; found again and none made: {again:.1f} s"
    )
    Notice.objects.filter(kind="reminder").delete()


def report_reset(number: int, watched: Any) -> None:
    """The queue is being emptied when somebody asks for a new password."""
    from django.core.mail import send_mail
    from django.db import connections

    from notifications import delivery
    from notifications.models import Notice, Priority
    from notifications.outbox import Envelope, _row
    from notifications.stopping import Stops

    envelope = Envelope(kind="newsletter", to="kim@school.example", priority=Priority.BULK)
    raw = _row(envelope, "News", "What is on. " * 200, "<p>What is on.</p>" * 200, None, Stops((), {})).raw
    Notice.objects.bulk_create(
        (
            Notice(kind="newsletter", to=f"p{one}@s.example", subject="News", raw=raw, priority=Priority.BULK)
            for one in range(number)
        ),
        batch_size=2000,
    )

    def work() -> None:
        delivery.drain()
        connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    time.sleep(3)
    began = time.monotonic()
    send_mail("Your new password", "ABCD-1234", None, ["reset@school.example"])
    arrived = watched.wait(120)
    seconds = time.monotonic() - began
    left = Notice.objects.filter(kind="newsletter", state=Notice.State.QUEUED).count()
    delivery.stopping.set()
    worker.join()
    verdict = "" if arrived and seconds < 30 else "  MISSED"
    print(f"a reset behind {left} newsletters: {seconds:.2f} s (30){verdict}")


def timed(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
