"""Measure the office's search and its lists on a large hub, on both databases; its pages stand in `benchmarks.office`.

    python3 -m benchmarks.lists [--scale 40] [sqlite] [postgres]

Prints milliseconds: the search by what people type (wanted: 50); each list's first page, its four hundredth (or last)
and the ratio of the two (wanted: 1.5).
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SEARCH, RATIO = 50, 1.5
TRIES = 9
MAILS = 8
# From the first letters to what nobody bears, and each kind of thing by what it is known by.
WORDS = [
    "me",
    "measured",
    "person 399",
    "measured person 12345",
    "school 123",
    "100123",
    "le2 3zx",
    "le2",
    "measured777@school.example",
    "group 00123",
    "school 12 group 0012",
    "hogwarts",
    "zz qq xx",
    "kim town 4",
    "19",
]


def main() -> None:
    words = sys.argv[1:]
    scale = words.pop(words.index("--scale") + 1) if "--scale" in words else "40"
    asked = [word for word in words if word != "--scale"] or ["sqlite", "postgres"]
    for database in asked:
        with tempfile.TemporaryDirectory(prefix="hub-lists-") as name:
            measure(database, Path(name), scale)


def measure(database: str, var: Path, scale: str) -> None:
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
    for command in (["migrate", "-v0"], ["demo_data", "--scale", scale]):
        subprocess.run([sys.executable, "manage.py", *command], env=environment, cwd=ROOT, check=True)
    print(f"{database}, scale {scale}")
    subprocess.run([sys.executable, "-m", "benchmarks.lists", "here"], env=environment, cwd=ROOT, check=True)


def here() -> None:
    import django

    django.setup()
    from accounts.gias import refresh_statistics

    refresh_statistics()
    write_mails()
    search()
    lists()


def search() -> None:
    from booking.reports.finding import find

    for words in WORDS:
        say(f"search: {words}", took(partial(find, words)), SEARCH)


def write_mails() -> None:
    """Mails to everybody who has an address, since no demo sends that many: the longest list of all."""
    from django.utils import timezone

    from accounts.models import User
    from notifications.models import Notice

    people = list(User.objects.exclude(email=None).values_list("pk", "email"))
    for number in range(MAILS):
        sent = {"state": Notice.State.SENT, "sent_at": timezone.now(), "subject": f"News {number}"}
        some = (Notice(kind="booked", person_id=pk, to=to, **sent) for pk, to in people)
        Notice.objects.bulk_create(some, batch_size=5_000)


def lists() -> None:
    from booking.reports.keyset import Spot
    from booking.reports.lists import bookings, groups, people, schools, sessions, venues, withdrawals
    from notifications import mails

    for name, kind in (
        ("groups", groups),
        ("schools", schools),
        ("people", people),
        ("bookings", bookings),
        ("sessions", sessions),
        ("venues", venues),
        ("given up", withdrawals),
        ("mail", mails),
    ):
        wanted = kind.Wanted.asked({"state": "", "all": "1"})  # type: ignore[attr-defined]
        for order in kind.ORDERS:  # type: ignore[attr-defined]
            address = {"sort": order.name}
            number = 1
            while number < 400:
                page = kind.page(wanted, Spot.asked(address, kind.ORDERS))  # type: ignore[attr-defined]
                if not page.after:
                    break
                address, number = address | {"after": page.after}, number + 1
            spots = [Spot.asked(at, kind.ORDERS) for at in ({"sort": order.name}, address)]  # type: ignore[attr-defined]
            first, last = (took(partial(kind.page, wanted, spot)) for spot in spots)  # type: ignore[attr-defined]
            ratio = last / first
            said = f"{first:7.1f} ms, page {number}: {last:7.1f} ms, ratio {ratio:.2f}"
            print(f"  {name} by {order.name:24}{said}{'' if ratio <= RATIO or last < 5 else '  MISSED'}", flush=True)


def took(act: Callable[[], object]) -> float:
    """The best of some tries, in milliseconds, after one that warms up: on a busy machine the least disturbed."""
    act()
    tries = []
    for _ in range(TRIES):
        began = time.perf_counter()
        act()
        tries.append((time.perf_counter() - began) * 1000)
    return min(tries)


def say(what: str, milliseconds: float, wanted: float) -> None:
    print(f"  {what:42}{milliseconds:7.1f} ms{'' if milliseconds <= wanted else '  MISSED'}", flush=True)


if __name__ == "__main__":
    here() if sys.argv[1:] == ["here"] else main()
