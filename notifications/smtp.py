"""Handing a mail to an SMTP server, and knowing how far it got.

Between SMTP and a database there is no "exactly once": if the connection ends after the final dot, nobody knows whether
the mail was taken (RFC 5321, 4.5.3.2.6). Every other failure is certain, and this module tells the two apart.
"""

import re
import smtplib
import ssl
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.conf import settings

_LEADING_DOT = re.compile(rb"(?m)^\.")


class Outcome(Enum):
    SENT = "sent"
    AGAIN = "again"  # refused for now (4yz, or the connection ended before the dot): certain not to have arrived
    REFUSED = "refused"  # refused for good (5yz)
    UNKNOWN = "unknown"  # the connection ended after the dot
    AWAY = "away"  # no server: says nothing about this mail


@dataclass(frozen=True)
class Result:
    outcome: Outcome
    words: str = ""


class _Phased(smtplib.SMTP):
    """smtplib, but it remembers whether the final dot has gone and no answer has come."""

    past_dot = False

    def data(self, msg: Any) -> tuple[int, bytes]:
        self.past_dot = False
        self.putcmd("data")
        code, reply = self.getreply()
        if code != 354:
            raise smtplib.SMTPDataError(code, reply)
        body = _LEADING_DOT.sub(b"..", msg)
        self.send((body if body.endswith(b"\r\n") else body + b"\r\n") + b".\r\n")
        self.past_dot = True
        code, reply = self.getreply()
        self.past_dot = False
        return code, reply


class _PhasedOverTls(_Phased, smtplib.SMTP_SSL):
    pass


class SmtpTransport:
    """One connection, kept for a batch of mails and opened anew when it breaks."""

    def __init__(self) -> None:
        self._connection: _Phased | None = None

    def send(self, sender: str, to: str, raw: bytes) -> Result:
        """Send one message (RFC 5322 bytes, CRLF) to one address. Never raises for anything a server does."""
        try:
            connection = self._open()
        except smtplib.SMTPAuthenticationError as error:
            return Result(Outcome.AWAY, f"log-in refused: {error.smtp_code}")
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return Result(Outcome.AWAY, type(error).__name__)
        try:
            connection.sendmail(sender, [to], raw)
        except smtplib.SMTPRecipientsRefused as error:
            code, reply = next(iter(error.recipients.values()))
            return self._by_code(code, reply)
        except smtplib.SMTPResponseException as error:
            return self._by_code(error.smtp_code, error.smtp_error)
        except (OSError, smtplib.SMTPException) as error:
            past_dot = connection.past_dot
            self.close()
            return Result(Outcome.UNKNOWN if past_dot else Outcome.AGAIN, type(error).__name__)
        return Result(Outcome.SENT)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.quit()
            except (OSError, smtplib.SMTPException):
                connection.close()

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
        return self._connection

    def _by_code(self, code: int, reply: bytes | str) -> Result:
        if code == 421 or self._connection is None or self._connection.sock is None:  # the server is going away
            self.close()
        words = reply.decode(errors="replace") if isinstance(reply, bytes) else reply
        # The reply may repeat the address; the row has it already, and a log must not.
        words = re.sub(r"\S+@\S+", "the address", words)
        return Result(Outcome.REFUSED if 500 <= code < 600 else Outcome.AGAIN, f"{code} {words}"[:300])
