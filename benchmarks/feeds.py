"""Measure calendar links: "nothing has changed" against an empty view, and a feed of fifty sessions rendered again.

    python3 -m benchmarks.feeds [--seconds 3] [--rounds 3]

Both sides are served as in benchmarks.run, behind the same middleware, in the same run; the feed by two processes where
it is rendered, for two cores.
"""

import argparse
import http.client
import statistics
import tempfile
from pathlib import Path

from benchmarks.run import Server, get, load
from benchmarks.seed import SESSIONS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as name:
        folder, servers = Path(name), list[Server]()
        try:
            servers.append(Server("feeds", "config.wsgi", "config.settings", folder / "ours", 8211))
            servers.append(Server("bare", "benchmarks.bare.wsgi", "benchmarks.bare.settings", folder / "bare", 8212))
            report(*servers, asked.seconds, asked.rounds)
        finally:
            for server in servers:
                server.stop()


def report(ours: Server, bare: Server, seconds: float, rounds: int) -> None:
    path = ours.seed["path"]
    connection = http.client.HTTPConnection("127.0.0.1", ours.port)
    connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    answer.read()
    etag = answer.headers["ETag"]
    pairs = []
    for _ in range(rounds):
        empty = load(bare, get("/empty/")(), seconds)
        pairs.append((load(ours, get(path, **{"If-None-Match": etag})(), seconds), empty))
    mine, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    verdict = "" if ratio >= 0.3 else "  MISSED"
    print(f"nothing has changed (304): {mine:.0f}/s, an empty view {theirs:.0f}/s, ratio {ratio:.2f} (0.30){verdict}")
    whole = statistics.median(load(ours, get(path)(), seconds) for _ in range(rounds))
    print(f"feed of {SESSIONS} sessions, whole, by one process that shares its cores with who asks: {whole:.0f}/s")
    again = ours.seed["renders"]
    verdict = "" if 2 * again >= 500 else "  MISSED"
    print(f"rendered again, queries included: {again:.0f}/s on one core, {2 * again:.0f}/s on two (500){verdict}")


if __name__ == "__main__":
    main()
