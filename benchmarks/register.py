"""Measure the register of schools: how long it takes to take 52,000 rows in, how much memory, and to find a school.

    python3 -m benchmarks.register [sqlite] [postgres]

The file is invented (`benchmarks/register_file.py`). PostgreSQL is a server of this run, where it is installed.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import register_file

ROOT = Path(__file__).resolve().parent.parent
SECONDS = {"sqlite": 40, "postgres": 20}
MEGABYTES = 300
MILLISECONDS = 20
# From what one types first to what nobody bears: a word of half of all schools is the hardest.
WORDS = ["st peters", "oak", "school", "academy", "120001", "king's community valehill", "lg11 5ah", "le", "hogwarts"]
TRIES = 15


def main() -> None:
    asked = sys.argv[1:] or ["sqlite", "postgres"]
    with tempfile.TemporaryDirectory(prefix="hub-register-") as name:
        folder = Path(name)
        register_file.write(folder)
        for database in asked:
            measure(database, folder)


def measure(database: str, folder: Path) -> None:
    var = folder / database
    var.mkdir()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "HUB_VAR": str(var),
        "HUB_NO_BOOTSTRAP": "1",
        "HUB_LOG_LEVEL": "ERROR",
        "PYTHONPATH": str(ROOT),
    }
    environment.pop("DATABASE_URL", None)
    if database == "postgres":
        from tests.servers import start_postgres  # it chooses the database of whoever imports it

        environment["DATABASE_URL"] = start_postgres()
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], env=environment, cwd=ROOT, check=True)
    print(f"{database:28}{'seconds':>9}{'MB':>7}")
    for step in ("first", "again", "a year later"):
        words = [sys.executable, "-m", "benchmarks.register", "step", step, str(folder)]
        said = subprocess.run(words, env=environment, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        seconds, megabytes = map(float, said.split())
        met = seconds <= SECONDS[database] and megabytes <= MEGABYTES
        print(f"  {step:26}{seconds:9.1f}{megabytes:7.0f}{'' if met else '  MISSED'}", flush=True)
    words = [sys.executable, "-m", "benchmarks.register", "find"]
    subprocess.run(words, env=environment, cwd=ROOT, check=True)


def step(name: str, folder: Path) -> None:
    """One import in a process of its own; prints its seconds and the most memory it had."""
    file, links = folder / "edubasealldata.csv", folder / "links_edubasealldata.csv"
    if name == "a year later":
        file = _a_year_later(file)
    import django

    django.setup()
    from accounts.gias import refresh_statistics
    from booking.actions import imports
    from booking.incoming import read_from_disk

    began = time.perf_counter()
    register, pairs = read_from_disk(file, links)
    imports.take_in(register=register, links=pairs)
    refresh_statistics()
    seconds = time.perf_counter() - began
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _a_year_later(file: Path) -> Path:
    """Every school counts its pupils anew: every row changes."""
    later = file.with_name("later.csv")
    with file.open(encoding="cp1252", newline="") as before, later.open("w", encoding="cp1252", newline="") as after:
        after.write(next(before))
        column = 15  # NumberOfPupils, and no cell before it holds a comma
        for line in before:
            cells = line.split(",")
            cells[column] = str(int(cells[column]) + 7)
            after.write(",".join(cells))
    return later


def find() -> None:
    """Print how long each search takes, in the middle and at worst."""
    import django

    django.setup()
    from accounts.finding import find as found
    from accounts.models import School

    print(f"  {'finding, of open schools:':26}{School.objects.open().count():9,}{'worst':>7}")
    for words in WORDS:
        taken = []
        for _ in range(TRIES):
            began = time.perf_counter()
            schools, _ = found(words, limit=12)
            taken.append(1000 * (time.perf_counter() - began))
        middle = statistics.median(taken)
        verdict = "" if middle <= MILLISECONDS else "  MISSED"
        print(f"  {words:26}{middle:6.1f} ms{max(taken):7.1f}   {len(schools):2} found{verdict}", flush=True)


if __name__ == "__main__":
    match sys.argv[1:2]:
        case ["step"]:
            step(sys.argv[2], Path(sys.argv[3]))
        case ["find"]:
            find()
        case _:
            main()
