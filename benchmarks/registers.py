"""Take registers: one of sixty people opened, taps against a bare insert, and forty registers in the same minute.

    python3 -m benchmarks.registers [--seconds 3] [--rounds 3] [--minute 60] [--postgres]

Ours and bare are served as in benchmarks.run, behind the same middleware, and measured in turn. In the minute each of
forty phones opens its register and marks its thirty people one by one, each tap in a request of its own.
"""

import argparse
import http.client
import itertools
import json
import random
import statistics
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.run import TOKEN, Request, Server, load
from benchmarks.rush import prove

Phone = dict[str, Any]
JSON = {"Content-Type": "application/json", "X-CSRFToken": TOKEN}


def line(what: str, seen: str, wanted: str, *, met: bool) -> None:
    print(f"{what:44}{seen:>30}   wanted {wanted}{'' if met else '   MISSED'}", flush=True)


class Report:
    """As the rush's, for what is proved of both."""

    line = staticmethod(line)


def cookie(phone: Phone) -> dict[str, str]:
    return {"Cookie": f"session={phone['key']}; csrf={TOKEN}"}


def tap(phone: Phone, row: int, last: dict[int, str]) -> Request:
    """One tap as a phone sends it, on what this phone has seen last."""
    made = {"id": str(uuid.uuid4()), "row": row, "what": random.choice(["present", "late", "absent"])}
    made |= {"replaces": last.get(row), "at": time.time() * 1000}
    last[row] = made["id"]
    body = json.dumps({"person": phone["person"], "now": time.time() * 1000, "taps": [made]})
    return "POST", f"/sessions/{phone['session']}/register/marks/", {**JSON, **cookie(phone)}, body


def taps(phones: list[Phone]) -> Iterator[Request]:
    last: dict[int, str] = {}
    lines = [(phone, row) for phone in phones for row in phone["rows"]]
    random.shuffle(lines)
    for phone, row in itertools.cycle(lines):
        yield tap(phone, row, last)


def open_large(ours: Server) -> None:
    phone = ours.seed["large"]
    connection, times, size = http.client.HTTPConnection("127.0.0.1", ours.port), [], 0
    for _ in range(20):
        began = time.perf_counter()
        headers = {"Accept-Encoding": "gzip", **cookie(phone)}
        connection.request("GET", f"/sessions/{phone['session']}/register/", headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        times.append(time.perf_counter() - began)
        size = len(body)
        if answer.status != 200 or answer.headers["Content-Encoding"] != "gzip":
            raise SystemExit(f"the register was answered with {answer.status}")
    median = statistics.median(times) * 1000
    line("a register of 60 people, one request", f"{size / 1000:.1f} kB, {median:.0f} ms", "60 kB", met=size < 60_000)


def against_bare(ours: Server, bare: Server, seconds: float, rounds: int) -> None:
    body = json.dumps({"title": "present"})
    headers = {**JSON, "Cookie": f"session={bare.seed['user']}; csrf={TOKEN}"}
    sent, insert = taps(ours.seed["phones"]), itertools.repeat(("POST", "/insert/", headers, body))
    pairs = []
    for _ in range(rounds):
        against = load(bare, insert, seconds)
        pairs.append((load(ours, sent, seconds), against))
    mine, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    line("a tap, against a bare insert", f"{mine:.0f}/s, bare {theirs:.0f}/s: {ratio:.2f}", "0.50", met=ratio >= 0.5)


def take_all(ours: Server, minute: float) -> None:
    """All phones at once, each at the pace of a thumb."""
    lock, answers = threading.Lock(), list[tuple[int, float]]()

    def take(phone: Phone) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", ours.port, timeout=60)
        last: dict[int, str] = {}
        page: Request = ("GET", f"/sessions/{phone['session']}/register/", {**cookie(phone)}, "")
        pace = minute / (len(phone["rows"]) + 2)
        wanted = [page, *(tap(phone, row, last) for row in phone["rows"]), page]
        time.sleep(random.random() * pace)
        for method, path, headers, body in wanted:
            began = time.perf_counter()
            connection.request(method, path, body or None, {"Accept-Encoding": "gzip", **headers})
            answer = connection.getresponse()
            answer.read()
            took = time.perf_counter() - began
            connection.close()  # a thumb is slower than a kept connection lasts
            with lock:
                answers.append((answer.status, took))
            time.sleep(max(0, random.uniform(0.5, 1.5) * pace - took))

    phones = [threading.Thread(target=take, args=(phone,)) for phone in ours.seed["phones"]]
    for phone in phones:
        phone.start()
    for phone in phones:
        phone.join()
    statuses, seconds = Counter(status for status, _ in answers), sorted(took for _, took in answers)
    p95 = seconds[int(len(seconds) * 0.95)] * 1000
    name = f"{len(phones)} registers in {minute:.0f} seconds"
    wanted = sum(len(phone["rows"]) + 2 for phone in ours.seed["phones"])
    line(name, str(dict(statuses)), "no 5xx", met=statuses == {200: wanted})
    seen = f"p50 {statistics.median(seconds) * 1000:.0f} ms, p95 {p95:.0f} ms"
    line("  answered in", seen, "p95 500 ms", met=p95 < 500)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--minute", type=float, default=60)
    parser.add_argument("--postgres", action="store_true")
    asked = parser.parse_args()
    databases = {"registers": "", "bare": ""}
    if asked.postgres:
        import psycopg

        from tests.servers import start_postgres

        server = start_postgres()
        with psycopg.connect(server, autocommit=True) as connection:
            for name in databases:
                connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]  # a name of our own
                databases[name] = urlsplit(server)._replace(path=f"/{name}").geturl()
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as name:
        folder, servers = Path(name), list[Server]()
        sides = [
            ("registers", "config.wsgi", "config.settings"),
            ("bare", "benchmarks.bare.wsgi", "benchmarks.bare.settings"),
        ]
        try:
            for port, (side, wsgi, module) in enumerate(sides, 8231):
                workers = 2 if asked.postgres else 1
                servers.append(
                    Server(side, wsgi, module, folder / side, port, workers=workers, database=databases[side])
                )
            ours, bare = servers
            open_large(ours)
            take_all(ours, asked.minute)
            against_bare(ours, bare, asked.seconds, asked.rounds)
            prove(ours, Report())  # type: ignore[arg-type]  # prints the same lines
        finally:
            for running in servers:
                running.stop()


if __name__ == "__main__":
    main()
