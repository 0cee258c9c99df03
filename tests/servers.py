"""Where a test run stands: its own var/ folder, and the database it is asked for.

Loaded before the settings are read (`-p tests.servers`). HUB_TEST_DATABASE=postgres runs the suite on PostgreSQL:
on DATABASE_URL where one is given, else on a server of its own, started from the programs installed on this machine.
"""

import atexit
import contextlib
import getpass
import glob
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

os.environ["HUB_NO_BOOTSTRAP"] = "1"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in the thread of the live server's tests


class UnavailableError(Exception):
    """What a test needs is not on this machine; says what, in words for the report."""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _own_folder(name: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=f"hub-{name}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def find_program(name: str) -> str:
    installed = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), reverse=True)
    found = shutil.which(name) or next(iter(installed), None)
    if not found:
        raise UnavailableError(f"{name} is not installed")
    return found


def start_postgres() -> str:
    """Start a PostgreSQL server for this run only. Returns its URL; raises UnavailableError where it is missing."""
    initdb, postgres = find_program("initdb"), find_program("postgres")
    folder, port = _own_folder("postgres"), free_port()
    as_user: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        if not shutil.which("runuser"):
            raise UnavailableError("runuser is not installed, and PostgreSQL does not run as root")
        as_user = ["runuser", "-u", "postgres", "--"]
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"
    subprocess.run(
        [*as_user, initdb, "-D", str(data), "-U", "hub", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=folder,
    )
    options = ["-c", "fsync=off", "-c", "max_connections=200", "-c", f"unix_socket_directories={folder}"]
    server = subprocess.Popen(
        [*as_user, postgres, "-D", str(data), "-h", "127.0.0.1", "-p", str(port), *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
    )
    atexit.register(_stop, server)
    _wait_for(port, server)
    ready = [find_program("pg_isready"), "-h", "127.0.0.1", "-p", str(port), "-q"]
    while subprocess.run(ready, check=False).returncode:
        time.sleep(0.05)
    return f"postgres://hub@127.0.0.1:{port}/postgres"


def start_redis() -> str:
    """Start a Redis server for this run only. Returns its URL; raises UnavailableError where it is not installed."""
    program, port = find_program("redis-server"), free_port()
    server = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=_own_folder("redis"),
    )
    atexit.register(_stop, server)
    _wait_for(port, server)
    return f"redis://127.0.0.1:{port}/0"


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(400):
        if server.poll() is not None:
            raise UnavailableError(f"the server for port {port} ended with {server.returncode} ({getpass.getuser()})")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise UnavailableError(f"nothing answers on port {port}")


def _stop(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(timeout=10)


# A run never touches the hub in var/; workers of one run share the choices of the process that started them.
if "HUB_TEST_VAR" not in os.environ:
    os.environ["HUB_TEST_VAR"] = str(_own_folder("test"))
    for variable in ("SECRET_KEY", "HUB_URL", "HUB_DEMO", "EMAIL_URL", "IMAP_URL", "REDIS_URL", "HUB_NAME"):
        os.environ.pop(variable, None)
    if os.environ.get("HUB_TEST_DATABASE") == "postgres":
        os.environ.setdefault("DATABASE_URL", "") or os.environ.update(DATABASE_URL=start_postgres())
    else:
        os.environ.pop("DATABASE_URL", None)
os.environ["HUB_VAR"] = os.environ["HUB_TEST_VAR"]
