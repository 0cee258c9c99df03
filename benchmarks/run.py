"""Measure the hub against a bare Django project, both served the same way in the same run, and print the ratios.

    python3 -m benchmarks.run [--seconds 3] [--rounds 3]
    python3 -m benchmarks.run --scale 40      the same pages of a hub of this scale against one of scale 1, and every
                                              page of its office (`benchmarks.office`)

Figures are requests a second, the median of rounds taken in turn (ours, bare, ours, bare, …), from one gunicorn process
of eight threads and four connections kept open. A run whose bare page is under 200/s or bare booking under 150/s is
void.
"""

import argparse
import http.client
import itertools
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOKEN = "b" * 32
CONNECTIONS = 4
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BODY = f"csrfmiddlewaretoken={TOKEN}"

# One request: method, path, headers, body.
Request = tuple[str, str, dict[str, str], str]


@dataclass(frozen=True)
class Measure:
    """One line of the report: ours against the bare page or the bare booking."""

    name: str
    ours: Callable[[], Iterator[Request]]
    bare: str
    target: float


class Server:
    """One side, in one process or in several, as `manage.py serve` runs it but for the worker beside it.

    On SQLite, or on the PostgreSQL database of this address.
    """

    def __init__(
        self,
        name: str,
        wsgi: str,
        settings: str,
        folder: Path,
        port: int,
        scale: int = 1,
        *,
        workers: int = 1,
        database: str = "",
    ) -> None:
        self.name, self.port, self.file = name, port, folder / f"{name}.json"
        folder.mkdir(exist_ok=True)
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": settings,
            "HUB_VAR": str(folder),
            "BARE_VAR": str(folder),
            "HUB_NO_BOOTSTRAP": "1",
            "HUB_LOG_LEVEL": "ERROR",
            "PYTHONPATH": str(ROOT),
        }
        self.environment.pop("DATABASE_URL", None)
        if database:
            self.environment["DATABASE_URL"] = database
        self.run("-m", "django", "migrate", "-v0")
        self.run("-m", "django", "migrate", "--run-syncdb", "-v0")  # the bare project's own tables refer to the others
        self.run("-m", "benchmarks.seed", name, str(self.file), str(scale))
        self.seed = json.loads(self.file.read_text())
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", wsgi, "-k", "gthread", "--threads", "8"),
                *("--workers", str(workers), "-b", f"127.0.0.1:{port}", "--backlog", "2048"),
            ],
            env=self.environment,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(200):
            try:
                fetch(http.client.HTTPConnection("127.0.0.1", port), ("GET", "/", {}, ""))
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit(f"{name} did not start")

    def run(self, *words: str) -> None:
        subprocess.run([sys.executable, *words], env=self.environment, cwd=ROOT, check=True)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)


