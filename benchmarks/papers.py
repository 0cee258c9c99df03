"""Measure papers: a sign-in sheet of 60 people, as the server makes it, from the database to the bytes of its PDF.

    python3 -m benchmarks.papers [--people 60] [--tries 30]

A hub of its own in a folder that goes away again. The first sheet of a process reads the fonts; it is printed apart.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MILLISECONDS = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=60)
    parser.add_argument("--tries", type=int, default=30)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.inside:
        measure(asked.people, asked.tries)
        return
    with tempfile.TemporaryDirectory(prefix="hub-papers-") as folder:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "HUB_VAR": folder,
            "HUB_NO_BOOTSTRAP": "1",
            "HUB_LOG_LEVEL": "ERROR",
            "PYTHONPATH": str(ROOT),
        }
        environment.pop("DATABASE_URL", None)
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], env=environment, cwd=ROOT, check=True)
        inside = ["--inside", "--people", str(asked.people), "--tries", str(asked.tries)]
        subprocess.run([sys.executable, "-m", "benchmarks.papers", *inside], env=environment, cwd=ROOT, check=True)


def measure(people: int, tries: int) -> None:
    import django

    django.setup()
    from django.utils import timezone

    from booking.models import Attendance, Session
    from booking.reports.sheets import sheet
    from tests.factories import create_school, create_session, create_user, create_work_group

    group = create_work_group(sessions=0, uses_check_in=True)
    made = create_session(work_group=group, days=1)
    for number in range(people // 2):
        school = create_school(name=f"St Botolph’s Primary School {number}")
        rows = [Attendance(session=made, person=create_user(), school=school) for _ in range(2)]
        Attendance.objects.bulk_create(rows)
    times, size = [], 0
    for _ in range(tries + 1):
        begun = time.perf_counter()
        session = Session.objects.select_related("work_group", "venue").get(pk=made.pk)
        size = len(sheet(session, at=timezone.now()))
        times.append((time.perf_counter() - begun) * 1000)
    first, usual, slowest = times[0], statistics.median(times[1:]), max(times[1:])
    verdict = "" if usual < MILLISECONDS else "  MISSED"
    print(f"a sheet of {people} people: {usual:.0f} ms, slowest {slowest:.0f} ms ({MILLISECONDS}){verdict}")
    print(f"the first of a process: {first:.0f} ms; {size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
