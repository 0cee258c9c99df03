"""Bring a backup back: looked through first, put in place in one step, proved at the end.

Everything is prepared beside what stands. A note in the folder of files says how far a restore has come; while it lies
there nothing serves the hub, and `restore --finish` takes it to its end, or finds that nothing had been changed.
"""

import json
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import DatabaseError, connection, connections
from django.db.migrations.loader import MigrationLoader
from django.db.models import Q
from django.utils import timezone

from accounts import erased
from accounts.actions import rights
from accounts.models import Erasure, School, SignOfLife, User
from booking.proving import prove
from config import start
from config.backups import databases, making
from config.backups.archive import FILES, Archive, RefusedError
from notifications.models import Notice

Say = Callable[[str], object]

OF_ANOTHER_KEY = (
    "It was made with another SECRET_KEY: links in mails of before end, and everybody logs in anew. Addresses that "
    "were erased are not known as such. Use the SECRET_KEY of that hub if you have it."
)


@dataclass
class Restored:
    """What came back, what was done to it, and what a person still has to do."""

    made_at: datetime
    erased: list[int] = field(default_factory=list)
    not_erased: dict[int, str] = field(default_factory=dict)
    mails: int = 0
    violations: list[str] = field(default_factory=list)


def restore(path: Path, *, replace: bool, keep_what_is_here: bool = True, erasures: Path | None, say: Say) -> Restored:
    """Bring this backup back. Refused, with nothing changed, where anything speaks against it."""
    if reason := start.why_not_whole():
        raise RefusedError(reason)
    archive = Archive(path)
    try:
        say("Looking through the backup.")
        archive.check()
        _check_fits(archive)
        if not same_secret(archive.manifest):
            say(OF_ANOTHER_KEY)
        made_at = datetime.fromisoformat(archive.manifest["made_at"])
        also = erased.listed(made_at) | _erased_here(made_at) | (erased.listed(made_at, erasures) if erasures else {})
        if here := _what_is_here():
            if not replace:
                raise RefusedError(
                    f"There is a hub here already ({here}). Nothing was changed. To put the backup in its place: "
                    "restore --replace; what is here is then backed up first."
                )
            if keep_what_is_here:
                kept = making.make(settings.BACKUPS_ROOT)
                say(f"What was here is kept in {kept.path}")
        note = {
            "id": archive.manifest["id"],
            "phase": "waiting",
            "made_at": archive.manifest["made_at"],
            "erased": also,
            "secret": archive.manifest["secret"],
            "at": timezone.now().isoformat(),
        }
        _prepare(archive, note, say)
    except OSError as error:
        _clear_away()
        raise RefusedError(
            f"The backup could not be brought back: {error.strerror or error}. Nothing was changed here."
        ) from error
    except BaseException:
        if _phase() == "waiting" and not _database_is_of(str(archive.manifest["id"])):
            _clear_away()
        raise
    finally:
        archive.close()
    return finish(say)


def _prepare(archive: Archive, note: dict[str, Any], say: Say) -> None:
    """Files wait beside the files, the database beside the database; then the database changes in one step."""
    _write_note(note)
    say("Laying out the files.")
    for name in archive.files():
        archive.take_out(f"{FILES}{name}", _coming() / name)
    say("Putting the database in its place.")
    sqlite = databases.kind() == "sqlite"
    prepared = databases.prepared_path() if sqlite else Path(settings.FILES_ROOT) / ".restore.pgdump"
    at = datetime.fromisoformat(note["at"]).astimezone(UTC)
    sign = {"at": f"{at:%Y-%m-%d %H:%M:%S.%f}" + ("" if sqlite else "+00"), "details": json.dumps({"id": note["id"]})}
    put = databases.put_in_place_of_sqlite if sqlite else databases.load_into_postgres
    try:
        archive.take_out(databases.part_name(), prepared)
        put(prepared, sign=sign, counts=archive.manifest["counts"])
    finally:
        prepared.unlink(missing_ok=True)


def finish(say: Say) -> Restored:
    """From wherever a restore has come to, to its end."""
    note = _read_note()
    if not note:
        raise RefusedError("No restore is under way here.")
    if note["phase"] == "waiting":
        if not _database_is_of(note["id"]):
            _clear_away()
            raise RefusedError("That restore had changed nothing yet. What it had prepared is removed.")
        _write_note(note := note | {"phase": "out"})
    _swap_files(note)
    return _prove(note, say)


def _swap_files(note: dict[str, Any]) -> None:
    """The files of before go aside, those of the backup come in: each step can be taken twice."""
    root, coming, gone = Path(settings.FILES_ROOT), _coming(), Path(settings.FILES_ROOT) / ".gone"
    if note["phase"] == "out":
        gone.mkdir(mode=0o700, exist_ok=True)
        for one in [one for one in root.iterdir() if not one.name.startswith(".")]:
            os.replace(one, gone / one.name)
        note["phase"] = "in"
        _write_note(note)
    if note["phase"] == "in":
        for one in list(coming.iterdir()) if coming.exists() else []:
            os.replace(one, root / one.name)
        shutil.rmtree(coming, ignore_errors=True)
        shutil.rmtree(gone, ignore_errors=True)
        note["phase"] = "prove"
        _write_note(note)


