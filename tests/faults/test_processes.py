"""The program as its processes: one for a small hub, many with PostgreSQL and Redis for a grown one."""

import contextlib
import http.cookiejar
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import psycopg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers import free_port

pytestmark = pytest.mark.storm

PROJECT = Path(__file__).resolve().parent.parent.parent
SECRET = "a-secret-of-this-test-only-" + "0123456789" * 3


class Postbox:
    """An SMTP server that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.port = free_port()
        self._server = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.mails.append(message_from_bytes(envelope.original_content or b"", policy=policy.default))
        return "250 kept"

    def of(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"] == address]

    def __enter__(self) -> "Postbox":
        self._server.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.stop()


class Hub:
    """A hub in processes of its own. Started by the commands that its operators type."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.var = folder / "var"
        self._log = folder / "log"
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "HUB_NO_BOOTSTRAP": "1",
            "HUB_VAR": str(self.var),
            "PYTHONUNBUFFERED": "1",
            **environment,
        }
        self._running: list[subprocess.Popen[bytes]] = []

    def begin(self, *words: str) -> "subprocess.Popen[bytes]":
        """Start a command that stays."""
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *words],
                cwd=PROJECT,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,  # as from a terminal of its own: signals reach the whole group, never the tests
            )
        self._running.append(process)
        return process

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run a command that ends."""
        return subprocess.run(
            [sys.executable, *words],
            cwd=PROJECT,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )

    def end(self) -> None:
        for process in self._running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in self._running:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def log(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    def status(self, path: str) -> int:
        """The status of a page; 0 when nobody answers."""
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def wait_until_it_answers(self) -> None:
        wait_until(lambda: self.status("/healthz") == 200, "the web server answers", self)

    def ask_for_a_new_password(self, address: str) -> None:
        """Fill in the page that sends a mail to any address: known or not, it answers the same."""
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        page = f"{self.url}/accounts/password/reset/"
        with browser.open(page, timeout=10) as answer:
            token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', answer.read().decode())
        assert token, f"no form on {page}"
        form = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], "email": address})
        with browser.open(page, data=form.encode(), timeout=30) as answer:
            assert answer.status == 200


def wait_until(check: Callable[[], bool], what: str, hub: Hub, seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds} s in vain: {what}\n{hub.log()[-6000:]}")
        time.sleep(0.05)


@pytest.fixture(scope="module")
def postbox() -> Iterator[Postbox]:
    with Postbox() as box:
        yield box


@pytest.fixture(scope="module")
def database_url(postgres_url: str) -> Iterator[str]:
    """A database of this module's own, on the server of this run."""
    name = f"processes_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        yield urllib.parse.urlsplit(postgres_url)._replace(path=f"/{name}").geturl()
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


WORKER = ("-m", "celery", "-A", "config", "worker", "--pool", "threads", "--concurrency", "2", "--hostname")
BEAT = ("-m", "celery", "-A", "config", "beat")


@pytest.fixture(scope="module")
def grown(
    database_url: str, redis_url: str, postbox: Postbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hub]:
    """PostgreSQL, Redis, two web processes, two workers and a clock."""
    hub = Hub(
        tmp_path_factory.mktemp("grown"),
        SECRET_KEY=SECRET,
        HUB_URL="http://127.0.0.1",
        DATABASE_URL=database_url,
        REDIS_URL=redis_url,
        EMAIL_URL=f"smtp://127.0.0.1:{postbox.port}",
    )
    migrated = hub.run("manage.py", "migrate", "--no-input", "--verbosity", "0")
    assert migrated.returncode == 0, migrated.stdout
    hub.begin("manage.py", "serve", "--port", str(hub.port), "--workers", "2")
    hub.begin(*WORKER, "one@%h")
    hub.begin(*WORKER, "two@%h")
    hub.begin(*BEAT)
    try:
        hub.wait_until_it_answers()
        wait_until(lambda: hub.log().count("Connected to redis") >= 2, "both workers are connected", hub)
        yield hub
    finally:
        hub.end()


@pytest.fixture
def small(postbox: Postbox, tmp_path: Path) -> Iterator[Hub]:
    """One process on SQLite, configured for real."""
    hub = Hub(tmp_path, SECRET_KEY=SECRET, HUB_URL="http://127.0.0.1", EMAIL_URL=f"smtp://127.0.0.1:{postbox.port}")
    migrated = hub.run("manage.py", "migrate", "--no-input", "--verbosity", "0")
    assert migrated.returncode == 0, migrated.stdout
    try:
        yield hub
    finally:
        hub.end()


def test_processes_grown_hub_says_that_it_is_well(grown: Hub) -> None:
    statuses = [grown.status(path) for path in ("/healthz", "/readyz", "/")]

    assert statuses == [200, 200, 200]


