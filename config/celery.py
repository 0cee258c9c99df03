"""The queue. It only wakes the outbox, which lives in the database: what is lost here is late, never gone.

celery -A config worker        celery -A config beat
"""

import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, celeryd_init, setup_logging
from django.conf import settings

from config.start import why_not_for_real, why_not_whole

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("hub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect
@beat_init.connect
def refuse_unless_configured(**_signal: Any) -> None:
    """A worker or a clock of its own belongs to a hub that runs for real, with a Redis that all processes share."""
    if reason := why_not_for_real() or why_not_whole():
        raise SystemExit(reason)
    if not settings.REDIS_URL:
        raise SystemExit(
            "Without REDIS_URL there is no queue that a second process could read: "
            "`manage.py serve` runs the worker and the clock itself."
        )


@setup_logging.connect
def keep_our_logging(**_signal: Any) -> None:
    """One format for all processes; being connected is what keeps Celery from setting up its own."""
    logging.config.dictConfig(settings.LOGGING)
