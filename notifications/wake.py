"""Waking the worker after a commit. Only a nudge: the sweep finds what no nudge told of, so failing is no failure.

It is given from a thread of its own, so that nobody's page waits for a broker that is away (redis-py alone tries for
six seconds), and several nudges that come together are one.
"""

import logging
import threading
import time

from celery import current_app

log = logging.getLogger(__name__)

# After a failure the broker is left alone for a while.
SECONDS_QUIET = 10.0

DELIVER, SEND_WEBHOOKS = "notifications.tasks.deliver", "notifications.tasks.send_webhooks"

_wanted = threading.Event()
_tasks: set[str] = set()
_starting = threading.Lock()
_nudger: threading.Thread | None = None


def wake(task: str = DELIVER) -> None:
    """Ask a worker to tell and deliver, or to do another task.

    Returns at once, and never raises for a broker that is away.
    """
    global _nudger
    _tasks.add(task)
    _wanted.set()
    with _starting:
        if _nudger is None or not _nudger.is_alive():  # the first time, and in a process that was forked since
            _nudger = threading.Thread(target=_nudge, name="nudger", daemon=True)
            _nudger.start()


def _nudge() -> None:
    while True:
        _wanted.wait()
        _wanted.clear()
        try:
            while _tasks:
                current_app.send_task(_tasks.pop(), retry=False, expires=60)
        except Exception as error:  # whatever ails the broker, the sweep delivers and this thread lives on
            log.warning("the broker is away, the sweep will deliver: %s", type(error).__name__)
            time.sleep(SECONDS_QUIET)