def fetch(connection: http.client.HTTPConnection, request: Request) -> int:
    method, path, headers, body = request
    connection.request(method, path, body or None, headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def load(server: Server, requests: Iterator[Request], seconds: float) -> float:
    """Requests a second over some seconds; fewer when the requests run out. Any other status ends the run."""
    lock, done = threading.Lock(), itertools.count()
    until = time.perf_counter() + seconds
    finished: list[float] = []

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        while time.perf_counter() < until:
            with lock:
                request = next(requests, None)
            if request is None:
                break
            status = fetch(connection, request)
            if status not in (200, 302, 304):
                raise SystemExit(f"{server.name} answered {status} to {request[:2]}")
            next(done)
        finished.append(time.perf_counter())

    began = time.perf_counter()
    threads = [threading.Thread(target=client) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return next(done) / (max(finished) - began)


def get(path: str, session: str = "", **headers: str) -> Callable[[], Iterator[Request]]:
    cookie = {"Cookie": f"session={session}"} if session else {}
    request: Request = ("GET", path, {"Accept-Encoding": "gzip", **cookie, **headers}, "")
    return lambda: itertools.repeat(request)


def posts(drafts: list[list[str]]) -> Callable[[], Iterator[Request]]:
    """Each draft is booked once, however many rounds ask."""
    left = iter(drafts)
    return lambda: (
        ("POST", f"/work-groups/{slug}/book/place/", {**FORM, "Cookie": f"session={key}; csrf={TOKEN}"}, BODY)
        for key, slug in left
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as name:
        folder = Path(name)
        servers: list[Server] = []
        try:
            servers.append(Server("ours", "config.wsgi", "config.settings", folder / "ours", 8201))
            if asked.scale:
                large = Server("ours", "config.wsgi", "config.settings", folder / "large", 8203, asked.scale)
                servers.append(large)
                report_scale(servers[0], large, asked.seconds, asked.rounds)
                large.run("-m", "benchmarks.office")
                return
            servers.append(Server("bare", "benchmarks.bare.wsgi", "benchmarks.bare.settings", folder / "bare", 8202))
            report(*servers, asked.seconds, asked.rounds)
        finally:
            for server in servers:
                server.stop()


def report(ours: Server, bare: Server, seconds: float, rounds: int) -> None:
    seed, user = ours.seed, bare.seed["user"]
    group, gone = f"/work-groups/{seed['slug']}/", "x" * 32
    cookie = {**FORM, "Cookie": f"session={user}; csrf={TOKEN}"}
    things = itertools.cycle(bare.seed["things"][:30])
    sides = {
        "page": get("/", user),
        "booking": lambda: (("POST", f"/book/{next(things)}/", cookie, BODY) for _ in itertools.count()),
    }
    measures = [
        Measure("catalogue, visitor", get("/work-groups/"), "page", 1.0),
        Measure("a group, visitor", get(group), "page", 1.0),
        Measure("catalogue of 20 rows, not kept", get("/work-groups/", gone), "page", 0.15),
        Measure("a group, not kept", get(group, gone), "page", 0.4),
        Measure("/my/", get("/my/", seed["teacher"]), "page", 0.5),
        Measure("/bookings/", get("/bookings/", seed["lead"]), "page", 0.5),
        Measure("a group, signed in", get(group, seed["lead"]), "page", 0.35),
        Measure("book a pair on six sessions", posts(seed["pairs"]), "booking", 0.35),
        Measure("book a held place", posts(seed["held"]), "booking", 0.5),
    ]
    print(f"{'what':34}{'ours/s':>9}{'bare/s':>9}{'ratio':>8}{'target':>8}")
    slowest = {"page": float("inf"), "booking": float("inf")}
    for one in measures:
        pairs = []
        for _ in range(rounds):
            against = load(bare, sides[one.bare](), seconds)
            pairs.append((load(ours, one.ours(), seconds), against))
        mine, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratio = statistics.median(mine / against for mine, against in pairs)
        slowest[one.bare] = min(slowest[one.bare], theirs)
        verdict = "" if ratio >= one.target else "  MISSED"
        print(f"{one.name:34}{mine:9.0f}{theirs:9.0f}{ratio:8.2f}{one.target:8.2f}{verdict}", flush=True)
    if slowest["page"] < 200 or slowest["booking"] < 150:
        print("VOID: the bare project itself was too slow; this machine was not idle.")


def report_scale(small: Server, large: Server, seconds: float, rounds: int) -> None:
    """What pages cost in a large hub, as a multiple of what they cost in a small one.

    At most 1.2 is wanted; of the search by distance, which asks every school, at most 100 ms.
    """
    gone = "x" * 32
    pages: dict[str, Callable[[Server], Callable[[], Iterator[Request]]]] = {
        "catalogue of 20 rows, not kept": lambda hub: get("/work-groups/", gone),
        "catalogue near a postcode": lambda hub: get(f"/work-groups/?near={hub.seed['postcode']}", gone),
        "a group, not kept": lambda hub: get(f"/work-groups/{hub.seed['slug']}/", gone),
        "/my/": lambda hub: get("/my/", hub.seed["teacher"]),
        "/bookings/": lambda hub: get("/bookings/", hub.seed["lead"]),
        "the office, today": lambda hub: get("/office/", hub.seed["office"]),
        "the office's groups": lambda hub: get("/office/work-groups/", hub.seed["office"]),
    }
    print(f"{'what':34}{'ms at 1':>10}{'ms large':>10}{'x':>8}")
    for name, page in pages.items():
        pairs = [(load(large, page(large)(), seconds), load(small, page(small)(), seconds)) for _ in range(rounds)]
        big, little = (statistics.median(column) for column in zip(*pairs, strict=True))
        times = statistics.median(theirs / ours for ours, theirs in pairs)
        met = 1000 / big <= 100 if "near" in name else times <= 1.2
        verdict = "" if met else "  MISSED"
        # Four connections share the process: what one answer costs is the time of four in turn.
        print(f"{name:34}{1000 / little:10.1f}{1000 / big:10.1f}{times:8.2f}{verdict}", flush=True)


if __name__ == "__main__":
    main()
