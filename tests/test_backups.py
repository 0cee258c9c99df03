"""A backup is whole or is none; what is brought back is what was, or nothing has changed."""

import json
import os
import shutil
import sqlite3
import stat
import time
import zipfile
from contextlib import closing
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from accounts import erased
from accounts.actions import rights
from accounts.models import Erasure, SignOfLife, User
from booking.integrity import violations
from booking.models import Attachment, Booking
from config import start
from config.backups import databases, restoring
from config.backups.archive import Archive, RefusedError, writing
from config.backups.making import make
from notifications.models import Notice
from tests.conftest import _delete_rows
from tests.factories import (
    create_attachment,
    create_booking,
    create_hub_staff,
    create_lead,
    create_teacher,
    create_user,
    create_work_group,
)
from tests.faults.hub import Hub, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

on_sqlite = pytest.mark.skipif("postgres" in os.environ.get("HUB_TEST_DATABASE", ""), reason="about SQLite")


@pytest.fixture(autouse=True)
def _tables_as_in_a_hub(transactional_db: None) -> None:
    """Where the run has made its tables from the models: the one in which a hub notes its migrations."""
    MigrationRecorder(connection).ensure_schema()


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A hub with a booking and a file that somebody handed in, and a backup of it."""
    lead, work_group = create_lead(), create_work_group(sessions=2)
    kim = create_teacher(school=lead.memberships.get().school, name="Kim Example")
    create_booking(work_group=work_group, by=lead, people=[kim])
    create_attachment(session=work_group.sessions.first())
    return make(tmp_path / "kept").path


def lose_everything() -> None:
    _delete_rows()
    shutil.rmtree(settings.FILES_ROOT, ignore_errors=True)


def state() -> tuple[int, int, list[str]]:
    """What a hub holds: people, bookings, and the files on its disk."""
    root = Path(settings.FILES_ROOT)
    files = sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
    return User.objects.count(), Booking.objects.count(), files


def manifest_of(path: Path) -> dict[str, Any]:
    with closing(Archive(path)) as archive:
        return archive.manifest


def bring_back(path: Path, **options: object) -> str:
    out = StringIO()
    call_command("restore", str(path), stdout=out, **options)
    return out.getvalue()


def test_backup_brings_back_rows_and_files_and_proves_them(backup: Path) -> None:
    before = state()
    lose_everything()

    said = bring_back(backup)

    assert state() == before
    assert "rules hold" in said
    assert list(violations()) == []
    with Attachment.objects.get().file.open("rb") as file:
        assert file.read()
    assert SignOfLife.objects.get(name="integrity").is_well is True


def test_backup_is_for_this_user_only_and_says_what_it_holds(backup: Path) -> None:
    with closing(Archive(backup)) as archive:
        archive.check()

    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert archive.manifest["database"]["kind"] == databases.kind()
    assert archive.manifest["counts"][User._meta.db_table] == User.objects.count()
    assert sorted(path.name for path in backup.parent.iterdir()) == [backup.name]
    assert SignOfLife.objects.get(name="backup").details["file"] == backup.name


@pytest.mark.parametrize("part", ["database", "files", "manifest.json", "cut", "more"])
def test_backup_that_was_altered_is_refused_and_nothing_changes(backup: Path, part: str) -> None:
    alter(backup, part)
    create_user()
    before = state()

    with pytest.raises(CommandError) as refused:
        bring_back(backup, replace=True)

    assert str(refused.value).startswith(f"{backup} is ")
    assert state() == before
    assert start.why_not_whole() == ""


def alter(path: Path, part: str) -> None:
    """One byte of a part changed, so that only the checksum can tell; the file cut short; or one part more."""
    if part == "cut":
        path.write_bytes(path.read_bytes()[:-400])
        return
    fresh = path.with_suffix(".fresh")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(fresh, "w") as new:
        for name in old.namelist():
            words = bytearray(old.read(name))
            if name.startswith(part):
                words[len(words) // 2] ^= 1
            new.writestr(name, bytes(words))
        if part == "more":
            new.writestr("files/../../evil", b"")
    os.replace(fresh, path)


def test_backup_that_fails_half_way_leaves_nothing_under_its_name(tmp_path: Path) -> None:
    def begin() -> None:
        with writing(tmp_path / "hub.zip") as archive:
            archive.put("database", BytesIO(b"half of it"))
            raise RefusedError("The disk is full.")

    with pytest.raises(RefusedError):
        begin()

    assert [path.name for path in tmp_path.iterdir() if "hub" in path.name] == []


def test_backup_keeps_the_newest_and_nothing_that_is_not_a_backup(tmp_path: Path) -> None:
    for day in range(1, 5):
        (tmp_path / f"hub-2026-01-0{day}T031500Z.zip").touch()
    (tmp_path / "hub-of-my-own.zip").touch()

    made = make(tmp_path, keep=2)

    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == ["hub-2026-01-04T031500Z.zip", made.path.name, "hub-of-my-own.zip"]


def test_backup_before_an_upgrade_may_be_made_by_the_new_program(tmp_path: Path) -> None:
    """The database lacks a step still: of that there must be a backup."""
    hub = hub_of_its_own(tmp_path)
    say(hub, "shell", "-c", LACK)

    said = say(hub, "backup", str(tmp_path / "before.zip"))

    assert "50 files" in said


def test_backup_removes_what_a_killed_one_has_left_behind_a_day_later(tmp_path: Path) -> None:
    dead, alive = tmp_path / ".hub-backup-dead", tmp_path / ".hub-backup-alive"
    halves = [tmp_path / ".hub-2026-01-01T031500Z.zip.00.unfinished", dead, alive]
    for folder in (dead, alive):
        folder.mkdir()
        (folder / "database").write_bytes(b"everybody, in plain words")
    halves[0].touch()
    for old in halves[:2]:
        os.utime(old, (0, 0))

    made = make(tmp_path, keep=2)

    assert sorted(path.name for path in tmp_path.iterdir()) == [alive.name, made.path.name]


def test_restore_refuses_a_hub_with_data_unless_it_is_to_be_replaced_and_then_keeps_it(backup: Path) -> None:
    create_user(name="Came Later")
    before = state()
    with pytest.raises(CommandError, match="There is a hub here already"):
        bring_back(backup)
    assert state() == before

    bring_back(backup, replace=True)

    kept = [path for path in Path(settings.BACKUPS_ROOT).iterdir() if path.suffix == ".zip"]
    assert not User.objects.filter(name="Came Later").exists()
    assert manifest_of(kept[0])["counts"][User._meta.db_table] == before[0]


def test_restore_erases_again_whoever_was_erased_since(backup: Path) -> None:
    person, staff = User.objects.get(name="Kim Example"), create_hub_staff()
    rights.erase(person=person, by=staff)
    lose_everything()  # the database that knew it; the list beside the backups still does

    said = bring_back(backup)

    assert f"Erased again, as they had been since: {person.pk}\n" in said
    assert Erasure.objects.get().person_id == person.pk
    assert not User.objects.filter(name="Kim Example").exists()


def test_restore_names_whom_it_cannot_erase_again_and_a_command_does_it_later(backup: Path, tmp_path: Path) -> None:
    person = User.objects.get(name="Kim Example")
    at = (timezone.now() + timedelta(minutes=1)).isoformat()
    listed = tmp_path / "list.jsonl"
    of_another_hub = {"person": person.pk - 1, "joined": at, "at": at}
    lines = [{"person": person.pk, "joined": erased.stamp(person.joined_at), "at": at}, of_another_hub]
    listed.write_text("".join(json.dumps(line) + "\n" for line in lines) + "rubbish\n")
    person.memberships.update(state="requested")
    again = make(tmp_path / "again").path
    lose_everything()

    said = bring_back(again, erasures=listed)
    User.objects.get(pk=person.pk).memberships.all().delete()
    call_command("erase_again", str(person.pk), stdout=StringIO())

    assert f"Person {person.pk} had been erased, and is here again" in said
    assert Erasure.objects.get().person_id == person.pk


def test_restore_sends_nothing_a_second_time_by_itself(tmp_path: Path) -> None:
    waiting = Notice.objects.create(kind="letter", to="x@school.example", subject="Plan", raw=b"Plan")
    late = Notice.objects.create(
        kind="reminder", to="x@school.example", subject="Soon", raw=b"Soon", expires_at=timezone.now()
    )
    path = make(tmp_path / "kept").path
    lose_everything()

    bring_back(path)

    waiting.refresh_from_db()
    late.refresh_from_db()
    assert (waiting.state, late.state) == (Notice.State.UNKNOWN, Notice.State.DROPPED)


def test_restore_of_another_kind_of_database_or_a_newer_version_is_refused(backup: Path, tmp_path: Path) -> None:
    other = {"database": {"kind": "sqlite" if databases.kind() == "postgresql" else "postgresql", "version": "1"}}
    newer = {"migrations": ["booking.9999_from_the_future"]}

    for number, change in enumerate([other, newer]):
        path = tmp_path / f"{number}.zip"
        with writing(path) as archive:
            archive.close(manifest_of(backup) | change)
        with pytest.raises(CommandError, match="Nothing was changed here"):
            bring_back(path, replace=True)

    assert User.objects.filter(name="Kim Example").exists()


@on_sqlite
@pytest.mark.once
def test_restore_under_a_running_hub_is_refused(backup: Path) -> None:
    before = state()
    with closing(sqlite3.connect(settings.DATABASES["default"]["NAME"])) as running:
        running.execute("SELECT count(*) FROM accounts_user").fetchone()
        running.execute("BEGIN IMMEDIATE")

        with pytest.raises(CommandError, match="The hub is running"):
            bring_back(backup, replace=True)

    assert state() == before
    assert start.why_not_whole() == ""


def test_restore_that_was_killed_before_the_database_changed_has_changed_nothing(backup: Path) -> None:
    before = state()
    begun = {"id": "x" * 32, "phase": "waiting", "made_at": timezone.now().isoformat(), "erased": {}, "secret": ""}
    restoring._write_note(begun | {"at": timezone.now().isoformat()})
    (restoring._coming() / "aa").mkdir(parents=True)
    assert start.why_not_yet() != ""

    with pytest.raises(CommandError, match="changed nothing yet"):
        call_command("restore", finish=True)

    assert state() == before
    assert start.why_not_yet() == ""


@pytest.mark.parametrize("moved", ["nothing", "some out", "all out", "some in"])
def test_restore_that_was_killed_while_files_changed_places_is_taken_to_its_end(backup: Path, moved: str) -> None:
    before = state()
    root = Path(settings.FILES_ROOT)
    for folder in ("zz", "zy"):
        (root / folder).mkdir()
        (root / folder / "came-later").touch()
    note = kill_before_files_change(backup)
    gone = root / ".gone"
    gone.mkdir()
    others = [one for one in root.iterdir() if not one.name.startswith(".")]
    if moved != "nothing":
        for one in others[: 1 if moved == "some out" else None]:
            os.replace(one, gone / one.name)
        restoring._write_note(note | {"phase": "in" if moved == "some in" else "out"})
    if moved == "some in":
        first = next(restoring._coming().iterdir())
        os.replace(first, root / first.name)

    call_command("restore", finish=True, stdout=StringIO())

    assert state() == before
    assert sorted(one.name for one in root.iterdir() if one.name.startswith(".")) == []


def kill_before_files_change(path: Path) -> dict[str, object]:
    """As a restore leaves it that was killed just after the database had changed."""
    told, now = manifest_of(path), timezone.now().isoformat()
    note = {key: told[key] for key in ("id", "made_at", "secret")} | {"phase": "waiting", "erased": {}, "at": now}
    with closing(Archive(path)) as archive:
        restoring._prepare(archive, note, lambda _words: None)
    connections.close_all()
    return note


def test_backup_says_which_program_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite needs no program")
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CommandError, match="Install postgresql-client"):
        call_command("backup", str(tmp_path / "kept"))


def test_backup_refuses_names_that_make_no_sense(tmp_path: Path) -> None:
    (tmp_path / "there.zip").touch()
    (tmp_path / "note.txt").touch()

    for name, words in {
        "there.zip": "is there already",
        "note.txt": "is no folder",
        "none/hub.zip": "There is no folder",
    }.items():
        with pytest.raises(CommandError, match=words):
            call_command("backup", str(tmp_path / name))


def test_restore_of_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish.zip"
    rubbish.write_bytes(b"PK\x03\x04 not at all")

    with pytest.raises(CommandError, match="is no backup of a hub"):
        bring_back(rubbish)
    with pytest.raises(CommandError, match="There is no file"):
        bring_back(tmp_path / "none.zip")


@pytest.mark.storm
def test_restore_that_is_killed_at_any_moment_is_the_one_hub_or_the_other(tmp_path: Path) -> None:
    """A program of its own, killed without warning; then `--finish` says what stands, and all of it does."""
    hub = hub_of_its_own(tmp_path)
    one, two = tmp_path / "one.zip", tmp_path / "two.zip"
    for words in (["backup", str(one)], ["shell", "-c", CHANGE], ["backup", str(two)]):
        say(hub, *words)
    note, seen, finished = hub.var / "files" / ".restore.json", set(), 0

    for number, wait in enumerate((0, 0.1, 0.3, 0.6)):
        path = (one, two)[number % 2]
        running = hub.begin("manage.py", "restore", str(path), "--replace", "--throw-away")
        wait_until(note.exists, "the restore has begun", hub)
        time.sleep(wait)
        running.kill()
        running.wait()
        finished += hub.run("manage.py", "restore", "--finish").returncode == 0
        seen.add(say(hub, "shell", "-v0", "-c", ASK))

    assert finished > 0
    assert seen <= {"50 50", "51 51"}
    say(hub, "check_integrity")


def hub_of_its_own(tmp_path: Path) -> Hub:
    """Fifty people and as many files, on a database of the kind that is tested."""
    environment = {}
    if connection.vendor == "postgresql":
        url = os.environ["DATABASE_URL"]
        with psycopg.connect(url, autocommit=True) as own:
            own.execute("DROP DATABASE IF EXISTS killed")
            own.execute("CREATE DATABASE killed")
        environment["DATABASE_URL"] = f"{url.rpartition('/')[0]}/killed"
    hub = Hub(tmp_path, **environment)
    hub.migrate()
    say(hub, "shell", "-c", FILL)
    return hub


def say(hub: Hub, *words: str) -> str:
    ended = hub.run("manage.py", *words)
    assert ended.returncode == 0, ended.stdout
    return ended.stdout.strip()


FILL = """
from accounts.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
for number in range(50):
    User.objects.create(name=f"Kim {number}", email=f"kim{number}@school.example")
    default_storage.save(f"{number:02}/file", ContentFile(b"x" * 1000))
"""
LACK = """
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
MigrationRecorder(connection).migration_qs.filter(app="booking").last().delete()
"""
CHANGE = """
from accounts.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
User.objects.create(name="Kim 50", email="kim50@school.example")
default_storage.save("50/file", ContentFile(b"y" * 1000))
"""
ASK = """
from accounts.models import User
from django.core.files.storage import default_storage
folders, _ = default_storage.listdir("")
print(User.objects.count(), sum(1 for one in folders if not one.startswith(".")))
"""
