"""A fresh machine, again and again: a small program with a requirement of its own sets itself up, without a network."""

import base64
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from config import bootstrap

pytestmark = pytest.mark.once

PYTHON = getattr(sys, "_base_executable", sys.executable)
STARTER = """
import sys
from pathlib import Path
from config import bootstrap
bootstrap.enter(Path(__file__).resolve().parent, development=sys.argv[1:] == ["test"])
import pencil
print(pencil.COLOUR, sys.argv[1:])
"""


class Machine:
    """A folder with a small program in it, and nothing of this machine's settings."""

    def __init__(self, folder: Path) -> None:
        self.wheels, self.programs, self.shadows = folder / "wheels", folder / "bin", folder / "shadows"
        self.project = folder / "a path with spaces"
        self.venv = self.project / ".venv"
        for each in (self.wheels, self.programs, self.shadows, self.project / "config", self.project / "requirements"):
            each.mkdir(parents=True)
        (self.project / "config" / "__init__.py").touch()
        shutil.copy(bootstrap.__file__, self.project / "config" / "bootstrap.py")
        (self.project / "manage.py").write_text(STARTER)
        self.lock("base", "red")
        self.lock("dev", "green")

    def lock(self, name: str, colour: str) -> None:
        """Write a lock that asks for the pencil of this colour, and put the pencil on the shelf."""
        version = f"1.{len(list(self.wheels.iterdir()))}"
        wheel = make_wheel(self.wheels, "pencil", version, f"COLOUR = {colour!r}\n")
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        self.lock_file(name).write_text(f"pencil=={version} --hash=sha256:{digest}\n")

    def lock_file(self, name: str) -> Path:
        return self.project / "requirements" / f"{name}.txt"

    def begin(self, *words: str, **environment: str) -> "subprocess.Popen[str]":
        """Start the program as a person at a terminal would."""
        plain = {
            "HOME": str(self.project),
            "PATH": f"{self.programs}:/usr/bin:/bin",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(self.shadows),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
        }
        return subprocess.Popen(
            [PYTHON, "manage.py", *words],
            cwd=self.project,
            env=plain | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, **environment: str) -> tuple[int, str, str]:
        """Start the program and wait. Returns its exit code, its output and what it said of its setting up."""
        process = self.begin(*words, **environment)
        output, said = process.communicate(timeout=120)
        return process.returncode, output, said

    def shadow(self, module: str) -> None:
        """Let this module of Python's own be missing, as on a Debian that packs it apart."""
        (self.shadows / f"{module}.py").write_text(f"raise ImportError('no {module} here')\n")


def make_wheel(folder: Path, name: str, version: str, source: str) -> Path:
    """Build a wheel of one module (the binary distribution format of the Python packaging specifications)."""
    about = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": source,
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = []
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(text.encode())}\n")
    files[f"{about}/RECORD"] = "".join([*lines, f"{about}/RECORD,,\n"])
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return wheel


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_bootstrap_fresh_machine_sets_itself_up_and_starts_the_command(machine: Machine) -> None:
    code, output, said = machine.run("demo", "--port", "8001")

    assert (code, output) == (0, "red ['demo', '--port', '8001']\n")
    assert said.splitlines() == [f"Setting up in {machine.venv}: the first time takes about a minute.", "Ready."]


def test_bootstrap_second_start_installs_nothing_and_says_nothing(machine: Machine) -> None:
    machine.run()
    shutil.rmtree(machine.wheels)

    began = time.monotonic()
    outcome = machine.run()

    assert outcome == (0, "red []\n", "")
    assert time.monotonic() - began < 5  # two starts of Python, far from the seconds of an installer


def test_bootstrap_changed_lock_is_installed_into_the_same_environment(machine: Machine) -> None:
    machine.run()
    (machine.venv / "kept").touch()
    machine.lock("base", "blue")

    code, output, _ = machine.run()

    assert (code, output) == (0, "blue []\n")
    assert (machine.venv / "kept").exists()


def test_bootstrap_development_set_serves_every_command_after_it(machine: Machine) -> None:
    machine.run()

    tested = machine.run("test")
    afterwards = machine.run("serve")

    assert tested[:2] == (0, "green ['test']\n")
    assert afterwards == (0, "green ['serve']\n", "")


def test_bootstrap_environment_of_other_making_is_kept(machine: Machine) -> None:
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", str(machine.venv)], check=True)
    (machine.venv / "kept").touch()

    code, output, _ = machine.run()

    assert (code, output) == (0, "red []\n")
    assert (machine.venv / "kept").exists()


