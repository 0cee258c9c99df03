"""How long the year in figures takes on a hub of forty times the size, with every register of the year marked.

HUB_VAR=/tmp/bench-reports .venv/bin/python -m benchmarks.reports [SCALE]

On SQLite in HUB_VAR, or on the empty database that DATABASE_URL names; filled once, measured anew each time. Seconds
by the clock and of the processor, which other programs of a busy machine lengthen less; whole requests, page included.
"""

import os
import statistics
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.schoolyear import school_year_of
from booking.completed import tally
from booking.demo.large import BENCH_OFFICE
from booking.models import Attendance, Mark, WorkGroup

TARGET, ROUNDS = 1.0, 5


def fill(scale: int) -> None:
    """A large hub in July: every session is over, and one line in eleven says absent."""
    call_command("migrate", verbosity=0)
    if User.objects.filter(email=BENCH_OFFICE).exists():
        return
    call_command("demo_data", scale=scale, verbosity=0)
    now = timezone.now()
    with transaction.atomic():
        open_rows = list(Attendance.objects.filter(standing_mark__isnull=True).order_by("pk").only("pk"))
        marks = Mark.objects.bulk_create(
            (
                Mark(attendance=row, what="absent" if number % 11 == 0 else "present", at=now)
                for number, row in enumerate(open_rows)
            ),
            batch_size=2000,
        )
        for row, mark in zip(open_rows, marks, strict=True):
            row.standing_mark = mark
        Attendance.objects.bulk_update(open_rows, ["standing_mark"], batch_size=500)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def measured(name: str, client: Client, address: str) -> bool:
    """One line of the report: the median by the clock and of the processor. Returns whether it is fast enough."""
    walls, works, size = [], [], 0
    with CaptureQueriesContext(connection) as asked:
        _size(client, address)
        queries = len(asked)
    for _ in range(ROUNDS):
        wall, work = time.perf_counter(), time.process_time()
        size = _size(client, address)
        walls.append(time.perf_counter() - wall)
        works.append(time.process_time() - work)
    by_clock, of_processor = statistics.median(walls), statistics.median(works)
    print(f"{name:42} {by_clock:5.2f} s  {of_processor:5.2f} s  {queries:3} queries  {size / 1000:7.0f} kB")
    return min(by_clock, of_processor) < TARGET


def _size(client: Client, address: str) -> int:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return sum(len(part) for part in answer.streaming_content) if answer.streaming else len(answer.content)


def main(scale: int) -> int:
    settings.ALLOWED_HOSTS, settings.SECOND_STEP_REQUIRED, settings.DEBUG = ["*"], False, False
    fill(scale)
    year = school_year_of(timezone.localdate())
    groups = WorkGroup.objects.of_year(year)
    print(f"{groups.count()} groups, {Attendance.objects.count()} lines of registers, on {connection.vendor}")
    wall, work = time.perf_counter(), time.process_time()
    tally(groups)
    wall, work = time.perf_counter() - wall, time.process_time() - work
    print(f"completion of them all: {wall:.2f} s, {work:.2f} s of the processor")
    client = Client()
    client.force_login(User.objects.get(email=BENCH_OFFICE))
    pages = {
        "the year in figures": "/office/figures/",
        "the board's copy": "/office/figures/?copy=board",
        "the year before": f"/office/figures/?year={year - 1}",
        "the board's page, as a paper": "/office/figures/board.pdf",
        "what is to be frozen": f"/office/figures/{year}/freeze/",
        "school by school": "/office/figures/schools/",
        "school by school, page 100": "/office/figures/schools/?page=100",
    }
    print(f"{'(wanted: under a second)':42} clock    work")
    fast = [measured(name, client, address) for name, address in pages.items()]
    measured("school by school, all of it as CSV", client, "/office/figures/schools/?as=csv")
    return 0 if all(fast) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 40))
