"""Another system, over bare sockets, that answers as it is told to, and keeps every message it got."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connections

TAKES = "204 No Content"
HANG = "hang"  # takes the message, and says nothing
CLOSE = "close"  # ends the line without a word
HALF = "half"  # ends it in the middle of its first word
DRIP_ON = "drip on"  # refuses, and says why one letter after the other
DRIP = "drip"  # says one letter after the other, and never comes to an end


@dataclass(frozen=True)
class Post:
    """One message as it came: what was asked, its headers by names in small letters, its bytes."""

    line: str
    headers: dict[str, str]
    body: bytes


class HookServer:
    """`with HookServer() as server:`; `server.answers` says what comes next, the last of them for ever."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.answers: list[str] = [TAKES]
        # Called with each message, before it is answered: what a test does at that very moment.
        self.at: Callable[[Post], None] = lambda post: None
        self.posts: list[Post] = []
        self.connections = 0
        self._tls = tls
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/taken?by=us"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> "HookServer":
        return self

    def __exit__(self, *_error: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in list(self._open):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.add(line)
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        try:
            with contextlib.suppress(OSError, ValueError), self._wrapped(line) as talk:
                self._talk(talk)
        finally:
            self._open.discard(line)
            connections.close_all()  # what a test does at that moment, it does in this thread

    def _wrapped(self, line: socket.socket) -> socket.socket:
        return self._tls.wrap_socket(line, server_side=True) if self._tls else line

    def _talk(self, line: socket.socket) -> None:
        with line.makefile("rb") as words:
            first = words.readline().decode().strip()
            if not first:
                return  # looked in, and said nothing
            headers: dict[str, str] = {}
            while (one := words.readline().decode().strip()) != "":
                name, _, value = one.partition(":")
                headers[name.lower()] = value.strip()
            post = Post(first, headers, words.read(int(headers.get("content-length", 0))))
        self.posts.append(post)
        self.at(post)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer == HANG:
            line.recv(1)
        elif answer == HALF:
            line.sendall(b"HTT")
        elif answer == DRIP:
            line.sendall(b"HTTP/1.1 200 OK\r\n")
            while True:
                line.sendall(b"X-More: 1\r\n")
                time.sleep(0.05)
        elif answer == DRIP_ON:
            line.sendall(b"HTTP/1.1 500 Oh dear\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n")
            while True:
                line.sendall(b"n")
                time.sleep(0.05)
        elif answer != CLOSE:
            head, _, said = answer.partition("\n\n")
            line.sendall(f"HTTP/1.1 {head}\nContent-Length: {len(said)}\n\n{said}".replace("\n", "\r\n").encode())
