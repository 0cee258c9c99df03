"""Whom a restored backup brings back although they were erased: a list beside the backups, so that they go again.

It holds numbers of people and moments, nothing else: who has only this list learns nothing of anybody.
"""

import json
import logging
import os
from datetime import datetime
from pathlib import Path

from django.conf import settings

log = logging.getLogger(__name__)


def note(person: int, at: datetime) -> None:
    """Add to the list, once the erasure is committed. A full disk must not undo what somebody has a right to."""
    path, line = list_path(), json.dumps({"person": person, "at": at.isoformat()})
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "a") as file:
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        log.exception("an erasure could not be put on the list beside the backups")


def listed(since: datetime, path: Path | None = None) -> set[int]:
    """Those of the list who were erased after this moment. A line that cannot be read is not worth a refusal."""
    found = set()
    path = path or list_path()
    for line in path.read_text().splitlines() if path.exists() else []:
        try:
            one = json.loads(line)
            if datetime.fromisoformat(one["at"]) >= since:
                found.add(int(one["person"]))
        except (ValueError, KeyError, TypeError):
            log.warning("a line of the list of erasures cannot be read")
    return found


def list_path() -> Path:
    return Path(settings.BACKUPS_ROOT) / "erased.jsonl"
