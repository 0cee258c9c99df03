"""One POST to another system, in ten seconds at most, whatever the other side does."""

import re
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPException

from django.core.exceptions import ValidationError
from django.utils import timezone
from urllib3 import BaseHTTPResponse
from urllib3.connection import HTTPConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError

from config import versions
from notifications.webhooks.reaching import Address, ReachError, Target, connect, look_up, take_apart

# From the first byte to the last.
SECONDS_IN_ALL = 10.0
MOST_READ, MOST_ADDRESSES = 1024, 4
MAY_ASK_TO_WAIT = (429, 503)


@dataclass(frozen=True)
class Answer:
    """What became of a try: what was answered, in what words, and for how long it asks to be left alone."""

    status: int | None = None
    words: str = ""
    took_ms: int | None = None
    retry_after: timedelta | None = None

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def post(url: str, headers: dict[str, str], body: bytes) -> Answer:
    """Try once. Never raises for what the other side, or the way to it, does."""
    try:
        target = take_apart(url)
        addresses = look_up(target)
    except (ReachError, ValidationError) as refusal:
        return Answer(words=" ".join(refusal.messages) if isinstance(refusal, ValidationError) else str(refusal))
    begun = time.monotonic()
    try:
        status, words, asked = _talk(target, addresses, headers, body)
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        return Answer(words=_why(error, time.monotonic() - begun), took_ms=_since(begun))
    return Answer(status, words, _since(begun), _retry_after(asked) if status in MAY_ASK_TO_WAIT else None)


def _reach(target: Target, addresses: list[Address]) -> HTTPConnection:
    """A line to the first of its addresses that takes one: a name may have one where this machine has no way to."""
    for address in addresses[:-1]:
        with suppress(NewConnectionError):
            return connect(target, address)
    return connect(target, addresses[-1])


def _talk(target: Target, addresses: list[Address], headers: dict[str, str], body: bytes) -> tuple[int, str, str]:
    ends = time.monotonic() + SECONDS_IN_ALL
    line = _reach(target, addresses[:MOST_ADDRESSES])
    try:
        left = max(0.1, ends - time.monotonic())
        line.timeout = left
        if line.sock is not None:
            line.sock.settimeout(left)
        # A timeout is for each byte that is waited for: who sends one at a time would hold us for ever.
        # The socket itself: a line lets go of its own once the other side says that it closes.
        watch = threading.Timer(left, _hang_up, [line.sock])
        watch.daemon = True
        watch.start()
        try:
            said = headers | {
                "Host": target.host_header,
                "Content-Type": "application/json",
                "User-Agent": f"Maths-Hub-Work-Groups/{versions.program()}",
                "Connection": "close",
            }
            line.request("POST", target.path, body=body, headers=said, preload_content=False, decode_content=False)
            answer = line.getresponse()
            if time.monotonic() >= ends:
                raise TimeoutError  # what was cut off looks like a head that has come to its end
            return answer.status, _words(answer), answer.headers.get("Retry-After", "")
        finally:
            watch.cancel()
    finally:
        line.close()


def _hang_up(held: socket.socket | None) -> None:
    if held is not None:
        with suppress(OSError):  # gone meanwhile: nothing to end
            held.shutdown(socket.SHUT_RDWR)


def _words(answer: BaseHTTPResponse) -> str:
    """What it said, as words on one line; nothing where it took the message."""
    if 200 <= answer.status < 300:
        return ""
    if 300 <= answer.status < 400:
        return "It sends us to another address, where we do not follow. Give the address that answers itself."
    start = b""
    with suppress(HTTPError, HTTPException, OSError):  # the status says what became of it, whatever comes after
        start = answer.read(MOST_READ, decode_content=False)
    said = re.sub(r"<[^>]*>|[^\w.,:;!?'\"()/ -]", " ", start.decode("utf-8", "replace"))
    return " ".join(said.split())[:200]


def _why(error: Exception, seconds: float) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "Its certificate is not that of this address, or has run out."
    if isinstance(error, ssl.SSLError):
        return "It does not speak https there."
    if isinstance(error, NewConnectionError | ConnectionRefusedError):  # the first is a kind of the next
        return "It could not be reached."
    if isinstance(error, ConnectTimeoutError):
        return "It could not be reached within five seconds."
    if isinstance(error, ReadTimeoutError | TimeoutError) or seconds >= SECONDS_IN_ALL - 0.1:
        return "It did not answer within ten seconds."
    return "It ended the connection before it had answered."


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)


def _retry_after(asked: str) -> timedelta | None:
    """Seconds, or a moment (RFC 9110, section 10.2.3)."""
    if asked.isascii() and asked.isdigit():
        return timedelta(seconds=min(int(asked[:9]), 10**8))
    try:
        moment = parsedate_to_datetime(asked)
    except (TypeError, ValueError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return max(timedelta(), moment - timezone.now())
    except OverflowError:  # at the edge of all years, with an offset
        return None
