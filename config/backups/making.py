"""Make a backup: everything the hub is, in one file, while people go on booking."""

import contextlib
import hashlib
import hmac
import os
import re
import secrets
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from accounts import signs
from config import versions
from config.backups import databases
from config.backups.archive import FILES, RefusedError, writing

# hub-2026-11-25T031500Z.zip: by name is by time.
NAME = re.compile(r"^hub-\d{4}-\d\d-\d\dT\d{6}Z\.zip$")
# A folder in which the database lies, plain, until it is in the archive.
BESIDE = ".hub-backup-"
HOURS_UNFINISHED = 24


@dataclass(frozen=True)
class Made:
    path: Path
    size: int
    seconds: float
    rows: int
    files: int
    removed: list[Path]


def make(where: Path, *, keep: int | None = None) -> Made:
    """Write a backup into this folder, or to this file; of the folder's backups only the newest `keep` stay."""
    began, now = time.monotonic(), timezone.now()
    target = _target(where, now)
    try:
        rows, files = _write(target, now)
    except (sqlite3.DatabaseError, psycopg.Error) as error:
        raise RefusedError(f"The database cannot be read ({error}). There is no backup of it.") from error
    except OSError as error:
        raise RefusedError(f"The backup could not be written: {error.strerror or error}. There is none.") from error
    removed = _let_go(target.parent, keep) if keep else []
    size, seconds = target.stat().st_size, time.monotonic() - began
    with contextlib.suppress(DatabaseError):  # the backup is good, whether or not it can be told
        signs.leave(
            signs.Name.BACKUP, at=now, size=size, seconds=round(seconds, 1), rows=rows, files=files, file=target.name
        )
    return Made(target, size, seconds, rows, files, removed)


def _target(where: Path, now: datetime) -> Path:
    where = where.expanduser().absolute()
    if where.suffix == ".zip" and not where.is_dir():
        if where.exists():
            raise RefusedError(f"{where} is there already, and is not overwritten. Choose another name.")
        if not where.parent.is_dir():
            raise RefusedError(f"There is no folder {where.parent}.")
        return where
    if where.exists() and not where.is_dir():
        raise RefusedError(f"{where} is no folder, and does not end in .zip. Name one or the other.")
    try:
        where.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise RefusedError(f"The folder {where} cannot be made: {error.strerror}.") from error
    return where / f"hub-{now.astimezone(UTC):%Y-%m-%dT%H%M%SZ}.zip"


def _write(target: Path, now: datetime) -> tuple[int, int]:
    """The database first: a file that is handed in meanwhile is then in it without a row, which harms nobody."""
    with tempfile.TemporaryDirectory(prefix=BESIDE, dir=target.parent) as name, writing(target) as archive:
        copy = Path(name) / "database"
        copy.touch(mode=0o600)
        found = databases.copy_out(copy)
        with copy.open("rb") as source:
            archive.put(databases.part_name(), source, packed=databases.kind() == "sqlite")
        copy.unlink()  # its room is wanted for the files
        files = 0
        for path in _handed_in():
            # Gone since it was listed: its row was deleted after the database was copied.
            with contextlib.suppress(FileNotFoundError), path.open("rb") as source:
                archive.put(f"{FILES}{path.relative_to(settings.FILES_ROOT).as_posix()}", source)
                files += 1
        archive.close(
            {
                "id": secrets.token_hex(16),
                "made_at": now.isoformat(),
                "hub": settings.HUB_NAME,
                "program": versions.program(),
                "python": versions.python(),
                "django": versions.of_django(),
                "database": {"kind": databases.kind(), "version": versions.database()},
                "secret": fingerprint_of_secret(),
                **found,
            }
        )
    return sum(found["counts"].values()), files


def _handed_in() -> Iterator[Path]:
    """Every file of the hub; none that begins with a dot, which are under way, and nothing that leads elsewhere."""
    root = Path(settings.FILES_ROOT)
    for folder, below, names in os.walk(root):
        below[:] = sorted(one for one in below if not one.startswith("."))
        for name in sorted(names):
            path = Path(folder) / name
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield path


def fingerprint_of_secret() -> str:
    """By this a restore tells whether links and log-ins of before still hold; nobody learns the secret from it."""
    return hmac.new(settings.SECRET_KEY.encode(), b"backup", hashlib.sha256).hexdigest()[:16]


def kept_in(folder: Path) -> list[Path]:
    """The backups in a folder, newest first."""
    return sorted((path for path in folder.glob("hub-*.zip") if NAME.match(path.name)), reverse=True)


def _let_go(folder: Path, keep: int) -> list[Path]:
    """Only whole backups that this command named; and what a backup that was killed has left behind."""
    gone = kept_in(folder)[keep:]
    for path in gone:
        path.unlink(missing_ok=True)
    old = time.time() - HOURS_UNFINISHED * 3600
    for path in folder.glob(".hub-*"):
        if path.stat().st_mtime >= old:
            continue
        if path.suffix == ".unfinished":
            path.unlink(missing_ok=True)
        elif path.name.startswith(BESIDE):
            shutil.rmtree(path, ignore_errors=True)
    return gone
