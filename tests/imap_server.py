"""A small IMAP server of our own (RFC 9051, as much of it as a reader of one mailbox needs), which can misbehave."""

import re
import socketserver
import threading
import time
from dataclasses import dataclass, field

USER, PASSWORD = "hub@hub.example", "a pass:word@of/its own"


@dataclass
class Box:
    """What lies in which folder, by UID; the connection breaks, or hangs, at a command that holds these words."""

    folders: dict[str, dict[int, bytes]] = field(default_factory=lambda: {"INBOX": {}})
    capabilities: str = "IMAP4rev1 MOVE"
    below_inbox: bool = False
    commands: list[str] = field(default_factory=list)
    breaks_at: str = ""
    hangs_at: str = ""
    expunged: int = 0
    next_uid: int = 1
    lock: threading.RLock = field(default_factory=threading.RLock)

    def put(self, *mails: bytes) -> None:
        for raw in mails:
            self._add("INBOX", raw)

    def mails(self, folder: str) -> list[bytes]:
        return list(self.folders.get(folder, {}).values())

    def _add(self, folder: str, raw: bytes) -> None:
        with self.lock:
            self.folders[folder][self.next_uid] = raw
            self.next_uid += 1


class _Talk(socketserver.StreamRequestHandler):
    box: Box

    def handle(self) -> None:
        self.say("* OK ready")
        while line := self.rfile.readline().decode().strip():
            tag, _, rest = line.partition(" ")
            with self.box.lock:
                self.box.commands.append(rest)
            if self.box.breaks_at and self.box.breaks_at in rest:
                return
            if self.box.hangs_at and self.box.hangs_at in rest:
                time.sleep(3)
                return
            name, _, arguments = rest.partition(" ")
            answer = getattr(self, f"on_{name.lower()}")(arguments)
            self.say(f"{tag} {answer or 'OK done'}")
            if name == "LOGOUT":
                return

    def say(self, line: str | bytes) -> None:
        self.wfile.write((line if isinstance(line, bytes) else line.encode()) + b"\r\n")

    def on_capability(self, _: str) -> None:
        self.say(f"* CAPABILITY {self.box.capabilities}")

    def on_login(self, arguments: str) -> str:
        return "OK in" if arguments == f'"{USER}" "{PASSWORD}"' else "NO [AUTHENTICATIONFAILED] wrong"

    def on_select(self, arguments: str) -> None:
        self.folder = self.box.folders[arguments.strip('"')]
        self.say(f"* {len(self.folder)} EXISTS")

    def on_list(self, arguments: str) -> None:
        wanted = re.findall(r'"([^"]*)"', arguments)[-1]
        for name in self.box.folders:
            if wanted in ("*", name):
                self.say(f'* LIST () "." "{name}"')

    def on_create(self, arguments: str) -> str:
        name = arguments.strip('"')
        if self.box.below_inbox and not name.startswith("INBOX."):
            return "NO below INBOX only"
        with self.box.lock:
            if name in self.box.folders:
                return "NO [ALREADYEXISTS] there is one"
            self.box.folders[name] = {}
        return "OK made"

    def on_logout(self, _: str) -> None:
        self.say("* BYE")

    def on_expunge(self, _: str) -> None:
        for uid in getattr(self, "deleted", []):
            self.box.expunged += self.folder.pop(uid, None) is not None

    def on_uid(self, arguments: str) -> str | None:
        what, _, rest = arguments.partition(" ")
        answer: str | None = getattr(self, f"uid_{what.lower()}")(rest)
        return answer

    def uid_search(self, _: str) -> None:
        with self.box.lock:
            self.say("* SEARCH " + " ".join(map(str, self.folder)))

    def uid_fetch(self, arguments: str) -> None:
        uid, _, what = arguments.partition(" ")
        raw = self.folder.get(int(uid))
        if raw is None:
            return
        if "RFC822.SIZE" in what:
            self.say(f"* 1 FETCH (UID {uid} RFC822.SIZE {len(raw)})")
            return
        part = re.search(r"<0\.(\d+)>", what)
        sent = raw[: int(part[1])] if part else raw
        self.say(f"* 1 FETCH (UID {uid} BODY[] {{{len(sent)}}}".encode() + b"\r\n" + sent + b")")

    def uid_move(self, arguments: str) -> str | None:
        with self.box.lock:
            answer = self.uid_copy(arguments)
            if answer is None:
                self.folder.pop(int(arguments.split(" ")[0]), None)
        return answer

    def uid_copy(self, arguments: str) -> str | None:
        uid, _, folder = arguments.partition(" ")
        with self.box.lock:
            if folder.strip('"') not in self.box.folders:
                return "NO [TRYCREATE] no such folder"
            if int(uid) in self.folder:
                self.box._add(folder.strip('"'), self.folder[int(uid)])
        return None

    def uid_store(self, arguments: str) -> None:
        self.deleted = [int(arguments.split(" ")[0])]


class ImapServer:
    """Start with `start()`; what is in it is `box`."""

    def __init__(self) -> None:
        self.box = Box()
        handler = type("Talk", (_Talk,), {"box": self.box})
        socketserver.ThreadingTCPServer.daemon_threads = True
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler)
        self.port = int(self._server.server_address[1])

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
