"""A real SMTP server that keeps what it is given, and misbehaves on request."""

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class Sink:
    """What arrived, in order; `answer` decides what each DATA is answered with."""

    mails: list[tuple[str, bytes]] = field(default_factory=list)
    answer: Callable[[int], str] = field(default=lambda number: "250 OK")
    seen: int = 0
    # From which address each came as the envelope says: where it goes when it comes back.
    senders: list[str] = field(default_factory=list)
    # After so many mails a connection is told to go.
    most_in_one_connection: int | None = None

    async def handle_MAIL(  # noqa: N802  # aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        session.mails = getattr(session, "mails", 0) + 1
        if self.most_in_one_connection is not None and session.mails > self.most_in_one_connection:
            return "421 closing down"
        envelope.mail_from = address
        self.senders.append(address)
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        self.seen += 1
        words = self.answer(self.seen)
        if words == "hang up":
            server.transport.abort()
            self.mails.append((envelope.rcpt_tos[0], envelope.content))  # it was taken, but nobody heard so
            return "250 OK"
        if words.startswith("250"):
            self.mails.append((envelope.rcpt_tos[0], envelope.content))
        return words

    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=policy.default) for _, raw in self.mails]


class SinkServer:
    """Start with `with SinkServer() as sink`; its address is `sink.port`."""

    def __init__(self) -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port = int(listener.getsockname()[1])
        self.sink = Sink()
        self._controller = Controller(self.sink, hostname="127.0.0.1", port=self.port)

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()
