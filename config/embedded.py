"""A hub in one process: the queue's worker and the clock live beside the web server, as threads of its one worker.

For a hub without Redis. Messages then live in this process's memory, so there must be exactly one of it; what a killed
process forgets is found again by the sweep, because the outbox in the database is the durable queue.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable

from celery import Celery
from celery.beat import Scheduler

from notifications.delivery import stopping

log = logging.getLogger(__name__)

SECONDS_TO_STOP = 5


class WorkerAndClock:
    """The queue's worker and its clock, as threads of this process."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._stopping = threading.Event()
        # Threads, because mail waits for other machines, and one more for the webhooks, which take one at most; no talk
        # with other workers, because there are none.
        self._worker = app.WorkController(
            pool_cls="threads", concurrency=3, without_gossip=True, without_mingle=True, without_heartbeat=True
        )
        self._threads = [
            threading.Thread(target=self._guarded, args=(part,), name=part.__name__.strip("_"), daemon=True)
            for part in (self._work, self._tick)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let the running tasks end, take no more, and wait a little for both threads.

        A worker that is told to stop while it still starts does not hear it; what it leaves, the next sweep finds.
        """
        self._stopping.set()
        stopping.set()
        self._worker.stop()
        until = time.monotonic() + SECONDS_TO_STOP
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _work(self) -> None:
        self._worker.start()

    def _tick(self) -> None:
        scheduler = Scheduler(self._app, max_interval=1)
        while not self._stopping.wait(scheduler.tick()):
            pass
        scheduler.close()

    def _guarded(self, part: Callable[[], None]) -> None:
        try:
            part()
        except Exception:
            log.exception("the %s ended", threading.current_thread().name)
        if not self._stopping.is_set():
            # Pages without mail would look well and be ill: end the process, and the web server starts a whole one.
            os.kill(os.getpid(), signal.SIGTERM)
