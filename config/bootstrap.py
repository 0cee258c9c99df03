"""A fresh machine sets itself up: `.venv`, the locked requirements in it, and the command starts again inside.

Standard library only. A stamp in `.venv` tells which lock stands there, and is written last: what was killed half way
is made anew. HUB_NO_BOOTSTRAP=1 turns all this off, for containers and for people with an environment of their own.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

UNFINISHED = "unfinished"
STAMP = "hub-requirements"


def enter(project: Path, *, development: bool = False) -> None:
    """Return inside the project's own environment; make it, and start this command again in it, where needed."""
    if os.environ.get("HUB_NO_BOOTSTRAP") == "1":
        return
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever has an older one must be told in words
        sys.exit("This program needs Python 3.11 or newer; this is {}.{}.".format(*sys.version_info))
    if not _stands(project, development=development):
        with _alone(project):
            if not _stands(project, development=development):  # another start may have made it while this one waited
                _make(project, development=development)
    elif _is_inside(project):
        return
    python = project / ".venv" / "bin" / "python"
    os.environ.pop("PYTHONHOME", None)  # it would lead the new interpreter out of the environment again
    os.execv(python, [str(python), *sys.argv])  # noqa: S606


def _stands(project: Path, *, development: bool) -> bool:
    names = ["dev"] if development else ["dev", "base"]  # the development set holds the other
    return _read_stamp(project) in [_stamp_of(project, name) for name in names] and _runs(project)


def _is_inside(project: Path) -> bool:
    return Path(sys.prefix).resolve() == (project / ".venv").resolve()


def _runs(project: Path) -> bool:
    """False when the Python that the environment was made with has gone, or another version stands in its place."""
    if _is_inside(project):
        return (project / ".venv" / "lib" / "python{}.{}".format(*sys.version_info)).is_dir()
    return (project / ".venv" / "bin" / "python").exists()


def _read_stamp(project: Path) -> str:
    stamp = project / ".venv" / STAMP
    return stamp.read_text() if stamp.exists() else ""


def _stamp_of(project: Path, name: str) -> str:
    lock = project / "requirements" / f"{name}.txt"
    return f"{name} {hashlib.sha256(lock.read_bytes()).hexdigest()}"


@contextlib.contextmanager
def _alone(project: Path) -> Iterator[None]:
    """Wait for any other start that is setting up. The lock is on the folder itself: no file to leave behind."""
    folder = os.open(project, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Another start is setting up at this moment; waiting for it.")
            fcntl.flock(folder, fcntl.LOCK_EX)
        # Installers inherit the lock: one that outlives a killed start must end before another begins.
        os.set_inheritable(folder, True)
        yield
    finally:
        os.close(folder)


def _make(project: Path, *, development: bool) -> None:
    venv, before = project / ".venv", _read_stamp(project)
    if venv.exists() and (before == UNFINISHED or not _runs(project)):
        _say("Removing an environment that was left half made, or whose Python has gone.")
        shutil.rmtree(venv)
    name = "dev" if development or before.startswith("dev ") else "base"
    stamp = _stamp_of(project, name)  # read first: a lock that changes meanwhile is noticed next time
    _say(f"Setting up in {venv}: the first time takes about a minute.")
    try:
        venv.mkdir(exist_ok=True)
        (venv / STAMP).write_text(UNFINISHED)
    except OSError as error:
        sys.exit(f"Cannot write to {venv} ({error.strerror}). Use a copy of the program in a folder of your own.")
    python, lock = venv / "bin" / "python", project / "requirements" / f"{name}.txt"
    was_there = python.exists()
    made = was_there or _succeeds([_own_python(), "-m", "venv", "--without-pip", str(venv)])
    what = ["--require-hashes", "--quiet", "-r", str(lock)]
    if not (made and any(_succeeds([*installer, *what]) for installer in _installers(python))):
        if was_there:
            (venv / STAMP).write_text(before)  # an installer that gives up, without a network for one, changes nothing
        sys.exit("Setting up did not succeed; the reason stands above. The same command tries again.")
    (venv / STAMP).write_text(stamp)
    _say("Ready.")


def _installers(python: Path) -> Iterator[list[str]]:
    """The ways of installing that this machine offers, best first; the last is for Debian without python3-venv."""
    if uv := shutil.which("uv"):
        yield [uv, "pip", "install", "--python", str(python)]
        _say("That was uv. Trying with pip.")  # which may know the certificates of a school's proxy
    options = ["install", "--disable-pip-version-check", "--no-input", "--no-warn-script-location"]
    if any(_succeeds([str(python), "-m", module], quietly=True) for module in ("pip", "ensurepip")):
        yield [str(python), "-m", "pip", *options]
    elif _succeeds([_own_python(), "-m", "pip"], quietly=True):
        yield [_own_python(), "-m", "pip", "--python", str(python), *options]
    else:
        _say("This Python has no pip to install with. On Debian or Ubuntu: sudo apt install python3-venv")


def _own_python() -> str:
    """The machine's Python, also when this one runs inside an environment."""
    return str(getattr(sys, "_base_executable", sys.executable))


def _succeeds(command: list[str], *, quietly: bool = False) -> bool:
    return not subprocess.run(command, capture_output=quietly, check=False, close_fds=False).returncode  # noqa: S603


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
