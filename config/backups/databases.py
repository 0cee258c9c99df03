"""The database in one part of a backup: written from what stands at one moment, read back as a whole or not at all."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import psycopg
from django.conf import settings
from django.db import connection, connections

from config.backups.archive import CHUNK, RefusedError

# What another process may hold is waited for so long, and then the person is told to stop the hub.
SECONDS = 5


def kind() -> str:
    return "sqlite" if connection.vendor == "sqlite" else "postgresql"


def part_name() -> str:
    return "database.sqlite3" if kind() == "sqlite" else "database.pgdump"


# ── Writing ────────────────────────────────────────────────────────────────────────────────────────────────────────
def copy_out(target: Path) -> dict[str, Any]:
    """Write all rows as they stand at one moment into a file. Returns the rows of each table and the migrations.

    People go on booking meanwhile, on both databases.
    """
    return _copy_sqlite(target) if connection.vendor == "sqlite" else _dump_postgres(target)


def _copy_sqlite(target: Path) -> dict[str, Any]:
    # In one step: a copy in many begins anew whenever somebody writes. Readers and writers go on beside it (WAL).
    source = sqlite3.connect(f"file:{settings.DATABASES['default']['NAME']}?mode=ro", uri=True, timeout=30)
    copy = sqlite3.connect(target)
    try:
        source.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        return sqlite_counts(copy)
    finally:
        copy.close()
        source.close()


def sqlite_counts(database: sqlite3.Connection) -> dict[str, Any]:
    tables = database.execute("SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%'")
    counts = {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in tables.fetchall()}  # noqa: S608
    migrations = database.execute("SELECT app || '.' || name FROM django_migrations ORDER BY id").fetchall()
    return {"counts": counts, "migrations": [name for (name,) in migrations]}


def _dump_postgres(target: Path) -> dict[str, Any]:
    program = _program("pg_dump")
    # pg_dump reads the very state that is counted here: a snapshot is lent to it.
    with _postgres() as own, own.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = 0")
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone() or ("",)
        found = postgres_counts(cursor)
        words = ["--format=custom", "--compress=1", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
        _run([program, *words, f"--file={target}"])
    target.chmod(0o600)
    return found


def postgres_counts(cursor: Any) -> dict[str, Any]:
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    tables = [name for (name,) in cursor.fetchall()]
    counts = {}
    for name in tables:
        cursor.execute(f'SELECT count(*) FROM "{name}"')  # noqa: S608  # named by the database itself
        counts[name] = cursor.fetchone()[0]
    cursor.execute("SELECT app || '.' || name FROM django_migrations ORDER BY id")
    return {"counts": counts, "migrations": [name for (name,) in cursor.fetchall()]}


# ── Reading back ───────────────────────────────────────────────────────────────────────────────────────────────────
def prepared_path() -> Path:
    """Where a database waits to take the place of the one that stands: beside it, so that only a name changes."""
    return Path(f"{settings.DATABASES['default']['NAME']}.restored")


def put_in_place_of_sqlite(prepared: Path, *, sign: dict[str, Any], counts: dict[str, int]) -> None:
    """Look the prepared database through, sign it, and let it take the place of the other in one step."""
    with contextlib.closing(sqlite3.connect(prepared)) as coming:
        if coming.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            raise RefusedError("The database in this backup is damaged. Nothing was changed here.")
        _compare(sqlite_counts(coming)["counts"], counts)
        coming.execute(SIGN.replace("%s", "?"), (sign["at"], True, sign["details"]))
        coming.commit()
    path = Path(str(settings.DATABASES["default"]["NAME"]))
    connections.close_all()
    if path.exists():
        # A log of the old database beside the new one would be read into it; this needs the hub to be stopped.
        with contextlib.closing(sqlite3.connect(path, timeout=SECONDS)) as old:
            try:
                closed = old.execute("PRAGMA journal_mode=DELETE").fetchone()[0] == "delete"
            except sqlite3.OperationalError:
                closed = False
            except sqlite3.DatabaseError:
                closed = True  # what stands here is no database any more: that is why another comes
        if not closed:
            raise RefusedError("The hub is running on this database. Stop it first; nothing was changed.")
    for log in ("-wal", "-shm", "-journal"):
        Path(f"{path}{log}").unlink(missing_ok=True)
    os.replace(prepared, path)


SIGN = (
    "INSERT INTO accounts_signoflife (name, at, is_well, details) VALUES ('restore', %s, %s, %s) "
    "ON CONFLICT (name) DO UPDATE SET at = excluded.at, is_well = excluded.is_well, details = excluded.details"
)
# The tables of before go in the same transaction in which the others come. Who still reads them is not waited for.
EMPTY = f"""BEGIN;
SET LOCAL lock_timeout = '{SECONDS}s';
SET LOCAL client_min_messages = warning;
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('DROP TABLE public.%I CASCADE', one.tablename);
  END LOOP;
