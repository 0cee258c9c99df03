"""An SMTP server over bare sockets that does wrong at whichever phase it is told to, and keeps what it took.

Phases, in the order in which a mail meets them: banner, ehlo, mail, rcpt, data (the command), body (what follows 354),
dot (the answer to the final dot). A fault is a reply ("451 later"), or one of the words below.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage

HANG = "hang"  # says nothing more, and keeps the line open
CLOSE = "close"  # ends the line without a word
LOST = "lost"  # at the dot: takes the mail, and ends the line before it says so
SLOW = "slow"  # does right, in its own time
SECONDS_SLOW = 0.1


class GoneError(Exception):
    """This conversation is over."""


class FaultySmtp:
    """`with FaultySmtp() as server:`; `server.faults` says what goes wrong where, and may change at any time."""

    def __init__(self) -> None:
        self.faults: dict[str, str] = {}
        # Called when a phase is reached, with the phase: what a test does at that very moment.
        self.at: Callable[[str], None] = lambda phase: None
        self.mails: list[tuple[str, bytes]] = []
        self.connections = 0
        self._open: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self.port = 0
        self.listen()

    def __enter__(self) -> "FaultySmtp":
        return self

    def __exit__(self, *_error: object) -> None:
        self.refuse()

    def listen(self) -> None:
        """Be there; again on the same port after `refuse`."""
        self._listener = socket.create_server(("127.0.0.1", self.port), reuse_port=True)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def refuse(self) -> None:
        """Be gone: connections are refused, and those that stand end."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self.hang_up()

    def hang_up(self) -> None:
        """End every conversation; who hangs in one is let go."""
        for line in list(self._open):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=policy.default) for _, raw in self.mails]

    def of(self, address: str) -> list[EmailMessage]:
        return [message for message in self.messages() if address in str(message["To"])]

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.add(line)
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        try:
            with line, line.makefile("rb") as words, contextlib.suppress(OSError, GoneError):
                self._talk(line, words)
        finally:
            self._open.discard(line)

    def _talk(self, line: socket.socket, words: "socket.SocketIO | object") -> None:
        to = ""
        self._answer(line, "banner", "220 faulty.example ESMTP")
        while command := words.readline():  # type: ignore[attr-defined]  # a buffered reader
            verb = command[:4].upper().strip()
            if verb in (b"EHLO", b"HELO"):
                self._answer(line, "ehlo", "250-faulty.example\r\n250 SIZE 10000000")
            elif verb == b"MAIL":
                self._answer(line, "mail", "250 OK")
            elif verb == b"RCPT":
                to = command.decode().partition("<")[2].partition(">")[0]
                self._answer(line, "rcpt", "250 OK")
            elif verb == b"DATA":
                if self._answer(line, "data", "354 go on"):
                    self._take(line, words, to)
            elif verb == b"QUIT":
                line.sendall(b"221 bye\r\n")
                return
            else:
                line.sendall(b"250 OK\r\n")

    def _take(self, line: socket.socket, words: "socket.SocketIO | object", to: str) -> None:
        if self.faults.get("body") == CLOSE:
            raise GoneError
        if self.faults.get("body") == HANG:
            self._hang(line)
        lines: list[bytes] = []
        while (one := words.readline()) != b".\r\n":  # type: ignore[attr-defined]  # a buffered reader
            if not one:
                raise GoneError
            lines.append(one[1:] if one.startswith(b".") else one)
        fault = self.faults.get("dot", "")
        if fault in (HANG, LOST, SLOW) or not fault:
            self.mails.append((to, b"".join(lines)))
        if fault == LOST:
            self.at("dot")
            raise GoneError
        self._answer(line, "dot", "250 kept")

    def _answer(self, line: socket.socket, phase: str, reply: str) -> bool:
        """Say what is right, or do what is wrong. Returns whether all is well."""
        self.at(phase)
        fault = self.faults.get(phase, "")
        if fault == HANG:
            self._hang(line)
        if fault == CLOSE:
            raise GoneError
        if fault == SLOW:
            time.sleep(SECONDS_SLOW)
            fault = ""
        line.sendall(f"{fault or reply}\r\n".encode())
        return not fault

    def _hang(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while line.recv(65536):
                pass
        raise GoneError