def test_processes_grown_hub_delivers_a_mail_that_a_page_caused(grown: Hub, postbox: Postbox) -> None:
    address = f"{uuid.uuid4().hex}@oakfield.example"

    grown.ask_for_a_new_password(address)

    wait_until(lambda: len(postbox.of(address)) == 1, "a worker delivers the mail", grown)


def test_processes_second_clock_and_second_worker_deliver_nothing_twice(grown: Hub, postbox: Postbox) -> None:
    addresses = [f"{uuid.uuid4().hex}@oakfield.example" for _ in range(5)]
    grown.begin(*BEAT)

    for address in addresses:
        grown.ask_for_a_new_password(address)
    wait_until(lambda: all(postbox.of(address) for address in addresses), "every mail is delivered", grown)
    time.sleep(3)  # a second delivery would come now

    assert [len(postbox.of(address)) for address in addresses] == [1, 1, 1, 1, 1]


def test_processes_mail_written_while_no_worker_lives_goes_with_the_next_one(grown: Hub, postbox: Postbox) -> None:
    address = f"{uuid.uuid4().hex}@oakfield.example"
    workers = [process for process in grown._running if "worker" in process.args]
    for worker in workers:
        worker.kill()
        worker.wait()

    grown.ask_for_a_new_password(address)
    grown.begin(*WORKER, "three@%h")

    wait_until(lambda: len(postbox.of(address)) == 1, "the new worker delivers the mail", grown)


def test_processes_small_hub_delivers_in_its_one_process_and_ends_when_told(small: Hub, postbox: Postbox) -> None:
    address = f"{uuid.uuid4().hex}@oakfield.example"
    server = small.begin("manage.py", "serve", "--port", str(small.port))
    small.wait_until_it_answers()

    small.ask_for_a_new_password(address)
    wait_until(lambda: len(postbox.of(address)) == 1, "the mail is delivered", small)
    server.terminate()

    assert server.wait(10) == 0
    assert small.status("/healthz") == 0
    assert "The hub has stopped." in small.log()


def test_processes_killed_server_takes_its_child_along(small: Hub) -> None:
    server = small.begin("manage.py", "serve", "--port", str(small.port))
    small.wait_until_it_answers()

    server.kill()
    server.wait()

    wait_until(lambda: small.status("/healthz") == 0, "nothing answers any more", small, seconds=10)


def test_processes_refuse_to_start_for_real_without_a_secret_and_an_address(tmp_path: Path) -> None:
    hub = Hub(tmp_path, REDIS_URL="redis://127.0.0.1:1/0")

    ended = [hub.run(*words) for words in (("manage.py", "serve"), (*WORKER, "one@%h"), BEAT)]

    assert [each.returncode for each in ended] == [1, 1, 1]
    assert ["without SECRET_KEY and HUB_URL in the environment" in each.stdout for each in ended] == [True, True, True]


def test_processes_refuse_what_one_process_cannot_be(small: Hub) -> None:
    many = small.run("manage.py", "serve", "--port", str(small.port), "--workers", "2")
    worker = small.run(*WORKER, "one@%h")

    assert (many.returncode, "Without REDIS_URL the hub is one process" in many.stdout) == (1, True)
    assert (worker.returncode, "Without REDIS_URL there is no queue" in worker.stdout) == (1, True)


def test_processes_demo_opens_with_mail_delivered_and_ends_with_a_sentence(tmp_path: Path) -> None:
    hub = Hub(tmp_path)
    try:
        demo = hub.begin("manage.py", "demo", "--port", str(hub.port))
        wait_until(lambda: "The demo hub is open" in hub.log(), "the demo opens", hub, seconds=180)
        hub.wait_until_it_answers()
        second = hub.run("manage.py", "demo", "--port", str(hub.port))
        os.killpg(demo.pid, signal.SIGINT)

        assert demo.wait(10) == 0
        assert list((hub.var / "mail").glob("*.eml"))
        assert (second.returncode, "Choose another, for example --port" in second.stdout) == (1, True)
        assert "The demo hub has stopped." in hub.log()
        assert "Traceback" not in hub.log()
    finally:
        hub.end()


def test_processes_demo_leaves_a_real_hub_alone(small: Hub) -> None:
    person = "from accounts.models import User; User.objects.create_user('kim@oakfield.example', name='Kim')"
    small.run("manage.py", "shell", "--no-imports", "-c", person)
    demo = Hub(small.var.parent)

    refused = demo.run("manage.py", "demo", "--reset", "--port", str(demo.port))
    count = small.run(
        "manage.py", "shell", "--no-imports", "-c", "from accounts.models import User; print(User.objects.count())"
    )

    assert (refused.returncode, "holds a hub that is not the demo" in refused.stdout) == (1, True)
    assert count.stdout.strip() == "1"
