"""How fast a list of 100,000 rows leaves as CSV and as a workbook, and that memory does not grow with it.

Also one whose rows are worked out, who completes what: a tenth of that many.

HUB_VAR=/tmp/bench .venv/bin/python -m benchmarks.exports [ROWS] (on SQLite; or on the database that DATABASE_URL names)

Each list leaves twice in a process of its own: a tenth of the rows, then all of them. Flat is what takes less than
`GROWTH` MB more for ten times the rows.
"""

import os
import subprocess
import sys
import time
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.management import call_command
from django.utils import timezone

from accounts.models import School, SchoolURN, User
from booking.models import Attendance, Mark, Project, Session, WorkGroup
from booking.reports.tables import every_list
from booking.reports.tables.listing import Asked
from booking.tables import as_csv, as_workbook, written

# SQLite sorts in memory, some 200 bytes a row; PostgreSQL does not.
GROWTH = 30.0
# For each second of one processor, so that it says the same beside other programs.
PER_SECOND = {"csv": 15_000, "xlsx": 5_000}
# Rows that are worked out cost more than the file.
WORKED_OUT = {"csv": 2_000, "xlsx": 1_500}
# People of a session; of a group of those who complete, and its sessions.
PEOPLE, MEMBERS, SESSIONS = 200, 20, 2


def seed(rows: int) -> dict[str, int]:
    """Who came, on so many rows: in one group all of them, in another a tenth. Returns the groups by their names."""
    now = timezone.now()
    project = Project.objects.create(title="Bench", kind="local")
    school = School.objects.create(name="=Oakfield Primary", la_code="855")
    SchoolURN.objects.create(school=school, urn="900777")
    people = User.objects.bulk_create(User(name=f"Person {number}") for number in range(PEOPLE))
    groups = {}
    for name, count in (("all", rows), ("tenth", rows // 10)):
        group = WorkGroup.objects.create(
            project=project,
            title="Bench",
            slug=f"bench-{name}-{time.time_ns()}",
            year=2026,
            audience="All",
            summary="B",
        )
        groups[name] = group.pk
        for number in range(count // PEOPLE):
            starts = now - timedelta(days=number % 300, hours=3)
            session = Session.objects.create(
                work_group=group, number=number % 30_000, starts_at=starts, ends_at=starts + timedelta(hours=2)
            )
            made = Attendance.objects.bulk_create(
                Attendance(session=session, person=person, school=school) for person in people
            )
            marks = Mark.objects.bulk_create(Mark(attendance=row, what="present", at=starts) for row in made)
            for row, mark in zip(made, marks, strict=True):
                row.standing_mark = mark
            Attendance.objects.bulk_update(made, ["standing_mark"])
    return groups


def seed_standing(rows: int) -> dict[str, int]:
    """Who completes what, on so many rows: in one project all of them, in another a tenth. Returns the projects."""
    now, projects = timezone.now(), {}
    people = User.objects.bulk_create(User(name=f"Member {number}") for number in range(MEMBERS))
    for name, count in (("all", rows), ("tenth", rows // 10)):
        project = Project.objects.create(title=f"Standing {name}", kind="local")
        projects[name] = project.pk
        groups = WorkGroup.objects.bulk_create(
            WorkGroup(
                project=project,
                title=f"Group {number}",
                slug=f"standing-{name}-{number}-{time.time_ns()}",
                year=2026,
                audience="All",
                summary="B",
                status=WorkGroup.Status.PUBLISHED,
            )
            for number in range(count // MEMBERS)
        )
        sessions = Session.objects.bulk_create(
            Session(
                work_group=group,
                number=number,
                starts_at=now - timedelta(days=number, hours=3),
                ends_at=now - timedelta(days=number, hours=1),
            )
            for group in groups
            for number in range(1, SESSIONS + 1)
        )
        made = Attendance.objects.bulk_create(
            (Attendance(session=session, person=person) for session in sessions for person in people), batch_size=2_000
        )
        marks = Mark.objects.bulk_create(
            (Mark(attendance=row, what="present", at=now) for row in made), batch_size=2_000
        )
        for row, mark in zip(made, marks, strict=True):
            row.standing_mark = mark
        Attendance.objects.bulk_update(made, ["standing_mark"], batch_size=500)
    return projects


def leave(code: str, pk: int, file: str) -> None:
    """One list, read to its end as a web server would; prints rows, seconds and the most memory."""
    listing = every_list()[code](Asked(group=pk) if code == "attendance" else Asked(project=pk, year=2026))
    rows, began = listing.count() if listing.is_counted else 0, time.process_time()
    table = listing.table(listing.defaults)
    if not listing.is_counted:
        out, rows = written(table, file)
        with out:
            size = sum(len(part) for part in iter(lambda: out.read(1 << 16), b""))
    elif file == "csv":
        size = sum(len(part) for part in as_csv(table))
    else:
        with as_workbook(table) as out:
            size = len(out.read(1 << 20))
    took = time.process_time() - began
    print(rows, f"{took:.2f}", f"{peak():.1f}", size)


def peak() -> float:
    """The most memory this process has held, in MB; not what the one that started it did."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))


def main(rows: int) -> int:
    """Returns 0 where memory is flat and the rate is met."""
    call_command("migrate", verbosity=0)
    wrong = 0
    for code, named, wanted in (
        ("attendance", seed(rows), PER_SECOND),
        ("standing", seed_standing(rows // 10), WORKED_OUT),
    ):
        for file, rate in wanted.items():
            wrong += not is_flat_and_fast(code, named, file, rate)
    return int(wrong > 0)


def is_flat_and_fast(code: str, named: dict[str, int], file: str, rate: int) -> bool:
    seen = {}
    for name in ("tenth", "all"):
        command = [sys.executable, "-m", "benchmarks.exports", "leave", code, str(named[name]), file]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        seen[name] = (int(said[0]), float(said[1]), float(said[2]))
    count, took, most = seen["all"]
    growth = most - seen["tenth"][2]
    print(
        f"{code}, {file}: {count:,} rows in {took:.1f} s of a processor, {count / took:,.0f} rows/s (wanted {rate:,}); "
        f"at most {most:.0f} MB, {growth:+.1f} MB beside a tenth of them (wanted under {GROWTH:.0f})",
        flush=True,
    )
    return growth <= GROWTH and count / took >= rate


if __name__ == "__main__":
    if sys.argv[1:2] == ["leave"]:
        leave(sys.argv[2], int(sys.argv[3]), sys.argv[4])
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
