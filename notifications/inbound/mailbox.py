"""Reading the hub's mailbox by IMAP: what was taken is moved to a folder, and nothing is ever deleted."""

import contextlib
import imaplib
import logging
import re
import ssl
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone
from imap_tools import (
    BaseMailBox,
    ImapToolsError,
    MailBox,
    MailboxFetchError,
    MailboxFolderCreateError,
    MailBoxStartTls,
    MailBoxUnencrypted,
)
from imap_tools.utils import check_command_status

from accounts import signs

log = logging.getLogger(__name__)

# What is larger is no answer and no report: its beginning is read, so that a person sees what it is (RFC 9051, 7.5.2).
LARGEST = 256 * 1024
BEGINNING = 32 * 1024
# So many in one run, and no longer than this: the next run goes on.
AT_MOST = 50
SECONDS = 45
DONE, TO_READ = "Done", "To read"

# (the bytes or their beginning, how many there are) -> whether a person has to look at it.
Take = Callable[[bytes, int], bool]


def read(take: Take, *, at_most: int = AT_MOST) -> int:
    """Hand the oldest mails to `take`, and move each where it says. Returns how many were read.

    A mail whose move failed is read again, so `take` must do nothing twice. A server that is away is no error.
    """
    if not settings.IMAP_URL:
        return 0
    began, count = time.monotonic(), 0
    try:
        with _opened() as box:
            for uid in box.uids()[:at_most]:
                if time.monotonic() - began > SECONDS:
                    break
                count += _read_one(box, uid, take)
        signs.leave_seldom(signs.Name.MAILBOX, at=timezone.now())
    except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
        log.warning("the mailbox could not be read: %s", type(error).__name__)
        signs.leave(signs.Name.MAILBOX, at=timezone.now(), is_well=False)
    return count


def _read_one(box: BaseMailBox, uid: str, take: Take) -> bool:
    found = _fetch(box, uid)
    if found is None:
        return False  # another worker has moved it meanwhile
    try:
        needs_somebody = take(*found)
    except (OperationalError, InterfaceError):
        raise  # the database is away, and nothing was noted: it stays where it is
    except Exception:  # whatever is wrong with one mail, it is not lost and the others are read
        log.exception("a mail in the mailbox could not be read")
        needs_somebody = True
    box.move(uid, _folder(box, TO_READ if needs_somebody else DONE))
    return True


def _fetch(box: BaseMailBox, uid: str) -> tuple[bytes, int] | None:
    """The mail (of a large one its beginning) and its size; without marking it as seen."""
    size = _answer(box, uid, "(RFC822.SIZE)")
    found = re.search(rb"RFC822\.SIZE (\d+)", b" ".join(part for part in size if isinstance(part, bytes)))
    if found is None:
        return None
    octets = int(found[1])
    wanted = "(BODY.PEEK[])" if octets <= LARGEST else f"(BODY.PEEK[]<0.{BEGINNING}>)"
    literals = [part[1] for part in _answer(box, uid, wanted) if isinstance(part, tuple)]
    return (bytes(literals[0]), octets) if literals else None


def _answer(box: BaseMailBox, uid: str, what: str) -> list[Any]:
    result = box.client.uid("FETCH", uid, what)
    check_command_status(result, MailboxFetchError)
    return list(result[1])


def _folder(box: BaseMailBox, name: str) -> str:
    """A folder beside or below the inbox, made when it is first needed."""
    paths = _paths(box, name)
    for path in paths:
        if box.folder.exists(path):
            return path
    for path in paths:  # some servers keep all folders below the inbox
        with contextlib.suppress(MailboxFolderCreateError):
            box.folder.create(path)
        if box.folder.exists(path):  # made now, or by another worker meanwhile
            return path
    raise ImapToolsError(f"no folder {name!r}")


def _paths(box: BaseMailBox, name: str) -> tuple[str, str]:
    delimiter = next((one.delim for one in box.folder.list("", "INBOX")), "/") or "/"
    return name, f"INBOX{delimiter}{name}"


@contextlib.contextmanager
def _opened() -> Iterator[BaseMailBox]:
    """The mailbox of IMAP_URL, logged in."""
    url, timeout = urlsplit(settings.IMAP_URL), settings.IMAP_TIMEOUT
    host, secure = url.hostname or "localhost", ssl.create_default_context()
    box: BaseMailBox
    match url.scheme:
        case "imaps":
            box = MailBox(host, url.port or 993, timeout=timeout, ssl_context=secure)
        case "imap+tls":
            box = MailBoxStartTls(host, url.port or 143, timeout=timeout, ssl_context=secure)
        case _:
            box = MailBoxUnencrypted(host, url.port or 143, timeout=timeout)
    try:
        box.login(unquote(url.username or ""), unquote(url.password or ""), unquote(url.path.strip("/")) or "INBOX")
        # What a server can do it may say only to who has logged in (RFC 9051, 6.1.1): without MOVE, mails are copied.
        _, said = box.client.capability()
        box.client.capabilities = tuple(bytes(said[-1]).decode().upper().split())
        yield box
    finally:
        with contextlib.suppress(OSError, imaplib.IMAP4.error, ImapToolsError):
            box.logout()
        with contextlib.suppress(OSError):
            box.client.shutdown()  # logging out of a connection that broke leaves its socket open
