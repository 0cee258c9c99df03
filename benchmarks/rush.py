"""Everybody at once: a full hub on PostgreSQL in two processes, and on SQLite in its one, beside the bare project.

    python3 -m benchmarks.rush [--people 10000] [--only sqlite|postgres]

Load goes to 127.0.0.1 only. Ours and bare are served the same way behind the same middleware, and measured in turn;
both book on one row that everybody wants. Afterwards it is counted what was sold, and `check_integrity` proves all.
"""

import argparse
import http.client
import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.run import BODY, FORM, ROOT, TOKEN, Request, Server, load

PLACES = 20
COUNT = """
import json
from booking.models import Booking, WorkGroup
group = WorkGroup.objects.get(slug="rush")
mine = group.bookings.order_by("pk")
confirmed = list(mine.filter(status="confirmed").values_list("pk", flat=True))
turns = list(group.bookings.waiting().order_by("pk").values_list("turn", flat=True))
first = list(mine.values_list("pk", flat=True)[:len(confirmed)])
in_order = confirmed == first and turns == list(range(1, len(turns) + 1))
print(json.dumps([len(confirmed), group.taken, len(turns), in_order]))
"""


class Report:
    """Lines of what was wanted and what was seen."""

    def line(self, what: str, seen: str, wanted: str, *, met: bool) -> None:
        print(f"{what:44}{seen:>30}   wanted {wanted}{'' if met else '   MISSED'}", flush=True)


def crowd(server: Server, requests: Iterable[Request], at_once: int) -> tuple[float, Counter[int], list[float]]:
    """All requests from so many clients at once. Returns requests a second, how often each status, sorted seconds."""
    lock, left = threading.Lock(), iter(requests)
    start = threading.Barrier(at_once + 1)

    def client() -> list[tuple[int, float]]:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        answers = []
        start.wait()
        while True:
            with lock:
                request = next(left, None)
            if request is None:
                connection.close()
                return answers
            began = time.perf_counter()
            method, path, headers, body = request
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.read()
            answers.append((answer.status, time.perf_counter() - began))

    with ThreadPoolExecutor(at_once) as pool:
        clients = [pool.submit(client) for _ in range(at_once)]
        start.wait()
        began = time.perf_counter()
        answers = [answer for one in clients for answer in one.result()]
        took = time.perf_counter() - began
    seconds = sorted(seconds for _, seconds in answers)
    return len(answers) / took, Counter(status for status, _ in answers), seconds


def presses(slug: str, keys: Iterable[str]) -> list[Request]:
    """Everybody presses "Book"; what they answered before stands in their web sessions."""
    return [
        ("POST", f"/work-groups/{slug}/book/place/", {**FORM, "Cookie": f"session={key}; csrf={TOKEN}"}, BODY)
        for key in keys
    ]


def bare_presses(bare: Server, number: int) -> list[Request]:
    cookie = {**FORM, "Cookie": f"session={bare.seed['user']}; csrf={TOKEN}"}
    return [("POST", f"/book/{bare.seed['things'][0]}/", cookie, BODY)] * number


def ask(server: Server, code: str) -> list[object]:
    """Run these lines in the hub's own shell; the last prints the answer as JSON."""
    words = [sys.executable, "-m", "django", "shell", "--no-imports", "-c", code]
    ended = subprocess.run(words, env=server.environment, cwd=ROOT, check=True, capture_output=True, text=True)
    return list(json.loads(ended.stdout.strip().splitlines()[-1]))


