"""Whom a restored backup brings back although they were erased: a list beside the backups, so that they go again.

It holds numbers of people and moments, nothing else: who has only this list learns nothing of anybody. The moment
somebody joined stands beside their number, so that a list of one hub erases nobody of another.
"""

import json
import logging
import os
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

log = logging.getLogger(__name__)


def note(person: int, joined_at: datetime, at: datetime) -> None:
    """Add to the list, once the erasure is committed. A full disk must not undo what somebody has a right to."""
    path, line = list_path(), json.dumps({"person": person, "joined": stamp(joined_at), "at": at.isoformat()})
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "a") as file:
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        log.exception("an erasure could not be put on the list beside the backups")


def stamp(moment: datetime) -> str:
    """A moment as it is written on the list."""
    return moment.astimezone(UTC).isoformat()


def listed(since: datetime, path: Path | None = None) -> dict[int, str]:
    """Those of the list who were erased after this moment, each with when they had joined.

    A line that cannot be read is not worth a refusal.
    """
    found = {}
    path = path or list_path()
    for line in path.read_text().splitlines() if path.exists() else []:
        try:
            one = json.loads(line)
            if datetime.fromisoformat(one["at"]) >= since:
                found[int(one["person"])] = str(one["joined"])
        except (ValueError, KeyError, TypeError):
            log.warning("a line of the list of erasures cannot be read")
    return found


def list_path() -> Path:
    return Path(settings.BACKUPS_ROOT) / "erased.jsonl"
