"""Processes that are killed, told to end, or left without Redis: every mail still leaves, and no reminder twice.

Both shapes: many processes on PostgreSQL with Redis, and the one process on SQLite.
"""

import os
import signal
import subprocess
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.hub import BEAT, SECRET, WORKER, Hub, wait_until
from tests.faulty_smtp import HANG, SLOW, FaultySmtp
from tests.servers import UnavailableError, find_program, free_port

# They start hubs of their own on both databases, whichever the run stands on.
pytestmark = [pytest.mark.storm, pytest.mark.once]

# A school books two people on two sessions, and reminders are due.
CAUSE = """
import itertools, json
from accounts.models import User
from tests import factories
factories._numbers = itertools.count(1 + 100 * User.objects.count())  # beside what another test has made
from notifications.outbox import Envelope, put
from tests.factories import create_booking, create_lead, create_teacher, create_work_group
lead = create_lead(email="lena@{host}")
people = [create_teacher(school=lead.memberships.get().school, email=f"p{{n}}@{host}") for n in range(2)]
create_booking(work_group=create_work_group(sessions=2), by=lead, people=people)
for number in range({reminders}):
    put(Envelope(kind="reminder", to=f"r{{number}}@{host}", once=True), subject="Tomorrow", text="See you")
print(json.dumps(None))
"""
# Wait until everything has left, and say how it stands.
STANDS = """
import json, time
from booking.integrity import violations
from booking.models import CalendarEntry
from notifications.models import Notice
began, mine = time.monotonic(), Notice.objects.filter(to__endswith="@{host}")
def waits():
    unsent = mine.filter(state__in=["queued", "retry", "sending"]).exists()
    return unsent or CalendarEntry.objects.untold().exists() or mine.count() < {least}
while waits() and time.monotonic() - began < 120:
    time.sleep(0.2)
rows = [[str(one.key), one.state, one.once, one.kind] for one in mine]
print(json.dumps([waits(), rows, list(violations())]))
"""
# Everything that a beat would ask for, ten times over; and one message, delivered ten times.
TICKS = """
import json
from celery import current_app
for _ in range(10):
    for name in ("sweep", "chase", "deliver"):
        current_app.send_task(f"notifications.tasks.{name}")
for _ in range(10):
    current_app.send_task("notifications.tasks.deliver", task_id="the-same")
print(json.dumps(None))
"""


class Redis:
    """A Redis that can be killed, and comes back empty at the same address."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.start()

    def start(self) -> None:
        words = [find_program("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder)

    def wipe(self) -> None:
        words = ["redis-cli", "-p", str(self.port), "FLUSHALL"]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@dataclass
class Site:
    hub: Hub
    server: FaultySmtp
    redis: Redis
    web: "subprocess.Popen[bytes]"
    workers: "list[subprocess.Popen[bytes]]"

    def serve(self) -> None:
        self.web = self.hub.begin("manage.py", "serve", "--port", str(self.hub.port), "--workers", "2")

    def staff(self) -> None:
        """Two workers, ready for work."""
        before = self.hub.log().count("Connected to redis")
        self.workers = [self.hub.begin(*WORKER, f"{uuid.uuid4().hex[:6]}@%h") for _ in range(2)]
        wait_until(
            lambda: self.hub.log().count("Connected to redis") >= before + 2, "both workers are connected", self.hub
        )

    def kill(self, processes: "list[subprocess.Popen[bytes]]") -> None:
        for process in processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="module")
def server() -> Iterator[FaultySmtp]:
    with FaultySmtp() as faulty:
        yield faulty


@pytest.fixture(autouse=True)
def _well(server: FaultySmtp) -> None:
    server.faults, server.at = {}, lambda phase: None


@pytest.fixture(scope="module")
def site(database_url: str, server: FaultySmtp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """PostgreSQL, a Redis of its own, two web processes, two workers and two clocks."""
    try:
        redis = Redis(tmp_path_factory.mktemp("redis"))
    except UnavailableError as missing:
        pytest.skip(f"needs Redis: {missing}")
    hub = Hub(
        tmp_path_factory.mktemp("site"),
        SECRET_KEY=SECRET,
        HUB_URL="http://127.0.0.1",
        DATABASE_URL=database_url,
        REDIS_URL=f"redis://127.0.0.1:{redis.port}/0",
        EMAIL_URL=f"smtp://127.0.0.1:{server.port}",
    )
    hub.migrate()
    try:
        for _ in range(2):
            hub.begin(*BEAT)
        found = Site(hub, server, redis, web=None, workers=[])  # type: ignore[arg-type]  # started in the next line
        found.serve()
        found.staff()
        hub.wait_until_it_answers()
        yield found
    finally:
        hub.end()
        redis.kill()


@pytest.fixture
def lone(server: FaultySmtp, tmp_path: Path) -> Iterator[Hub]:
    """The one process on SQLite."""
    hub = Hub(tmp_path, SECRET_KEY=SECRET, HUB_URL="http://127.0.0.1", EMAIL_URL=f"smtp://127.0.0.1:{server.port}")
    hub.migrate()
    hub.begin("manage.py", "serve", "--port", str(hub.port))
    try:
        hub.wait_until_it_answers()
        yield hub
    finally:
        hub.end()


def cause(hub: Hub, reminders: int = 2) -> str:
    """Returns the host of this test's own addresses."""
    host = f"{uuid.uuid4().hex}.example"
    hub.ask(CAUSE.format(host=host, reminders=reminders))
    return host