def test_bootstrap_wrong_hash_is_refused_and_leaves_nothing_that_runs(machine: Machine) -> None:
    good = machine.lock_file("base").read_text()
    machine.lock_file("base").write_text(good.split("sha256:")[0] + "sha256:" + "0" * 64 + "\n")

    refused = machine.run()
    machine.lock_file("base").write_text(good)
    mended = machine.run()

    assert refused[:2] == (1, "")
    assert "Setting up did not succeed" in refused[2]
    assert mended[:2] == (0, "red []\n")


def test_bootstrap_failed_update_keeps_the_environment_for_the_next_try(machine: Machine) -> None:
    machine.run()
    (machine.venv / "kept").touch()
    machine.lock("base", "blue")
    shelf = machine.wheels.rename(machine.wheels.with_name("network-is-away"))

    refused = machine.run()
    shelf.rename(machine.wheels)
    updated = machine.run()

    assert refused[0] == 1
    assert updated[:2] == (0, "blue []\n")
    assert (machine.venv / "kept").exists()


def test_bootstrap_two_at_once_install_once(machine: Machine) -> None:
    both = [machine.begin(), machine.begin()]
    said = [process.communicate(timeout=120) for process in both]

    assert [process.returncode for process in both] == [0, 0]
    assert [output for output, _ in said] == ["red []\n", "red []\n"]
    assert sum("Setting up" in words for _, words in said) == 1


def test_bootstrap_killed_half_way_waits_for_the_installer_then_begins_anew(machine: Machine) -> None:
    # An installer that is found first on the PATH, and is slow: it outlives the start that was killed.
    slow = machine.programs / "uv"
    slow.write_text('#!/bin/sh\necho begun > "$HOME/begun"\nsleep 1\necho ended > "$HOME/ended"\n')
    slow.chmod(0o755)
    killed = machine.begin()
    while not (machine.project / "begun").exists():
        time.sleep(0.01)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    slow.unlink()

    code, output, said = machine.run()

    assert (code, output) == (0, "red []\n")
    assert (machine.project / "ended").exists()
    assert said.splitlines()[:2] == [
        "Another start is setting up at this moment; waiting for it.",
        "Removing an environment that was left half made, or whose Python has gone.",
    ]
    killed.communicate()


def test_bootstrap_python_that_has_gone_is_replaced(machine: Machine) -> None:
    machine.run()
    (machine.venv / "bin" / "python").unlink()
    (machine.venv / "bin" / "python").symlink_to("/nowhere/python3")

    code, output, _ = machine.run()

    assert (code, output) == (0, "red []\n")


def test_bootstrap_without_ensurepip_borrows_the_pip_of_the_machine(machine: Machine) -> None:
    if subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True, check=False).returncode:
        pytest.skip("this machine's own Python has no pip to borrow")
    machine.shadow("ensurepip")

    code, output, _ = machine.run()

    assert (code, output) == (0, "red []\n")
    assert not list(machine.venv.glob("lib/*/site-packages/pip"))


def test_bootstrap_without_any_pip_says_what_to_install(machine: Machine) -> None:
    machine.shadow("ensurepip")
    machine.shadow("pip")

    code, output, said = machine.run()

    assert (code, output) == (1, "")
    assert said.splitlines()[1:] == [
        "This Python has no pip to install with. On Debian or Ubuntu: sudo apt install python3-venv",
        "Setting up did not succeed; the reason stands above. The same command tries again.",
    ]


def test_bootstrap_uv_that_fails_is_followed_by_pip(machine: Machine) -> None:
    (machine.programs / "uv").write_text("#!/bin/sh\nexit 2\n")
    (machine.programs / "uv").chmod(0o755)

    code, output, said = machine.run()

    assert (code, output) == (0, "red []\n")
    assert said.splitlines()[1:] == ["That was uv. Trying with pip.", "Ready."]


def test_bootstrap_turned_off_makes_nothing(machine: Machine) -> None:
    machine.shadow("pencil")

    code, _, said = machine.run(HUB_NO_BOOTSTRAP="1")

    assert (code, said.splitlines()[-1]) == (1, "ImportError: no pencil here")
    assert not machine.venv.exists()


def test_bootstrap_folder_that_cannot_be_written_is_said_in_words(machine: Machine) -> None:
    machine.venv.symlink_to("/nowhere/that/exists")

    code, _, said = machine.run()

    assert code == 1
    assert said.splitlines()[-1].startswith(f"Cannot write to {machine.venv} (")
