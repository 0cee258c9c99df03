"""Handing a mail to an SMTP server, and knowing how far it got.

Between SMTP and a database there is no "exactly once": if the connection ends after the final dot, nobody knows whether
the mail was taken (RFC 5321, 4.5.3.2.6). Every other failure is certain, and this module tells the two apart.
"""

import contextlib
import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.conf import settings

from notifications.statuses import refused_address

_LEADING_DOT = re.compile(rb"(?m)^\.")
_ADDRESS = re.compile(r"\S+@\S+")


# Scanners take their time between the dot and their answer, and every answer missed is a mail sent twice.
SECONDS_AFTER_DOT = 90
# "Log in first", "that log-in is wrong" (RFC 4954, 6), "closing down" (RFC 5321, 3.8): true of every mail, not of one.
_NOT_OF_THIS_MAIL = {421, 454, 530, 534, 535, 538}


class Outcome(Enum):
    SENT = "sent"
    AGAIN = "again"  # refused for now (4yz, or the connection ended before the dot): certain not to have arrived
    REFUSED = "refused"  # refused for good (5yz)
    UNKNOWN = "unknown"  # the connection ended after the dot
    AWAY = "away"  # no server that takes mail: says nothing about this one
    LOST = "lost"  # not handed over: the claim had run out, and the mail is another worker's


@dataclass(frozen=True)
class Result:
    outcome: Outcome
    words: str = ""
    # By which code the recipient was refused because there is no such mailbox, for good; empty: not so.
    no_mailbox: str = ""


class _Phased(smtplib.SMTP):
    """smtplib, but it remembers how far a mail has got: DATA begun, the final dot gone without an answer."""

    in_data = past_dot = False

    def data(self, msg: Any) -> tuple[int, bytes]:
        self.in_data = True
        self.putcmd("data")
        code, reply = self.getreply()
        if code == 354:
            body = _LEADING_DOT.sub(b"..", msg)
            self.send((body if body.endswith(b"\r\n") else body + b"\r\n") + b".\r\n")
            self.past_dot = True
            assert self.sock is not None
            self.sock.settimeout(SECONDS_AFTER_DOT)
            code, reply = self.getreply()
            self.sock.settimeout(self.timeout)
        self.in_data = self.past_dot = False
        return code, reply


class _PhasedOverTls(_Phased, smtplib.SMTP_SSL):
    pass


class SmtpTransport:
    """One connection, kept for a batch of mails and opened anew when it breaks."""

    def __init__(self) -> None:
        self._connection: _Phased | None = None

    def send(self, sender: str, to: str, raw: bytes, is_ours: Callable[[], bool]) -> Result:
        """Send one message (RFC 5322 bytes, CRLF) to one address. Never raises for anything a server does.

        `is_ours` is asked before DATA, when a slow server may have outlived the claim.
        """
        kept = self._connection is not None
        result = self._send(sender, to, raw, is_ours)
        if kept and result.outcome is Outcome.AWAY:
            # Servers end a connection after so many mails, or so long; a new one tells whether they are really away.
            result = self._send(sender, to, raw, is_ours)
        return result

    def close(self) -> None:
        """End the batch politely."""
        if self._connection is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._connection.quit()
            self._hang_up()

    def _send(self, sender: str, to: str, raw: bytes, is_ours: Callable[[], bool]) -> Result:
        try:
            connection = self._open()
        except (OSError, smtplib.SMTPException) as error:
            self._hang_up()
            code = f" {error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else ""
            return Result(Outcome.AWAY, f"{type(error).__name__}{code}")
        try:
            return self._hand_over(connection, sender, to, raw, is_ours)
        except (OSError, smtplib.SMTPException) as error:
            phase = Outcome.UNKNOWN if connection.past_dot else Outcome.AGAIN if connection.in_data else Outcome.AWAY
            self._hang_up()
            return Result(phase, type(error).__name__)

    def _hand_over(self, connection: _Phased, sender: str, to: str, raw: bytes, is_ours: Callable[[], bool]) -> Result:
        """MAIL, RCPT, DATA (RFC 5321, 3.3), the first refusal ending it."""
        code, reply = connection.mail(sender, [f"size={len(raw)}"] if connection.has_extn("size") else [])
        # Every mail of ours comes from the same address: who will not hear of it for now hears of none.
        of_all, no_mailbox = code in _NOT_OF_THIS_MAIL or 400 <= code < 500, ""
        if code == 250:
            code, reply = connection.rcpt(to)
            # At no other phase is a refusal about who it is for.
            no_mailbox = refused_address(code, reply.decode(errors="replace"))
        if code in (250, 251):
            if not is_ours():
                connection.rset()
                return Result(Outcome.LOST)
            code, reply = connection.data(raw)
            if code == 250:
                return Result(Outcome.SENT)
        if code == 421:
            self._hang_up()
        else:
            connection.rset()
        # The reply may repeat the address; the row has it already, and a log must not.
        words = f"{code} {_ADDRESS.sub('the address', reply.decode(errors='replace'))}"[:300]
        if of_all or code in _NOT_OF_THIS_MAIL:
            return Result(Outcome.AWAY, words)
        return Result(Outcome.REFUSED if 500 <= code < 600 else Outcome.AGAIN, words, no_mailbox)

    def _open(self) -> _Phased:
        if self._connection is None:
            secure = ssl.create_default_context()
            if settings.EMAIL_USE_SSL:
                connection: _Phased = _PhasedOverTls(
                    settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=settings.EMAIL_TIMEOUT, context=secure
                )
            else:
                connection = _Phased(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=settings.EMAIL_TIMEOUT)
            self._connection = connection
            if settings.EMAIL_USE_TLS:
                connection.starttls(context=secure)
            if settings.EMAIL_HOST_USER:
                connection.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
            connection.ehlo_or_helo_if_needed()
        return self._connection

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
