"""Waking the worker after a commit. Only a nudge: the sweep finds what no nudge told of, so failing is no failure."""

import logging
import time

from celery import current_app
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)

# After a failure nobody tries again for a while, so that a dead broker costs one time-out, not one for each request.
SECONDS_QUIET = 10.0
_quiet_until = 0.0


def wake() -> None:
    """Ask a worker to tell and deliver. Never raises for a broker that is away, never waits for it twice in a row."""
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return
    try:
        current_app.send_task("notifications.tasks.deliver", retry=False, expires=60)
    except (OperationalError, OSError) as error:
        _quiet_until = time.monotonic() + SECONDS_QUIET
        log.warning("the broker is away, the sweep will deliver: %s", type(error).__name__)