def nudge(hub: Hub) -> None:
    """What need not wait for the sweep: somebody else's mail wakes the worker."""
    hub.ask_for_a_new_password("somebody@else.example")


def check(hub: Hub, server: FaultySmtp, host: str, *, least: int, unknown: int = 0) -> None:
    """Everything left, each as often as it may; what is uncertain is a reminder, which waits for a person."""
    waits, rows, violations = hub.ask(STANDS.format(host=host, least=least))
    copies: dict[str, list[bytes]] = defaultdict(list)
    for message, (to, raw) in zip(server.messages(), server.mails, strict=True):
        if to.endswith(f"@{host}"):
            copies[str(message["Message-ID"])].append(raw)
    assert not waits, hub.log()[-4000:]
    assert violations == []
    assert sum(state == "unknown" for _, state, _, _ in rows) <= unknown
    for key, state, once, kind in rows:
        found = copies[f"<{key}@127.0.0.1>"]
        assert state == "sent" or (state == "unknown" and once), (kind, state)
        assert len(set(found)) <= 1, kind
        assert len(found) == 1 or (found and not once) or state == "unknown", (kind, len(found))
    invites = [row for row in rows if row[3] == "invite"]
    assert len(invites) == (4 if least > 1 else 0)


def wait_for(server: FaultySmtp, hub: Hub, host: str, number: int) -> None:
    arrived = lambda: sum(to.endswith(f"@{host}") for to, _ in list(server.mails)) >= number  # noqa: E731
    wait_until(arrived, f"{number} mails have begun to arrive", hub, seconds=60)


def test_mail_of_a_worker_that_is_killed_in_mid_send_goes_with_the_next(site: Site) -> None:
    site.server.faults = {"dot": HANG}
    host = cause(site.hub)
    wait_for(site.server, site.hub, host, 2)

    site.kill(site.workers)
    site.server.faults = {}
    site.server.hang_up()
    began = time.monotonic()
    site.staff()

    check(site.hub, site.server, host, least=6, unknown=2)
    assert time.monotonic() - began < 120


def test_mail_in_hand_is_finished_when_workers_are_told_to_end(site: Site) -> None:
    site.server.faults = dict.fromkeys(("mail", "rcpt", "dot"), SLOW)
    host = cause(site.hub, reminders=12)
    nudge(site.hub)
    wait_for(site.server, site.hub, host, 3)

    for worker in site.workers:
        worker.terminate()
    ended = [worker.wait(20) for worker in site.workers]
    site.server.faults = {}
    site.staff()
    nudge(site.hub)

    check(site.hub, site.server, host, least=16)
    assert ended == [0, 0]


def test_mail_goes_though_redis_was_killed_and_came_back_empty(site: Site) -> None:
    site.redis.kill()
    host = cause(site.hub)
    site.hub.ask_for_a_new_password(f"reset@{host}")
    site.redis.start()

    check(site.hub, site.server, host, least=7)


def test_mail_goes_though_redis_is_wiped(site: Site) -> None:
    host = cause(site.hub)
    site.hub.ask_for_a_new_password(f"reset@{host}")
    site.redis.wipe()

    check(site.hub, site.server, host, least=7)


def test_mail_goes_once_with_two_clocks_ten_ticks_and_one_task_ten_times(site: Site) -> None:
    host = cause(site.hub, reminders=20)

    site.hub.ask(TICKS)
    time.sleep(2)

    check(site.hub, site.server, host, least=24)
    assert len([to for to, _ in site.server.mails if to.endswith(f"@{host}")]) == len(
        {message["Message-ID"] for message in site.server.messages() if host in message["To"]}
    )


def test_mail_of_a_page_whose_server_is_killed_before_it_could_wake_anybody_goes_with_the_sweep(site: Site) -> None:
    host = f"{uuid.uuid4().hex}.example"
    site.redis.process.send_signal(signal.SIGSTOP)  # the nudge waits for an answer that does not come
    try:
        site.hub.ask_for_a_new_password(f"reset@{host}")
        site.kill([site.web])
    finally:
        site.redis.process.send_signal(signal.SIGCONT)
    site.serve()

    check(site.hub, site.server, host, least=1)


def test_mail_of_the_one_process_that_is_killed_in_mid_send_goes_when_it_is_back(lone: Hub, server: FaultySmtp) -> None:
    server.faults = {"dot": HANG}
    host = cause(lone)
    wait_for(server, lone, host, 1)
    lone.ask_for_a_new_password(f"reset@{host}")

    for process in lone._running:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    server.faults = {}
    server.hang_up()
    lone.begin("manage.py", "serve", "--port", str(lone.port))
    lone.wait_until_it_answers()

    check(lone, server, host, least=7, unknown=2)


def test_mail_in_hand_is_finished_when_the_one_process_is_told_to_end(lone: Hub, server: FaultySmtp) -> None:
    server.faults = dict.fromkeys(("mail", "rcpt", "dot"), SLOW)
    host = cause(lone, reminders=12)
    nudge(lone)
    wait_for(server, lone, host, 3)

    lone._running[0].terminate()
    ended = lone._running[0].wait(20)
    server.faults = {}
    lone.begin("manage.py", "serve", "--port", str(lone.port))
    lone.wait_until_it_answers()
    nudge(lone)

    check(lone, server, host, least=16)
    assert ended == 0


def test_mail_waits_for_a_server_that_refuses_everybody_and_goes_when_it_is_back(lone: Hub, server: FaultySmtp) -> None:
    server.refuse()
    host = cause(lone)
    lone.ask_for_a_new_password(f"reset@{host}")
    server.listen()

    check(lone, server, host, least=7)