def _prove(note: dict[str, Any], say: Say) -> Restored:
    """The tables of this version; who was erased since goes again; mail waits for a person; every rule is proved."""
    connections.close_all()
    made_at = datetime.fromisoformat(note["made_at"])
    found = Restored(made_at)
    call_command("migrate", verbosity=0, interactive=False)
    found.erased, found.not_erased = erase_again(_of_this_hub(note["erased"]))
    found.mails = _hold_mail(made_at)
    say("Proving the data.")
    prove(found.violations.append)
    start.note_of_restore().unlink(missing_ok=True)
    return found


def erase_again(people: list[int]) -> tuple[list[int], dict[int, str]]:
    """Erase whoever of these is here and not erased. Returns who was, and why the others were not."""
    done, refused = [], {}
    known = set(Erasure.objects.filter(done_at__isnull=False).values_list("person", flat=True))
    for person in User.objects.filter(pk__in=set(people) - known).order_by("pk"):
        try:
            rights.erase(person=person, by=None)
            done.append(person.pk)
        except ValidationError as refusal:
            refused[person.pk] = " ".join(refusal.messages)
    return done, refused


def _hold_mail(made_at: datetime) -> int:
    """What was about to leave then may have left since: a person decides, and nothing goes twice by itself."""
    state = Notice.State
    waiting = Notice.objects.filter(state__in=[state.QUEUED, state.RETRY, state.SENDING], made_at__lte=made_at)
    waiting.filter(Q(expires_at__lte=timezone.now())).update(state=state.DROPPED, claimed_until=None)
    words = "It waited when the backup was made that was brought back, and may have left since."
    return waiting.update(state=state.UNKNOWN, sent_at=made_at, claimed_until=None, error=words)


# ── What speaks against it ─────────────────────────────────────────────────────────────────────────────────────────
def _check_fits(archive: Archive) -> None:
    names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
    theirs, ours = archive.manifest["database"]["kind"], databases.kind()
    if theirs != ours:
        raise RefusedError(
            f"This backup is of a hub on {names[theirs]}, and this hub is on {names[ours]}. Nothing was changed here."
        )
    known = {".".join(key) for key in MigrationLoader(None).disk_migrations}
    newer = sorted(set(archive.manifest["migrations"]) - known - {"mfa", "account"})
    if newer := [name for name in newer if name.split(".")[0] in ("accounts", "booking", "notifications")]:
        raise RefusedError(
            f"This backup was made by a newer version of the program ({archive.manifest['program']}; {newer[0]} is not "
            "known here). Install that version first. Nothing was changed here."
        )


def _what_is_here() -> str:
    """What stands in the way of a restore, in words; empty where the hub is empty."""
    found = []
    with suppress(DatabaseError):  # a database that cannot be read is no hub that could be lost
        if User._meta.db_table in connection.introspection.table_names():
            people, schools = User.objects.count(), School.objects.count()
            found += [f"{people:,} people, {schools:,} schools"] if people or schools else []
    files = sum(1 for _ in making._handed_in())
    found += [f"{files:,} files"] if files else []
    return ", ".join(found)


def _erased_here(since: datetime) -> dict[int, str]:
    with suppress(DatabaseError):
        done = Erasure.objects.filter(done_at__gte=since).values_list("person", "person__joined_at")
        return {person: erased.stamp(joined) for person, joined in done}
    return {}


def _of_this_hub(listed: dict[str, str]) -> list[int]:
    """Whoever of the list is the same person here: numbers are given anew in every hub, moments of joining are not."""
    joined = User.objects.filter(pk__in=[int(person) for person in listed]).values_list("pk", "joined_at")
    return sorted(person for person, moment in joined if erased.stamp(moment) == listed[str(person)])


# ── How far it has come ────────────────────────────────────────────────────────────────────────────────────────────
def same_secret(manifest_or_note: dict[str, Any]) -> bool:
    return bool(manifest_or_note["secret"] == making.fingerprint_of_secret())


def _coming() -> Path:
    return Path(settings.FILES_ROOT) / ".coming"


def _phase() -> str:
    return str((_read_note() or {}).get("phase", ""))


def _read_note() -> dict[str, Any] | None:
    with suppress(FileNotFoundError):
        return dict(json.loads(start.note_of_restore().read_text()))
    return None


def _write_note(note: dict[str, Any]) -> None:
    path = start.note_of_restore()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(".fresh")
    with fresh.open("w") as file:
        json.dump(note, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)


def _database_is_of(restore_id: str) -> bool:
    """Does the database that stands say that it came from this backup?"""
    connections.close_all()
    try:
        sign = SignOfLife.objects.filter(name=SignOfLife.Name.RESTORE).first()
    except DatabaseError:
        return False
    note = _read_note() or {}
    # Of this very restore: the same backup may have been brought back before.
    return sign is not None and sign.details.get("id") == restore_id and sign.at.isoformat() == _moment(note)


def _moment(note: dict[str, Any]) -> str:
    return datetime.fromisoformat(note["at"]).astimezone(UTC).isoformat() if note else ""


def _clear_away() -> None:
    """Nothing was changed: what was laid out beside it goes."""
    shutil.rmtree(_coming(), ignore_errors=True)
    if databases.kind() == "sqlite":
        databases.prepared_path().unlink(missing_ok=True)
    (Path(settings.FILES_ROOT) / ".restore.pgdump").unlink(missing_ok=True)
    start.note_of_restore().unlink(missing_ok=True)
