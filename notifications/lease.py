"""The claim of a worker on a mail: short, so that a mail whose worker was killed waits seconds, and renewed by the
living, so that a slow server does not make two workers send the same mail."""

import threading
from datetime import timedelta

from django.db import connections
from django.utils import timezone

from notifications.models import Notice

# What was not renewed for so long is somebody else's: its worker was killed, or stood still.
LEASE = timedelta(seconds=40)
# How often it is renewed; a machine that is busy may miss a beat or two.
SECONDS_BETWEEN = 10.0
# A claim as young as this needs no renewing before the mail itself is handed over.
YOUNG = timedelta(seconds=5)


class Keeper:
    """Renews the claim on the mail that a worker has in hand, from a thread that beats while the worker waits."""

    def __init__(self) -> None:
        self._held: Notice | None = None
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def hold(self, notice: Notice) -> None:
        """Take this mail in hand; it has just been claimed."""
        with self._lock:
            self._held = notice
        if self._thread is None:
            self._thread = threading.Thread(target=self._beat, name="lease", daemon=True)
            self._thread.start()

    def release(self) -> None:
        """Put the mail down. From here on its `claimed_until` does not move."""
        with self._lock:
            self._held = None

    def is_ours(self) -> bool:
        """Whether the mail in hand is still this worker's; asked before it is handed over for good (DATA)."""
        with self._lock:
            held = self._held
            young = held and held.claimed_until and held.claimed_until - timezone.now() > LEASE - YOUNG
        return bool(young) or self._renew()

    def end(self) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _renew(self) -> bool:
        with self._lock:
            held, until = self._held, timezone.now() + LEASE
            if held is None:
                return False
            ours = Notice.objects.filter(pk=held.pk, state=Notice.State.SENDING, claimed_until=held.claimed_until)
            if not ours.update(claimed_until=until):
                self._held = None
                return False
            held.claimed_until = until
            return True

    def _beat(self) -> None:
        try:
            while not self._ended.wait(SECONDS_BETWEEN):
                self._renew()
        finally:
            connections.close_all()  # this thread's own: nobody else gives back what it borrowed
