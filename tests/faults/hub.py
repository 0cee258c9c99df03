"""A hub in processes of its own, as its operators start it, and a post office for it to write to."""

import contextlib
import fcntl
import http.cookiejar
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers import free_port

PROJECT = Path(__file__).resolve().parent.parent.parent
SECRET = "a-secret-of-this-test-only-" + "0123456789" * 3
WORKER = ("-m", "celery", "-A", "config", "worker", "--pool", "threads", "--concurrency", "2", "--hostname")
BEAT = ("-m", "celery", "-A", "config", "beat")

# What migrations make on SQLite, once for all processes of a run.
MIGRATED = Path(os.environ["HUB_TEST_VAR"]) / "migrated.sqlite3"


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
        return [mail for mail in self.mails if address in str(mail["To"])]

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
            "HUB_QUIET_HOURS": "0",  # what is told is looked for at once, by night too
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

    def migrate(self) -> None:
        """Make its tables. On SQLite by migrations the first time, and then as a copy of what these made."""
        if "DATABASE_URL" in self._environment:
            self._by_migrations()
            return
        self.var.mkdir(parents=True, mode=0o700, exist_ok=True)
        file, lock = self.var / "hub.sqlite3", MIGRATED.with_suffix(".lock").open("w")
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not MIGRATED.exists():
                self._by_migrations()
                shutil.copy(file, fresh := MIGRATED.with_suffix(".fresh"))
                os.replace(fresh, MIGRATED)
                return
        shutil.copy(MIGRATED, file)

    def _by_migrations(self) -> None:
        ended = self.run("manage.py", "migrate", "--no-input", "--verbosity", "0")
        assert ended.returncode == 0, ended.stdout

    def ask(self, code: str) -> Any:
        """Run these lines in the hub's own shell; the last prints the answer as JSON."""
        ended = self.run("manage.py", "shell", "--no-imports", "-c", code)
        assert ended.returncode == 0, ended.stdout
        return json.loads(ended.stdout.strip().splitlines()[-1])

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
