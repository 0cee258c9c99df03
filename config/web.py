"""The web server: gunicorn with threads, several processes with Redis, exactly one without."""

import logging
import signal
from collections.abc import Callable
from typing import Any

from django.conf import settings
from gunicorn import glogging
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config

from config.celery import app as queue
from config.embedded import WorkerAndClock

THREADS = 8


def serve(*, host: str, port: int, workers: int, on_ready: Callable[[], None], on_stopped: Callable[[], None]) -> None:
    """Serve until told to stop. Without Redis the one worker also runs the queue and the clock."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    options: dict[str, Any] = {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "workers": workers,
        "worker_class": "gthread",
        "threads": THREADS,
        "control_socket_disable": True,  # nothing listens but the pages
        "logger_class": Log,
        "errorlog": None,
        "loglevel": logging.getLevelName(logging.getLogger().level).lower(),
        "when_ready": lambda _arbiter: on_ready(),
        "on_exit": lambda _arbiter: on_stopped(),
    }
    if not settings.REDIS_URL:
        if workers != 1:
            raise ValueError("without Redis the queue lives in one process: exactly one worker")
        options |= _with_queue()
    Server(options).run()


def _with_queue() -> dict[str, Any]:
    running: list[WorkerAndClock] = []  # of this process, once gunicorn has made it

    def begin(_worker: object) -> None:
        # Ctrl-C reaches every process of the terminal; this one stops when the master tells it to. Told twice, it would
        # be interrupted while it stops, and wait for itself for ever.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        running.append(WorkerAndClock(queue))
        running[0].start()

    def end(_arbiter: object, _worker: object) -> None:
        for again in (signal.SIGQUIT, signal.SIGTERM):
            signal.signal(again, signal.SIG_IGN)
        for each in running:
            each.stop()

    return {"post_worker_init": begin, "worker_exit": end}


class Server(BaseApplication):
    """Gunicorn, told what to do by this program and by nothing else."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from config.wsgi import application

        return application


class Log(glogging.Logger):
    """Gunicorn's own lines go the way of all others. There is no access log: addresses and tokens stay out of logs."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        self.error_log.propagate = True