def journey(server: Server, key: str, slug: str) -> float:
    """A group's page, who comes, check, book, and the booking: six requests. Returns the seconds they took."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    headers = {"Cookie": f"session={key}; csrf={TOKEN}", "Accept-Encoding": "gzip"}
    began, group = time.perf_counter(), f"/work-groups/{slug}/"

    def step(method: str, path: str, body: str = "", expected: int = 200) -> str:
        connection.request(method, path, body or None, {**headers, **(FORM if body else {})})
        answer = connection.getresponse()
        answer.read()
        if answer.status != expected:
            raise SystemExit(f"{method} {path} was answered with {answer.status}")
        return answer.headers.get("Location", "")

    step("GET", group)
    step("GET", f"{group}book/")
    step("POST", f"{group}book/", f"{BODY}&who_0=later&who_1=later", 302)
    step("GET", f"{group}book/check/")
    booked = step("POST", f"{group}book/place/", BODY, 302)
    if not re.fullmatch(r"/bookings/\d+/\?new=1", booked):
        raise SystemExit(f"nothing was booked: {booked}")
    step("GET", booked)
    connection.close()
    return time.perf_counter() - began


def journeys(ours: Server, report: Report) -> None:
    began = time.perf_counter()
    with ThreadPoolExecutor(8) as pool:
        seconds = sorted(pool.map(lambda one: journey(ours, *one), ours.seed["journeys"]))
    rate = len(seconds) / (time.perf_counter() - began)
    seen = f"{rate:.1f}/s, median {statistics.median(seconds) * 1000:.0f} ms"
    report.line("whole journeys of six requests, 8 at once", seen, "10/s", met=rate >= 10)


def pages(ours: Server, report: Report) -> None:
    """What the pages of a waiting list of two thousand cost, one after the other."""
    office = {"Cookie": f"session={ours.seed['office']}"}
    paths = {
        "the office's waiting list": f"/office/work-groups/{ours.seed['line']}/waiting/",
        "its page 40": f"/office/work-groups/{ours.seed['line']}/waiting/?page=40",
        "the office's page of the group": f"/office/work-groups/{ours.seed['line']}/",
        "a booking in the middle of it": f"/bookings/{ours.seed['waits']}/",
    }
    for name, path in paths.items():
        _, statuses, seconds = crowd(ours, [("GET", path, office, "")] * 30, 1)
        median = statistics.median(seconds) * 1000
        report.line(name, f"{median:.0f} ms", "under 100 ms", met=median < 100 and set(statuses) == {200})


def rush(ours: Server, bare: Server, at_once: int, ratio: float, slowest: float | None, report: Report) -> None:
    """Everybody wants the same twenty places, in five waves; between them the bare project, on one row as well."""
    keys = ours.seed["rush"]
    people, wave = len(keys), len(keys) // 5
    statuses, seconds, rates, ratios, theirs = Counter[int](), list[float](), [], [], []
    crowd(bare, bare_presses(bare, 200), at_once)  # warm

    def beside() -> float:
        rate, answered, _ = crowd(bare, bare_presses(bare, max(wave // 2, 300)), at_once)
        if set(answered) != {302}:
            raise SystemExit(f"the bare project answered {dict(answered)}")
        return rate

    before = beside()
    for first in range(0, people, wave):
        rate, answered, took = crowd(ours, presses("rush", keys[first : first + wave]), at_once)
        after = beside()
        ratios.append(rate / ((before + after) / 2))
        rates.append(rate)
        theirs.append(before := after)
        statuses, seconds = statuses + answered, seconds + took
    seconds.sort()
    p99, mine = seconds[int(len(seconds) * 0.99) - 1], statistics.median(ratios)
    name = f"{people} for {PLACES} places, {at_once} at once"
    report.line(name, str(dict(statuses)), "no 5xx", met=statuses == {302: people})
    seen = f"{statistics.median(rates):.0f}/s, bare {statistics.median(theirs):.0f}/s: {mine:.2f}"
    report.line("  against bare", seen, f"{ratio:.2f}", met=mine >= ratio)
    seen = f"p50 {statistics.median(seconds):.2f} s, p99 {p99:.2f} s"
    report.line("  answered in", seen, f"p99 {slowest:.0f} s" if slowest else "-", met=not slowest or p99 <= slowest)
    counted = ask(ours, COUNT)
    wanted = [PLACES, PLACES, people - PLACES, True]
    report.line("  confirmed, taken, waiting, in order", str(counted), str(wanted), met=counted == wanted)


def race(ours: Server, report: Report) -> None:
    keys = ours.seed["race"]
    _, statuses, seconds = crowd(ours, presses("race", keys), len(keys))
    met = seconds[-1] <= 3 and statuses == {302: len(keys)}
    report.line(f"{len(keys)} race for {PLACES} places", f"the last after {seconds[-1]:.2f} s", "3 s", met=met)


def prove(ours: Server, report: Report) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "django", "check_integrity"],
        env=ours.environment,
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    report.line(
        "check_integrity", "clean" if not ended.returncode else ended.stdout[:300], "clean", met=not ended.returncode
    )


def measure(folder: Path, people: int, url: Callable[[str], str], workers: int, port: int) -> None:
    report, servers = Report(), []
    at_once, ratio, slowest = (400, 0.5, 8.0) if workers > 1 else (60, 0.4, None)
    try:
        for name, wsgi, module, scale in (
            ("rush", "config.wsgi", "config.settings", people),
            ("bare", "benchmarks.bare.wsgi", "benchmarks.bare.settings", 1),
        ):
            port += 1
            servers.append(Server(name, wsgi, module, folder / name, port, scale, workers=workers, database=url(name)))
        ours, bare = servers
        cookie = f"session={bare.seed['user']}"
        page = load(bare, itertools.repeat(("GET", "/", {"Cookie": cookie}, "")), 2)
        load_now = os.getloadavg()[0]
        print(f"the bare page: {page:.0f}/s (under 200 the run is void); the machine's load before: {load_now:.1f}")
        journeys(ours, report)
        race(ours, report)
        pages(ours, report)
        rush(ours, bare, at_once, ratio, slowest, report)
        prove(ours, report)
    finally:
        for server in servers:
            server.stop()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    asked = parser.parse_args()
    if asked.only != "sqlite":
        import psycopg

        from tests.servers import start_postgres

        server = start_postgres()

        def database(name: str) -> str:
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]  # a name of our own
            return urlsplit(server)._replace(path=f"/{name}").geturl()

        with tempfile.TemporaryDirectory(prefix="hub-rush-") as folder:
            print("PostgreSQL, two processes")
            measure(Path(folder), asked.people, database, 2, 8210)
    if asked.only != "postgres":
        with tempfile.TemporaryDirectory(prefix="hub-rush-") as folder:
            print("SQLite, one process")
            measure(Path(folder), min(asked.people, 2000), lambda name: "", 1, 8220)


if __name__ == "__main__":
    main()
