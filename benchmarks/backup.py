"""How long a million rows take to be backed up and brought back, on SQLite and on PostgreSQL.

    python3 -m benchmarks.backup [--rows 1000000] [--files 500] [--only sqlite|postgres]

A hub of `demo_data` is filled with history lines until it has so many rows, and with files of 200 kB; then
`manage.py backup` writes one file and `manage.py restore` brings it back into an empty hub, proved by
`check_integrity`. Each is a process of its own. Wanted: at most fifteen minutes for each.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent
WANTED = 15 * 60
FILL = """
import os, sys
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.utils import timezone
from django.apps import apps
from accounts.models import HistoryLine, HistoryLink, User
from accounts.models.history import link_to
call_command("demo_data", scale={scale})
rows = sum(model._base_manager.count() for model in apps.get_models())
now, people = timezone.now(), [link_to(person) for person in User.objects.order_by("pk")[:1000]]
while rows < {rows}:
    lines = HistoryLine.objects.bulk_create(
        (HistoryLine(verb="marked", at=now, told_at=now, details={{"session": n, "people": [n]}}) for n in range(5000)),
        batch_size=1000,
    )
    HistoryLink.objects.bulk_create(
        (HistoryLink(line=line, content_type_id=people[n % 1000][0], object_id=people[n % 1000][1])
        for n, line in enumerate(lines)), batch_size=1000)
    rows += 10000
for number in range({files}):
    default_storage.save(f"{{number % 100:02}}/file", ContentFile(os.urandom(200_000)))
print(rows)
"""


def run(environment: dict[str, str], *words: str) -> tuple[float, str]:
    """One command in a process of its own. Returns its seconds and what it said."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "manage.py", *words], env=environment, cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return time.perf_counter() - began, done.stdout


def measure(name: str, here: dict[str, str], there: dict[str, str], asked: argparse.Namespace, folder: Path) -> None:
    for environment in (here, there):
        run(environment, "migrate", "-v0")
    seconds, said = run(here, "shell", "-v0", "-c", FILL.format(scale=asked.scale, rows=asked.rows, files=asked.files))
    rows = int(said.split()[-1])
    print(f"{name}: {rows:,} rows and {asked.files} files, filled in {seconds:.0f} s", flush=True)
    path = folder / f"{name}.zip"
    steps = {
        "backup": (here, "backup", str(path)),
        "looked through": (here, "restore", str(path), "--look"),
        "restore, proved": (there, "restore", str(path)),
    }
    for what, (environment, *words) in steps.items():
        seconds, _ = run(environment, *words)
        verdict = "" if seconds <= WANTED else "  MISSED"
        size = f"{path.stat().st_size / 1e6:.0f} MB"
        print(f"  {what:20}{seconds:8.1f} s{size:>10}{WANTED:8} s wanted{verdict}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--scale", type=int, default=10)
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hub-backup-") as name:
        folder = Path(name)
        bare = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "HUB_FILES")}
        here, there = ({**bare, "HUB_VAR": str(folder / one), "HUB_NO_BOOTSTRAP": "1"} for one in ("here", "there"))
        if asked.only != "postgres":
            measure("sqlite", here, there, asked, folder)
        if asked.only != "sqlite":
            from tests.servers import start_postgres

            url = start_postgres()
            for one in ("here", "there"):
                with psycopg.connect(url, autocommit=True) as own:
                    own.execute(f"CREATE DATABASE {one}")
            pairs = [
                {
                    **environment,
                    "HUB_VAR": f"{environment['HUB_VAR']}-pg",
                    "DATABASE_URL": url.rpartition("/")[0] + f"/{one}",
                }
                for one, environment in (("here", here), ("there", there))
            ]
            measure("postgres", pairs[0], pairs[1], asked, folder)


if __name__ == "__main__":
    main()
