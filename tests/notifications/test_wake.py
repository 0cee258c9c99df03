"""The nudge after a commit: it reaches the queue, and a broker that is away costs nobody a second."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from config.celery import app
from notifications.wake import SEND_WEBHOOKS, wake


@pytest.fixture
def queue_length() -> Iterator[Callable[[], int]]:
    """How many nudges lie in the queue of this process."""
    with app.connection_for_write() as connection:
        queue = connection.SimpleQueue("celery")
        queue.clear()
        yield queue.qsize
        queue.clear()


def test_wake_reaches_the_queue(queue_length: Callable[[], int]) -> None:
    wake()

    assert _soon(lambda: queue_length() >= 1)


def test_wake_asks_for_the_webhooks_by_their_own_task() -> None:
    with app.connection_for_write() as connection:
        queue = connection.SimpleQueue("celery")
        queue.clear()

        wake(SEND_WEBHOOKS)

        assert queue.get(timeout=5).headers["task"] == "notifications.tasks.send_webhooks"
        queue.clear()


def test_wake_of_a_broker_that_is_away_takes_no_time() -> None:
    program = (
        "import time, django; django.setup()\n"
        "import config.celery\n"
        "from notifications.wake import wake\n"
        "begun = time.monotonic()\n"
        "for _ in range(100): wake()\n"
        "print(time.monotonic() - begun)"
    )
    settings = {"REDIS_URL": "redis://127.0.0.1:1/0", "DJANGO_SETTINGS_MODULE": "config.settings"}

    seconds = subprocess.run(
        [sys.executable, "-c", program], env=os.environ | settings, capture_output=True, text=True, check=True
    ).stdout

    assert float(seconds) < 0.5


def _soon(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + 5
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False