END $$;
"""  # noqa: S608  # a number of our own


def load_into_postgres(dump: Path, *, sign: dict[str, Any], counts: dict[str, int]) -> None:
    """All rows in one transaction: whatever happens before its last word, the database is as it was.

    psql is told where the transaction begins and ends. By `--single-transaction` it would commit half of it if this
    process were killed, since the end of what it reads looks the same.
    """
    reader = [_program("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(dump)]
    writer = [_program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
    connections.close_all()
    with subprocess.Popen(reader, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as script:  # noqa: S603
        psql = subprocess.Popen(writer, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=_environment())  # noqa: S603
        assert psql.stdin
        assert psql.stderr
        assert script.stdout
        try:
            psql.stdin.write(EMPTY.encode())
            _pass_on(script.stdout, psql.stdin)
            if script.wait() == 0:
                psql.stdin.write(_ending(sign, counts).encode())
            psql.stdin.close()
        except BrokenPipeError:
            pass  # psql has given up, and says why
        problem = psql.stderr.read().decode("utf-8", "replace")
        psql.stderr.close()
        script.stdout.close()
        failed = psql.wait() or script.wait()
    if "lock timeout" in problem:
        raise RefusedError("The hub is running on this database. Stop it first; nothing was changed.")
    if failed:
        first = next((line for line in problem.splitlines() if "ERROR" in line), problem.strip()[:200])
        raise RefusedError(f"PostgreSQL did not take this backup, and is as it was. It said: {first}")


def _pass_on(script: IO[bytes], psql: IO[bytes]) -> None:
    """The script of pg_restore, but for a setting that servers older than this pg_dump do not know."""
    for line in script:
        if line.startswith(b"SET transaction_timeout"):
            continue
        psql.write(line)
        if line.startswith(b"CREATE "):
            break
    shutil.copyfileobj(script, psql, CHUNK)


def _ending(sign: dict[str, Any], counts: dict[str, int]) -> str:
    """Compare the rows with those that were counted, sign, and only then let it stand."""
    checks = "".join(
        f'IF (SELECT count(*) FROM public."{name}") <> {int(number)} '  # noqa: S608  # a name of letters, and a number
        f"THEN RAISE EXCEPTION 'rows of {name} are missing'; END IF; "
        for name, number in counts.items()
        if name.replace("_", "").isalnum()
    )
    values = ", ".join("'{}'".format(str(value).replace("'", "''")) for value in (sign["at"], "true", sign["details"]))
    signed = SIGN.replace("accounts_signoflife", "public.accounts_signoflife").replace("%s, %s, %s", values)
    return f"\nDO $$ BEGIN {checks} END $$;\n{signed};\nCOMMIT;\n"


def _compare(found: dict[str, int], told: dict[str, int]) -> None:
    wrong = sorted(name for name in {*found, *told} if found.get(name) != told.get(name))
    if wrong:
        raise RefusedError(f"The rows of {wrong[0]} are not as many as were counted. Nothing was changed here.")


# ── Programs of PostgreSQL ─────────────────────────────────────────────────────────────────────────────────────────
def _program(name: str) -> str:
    found = shutil.which(name)
    if not found:
        raise RefusedError(
            f"{name} is not on this machine, and PostgreSQL is copied by it. Install postgresql-client, of the "
            "server's version or newer, or run this where the server is."
        )
    return found


def _environment() -> dict[str, str]:
    """How to reach the database, in the environment: a password among the words of a command is seen by everybody."""
    names = {"NAME": "PGDATABASE", "USER": "PGUSER", "PASSWORD": "PGPASSWORD", "HOST": "PGHOST", "PORT": "PGPORT"}
    given = settings.DATABASES["default"]
    options = given.get("OPTIONS", {})
    found = {theirs: str(given[ours]) for ours, theirs in names.items() if given.get(ours)}
    if options.get("sslmode"):
        found["PGSSLMODE"] = str(options["sslmode"])
    return os.environ | found | {"PGCONNECT_TIMEOUT": "10", "PGCLIENTENCODING": "UTF8"}


@contextlib.contextmanager
def _postgres() -> Iterator[psycopg.Connection[Any]]:
    given = settings.DATABASES["default"]
    words = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    options = {theirs: given[ours] for theirs, ours in words.items() if given.get(ours)}
    if ssl := given.get("OPTIONS", {}).get("sslmode"):
        options["sslmode"] = ssl
    with psycopg.connect(**options, connect_timeout=10) as own:
        yield own


def _run(command: list[str]) -> None:
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        if "server version" in done.stderr:
            raise RefusedError(
                "pg_dump here is older than the server, which it cannot copy. Install postgresql-client of its version."
            )
        raise RefusedError(f"pg_dump did not succeed. It said: {done.stderr.strip().splitlines()[-1:]}")
