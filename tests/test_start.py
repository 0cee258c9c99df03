"""What stands between a command and a running hub, said in sentences."""

import os
import socket
import sys
from pathlib import Path

import pytest
from pytest_django import Settings

import manage
from config import start
from config.management.commands import test as test_command


def test_why_not_for_real_names_what_is_missing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.IS_CONFIGURED = False
    monkeypatch.setenv("HUB_URL", "https://groups.hub.example")

    reason = start.why_not_for_real()

    assert reason.startswith("A hub does not start for real without SECRET_KEY in the environment. ")


@pytest.mark.parametrize(("demo", "configured"), [(True, False), (False, True)])
def test_why_not_for_real_is_empty_for_a_demo_and_for_a_configured_hub(
    settings: Settings, demo: bool, configured: bool
) -> None:
    settings.DEMO, settings.IS_CONFIGURED = demo, configured

    assert start.why_not_for_real() == ""


def test_why_not_here_proposes_another_port_when_this_one_is_taken() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]

        taken = start.why_not_here("127.0.0.1", port)
    free = start.why_not_here("127.0.0.1", port)

    assert taken.startswith(f"Cannot listen on 127.0.0.1, port {port} (")
    assert taken.endswith(f"Choose another, for example --port {port + 1}.")
    assert free == ""


def test_why_not_here_refuses_what_is_no_port() -> None:
    assert start.why_not_here("127.0.0.1", 70_000).startswith("Cannot listen on 127.0.0.1, port 70000 (")


@pytest.mark.django_db
def test_why_not_yet_is_empty_when_every_migration_is_applied() -> None:
    assert start.why_not_yet() == ""


def test_be_a_demo_forgets_the_real_hub_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "HUB_URL", "HUB_DEMO"):
        monkeypatch.setenv(name, "of-the-real-hub")
    monkeypatch.setattr(sys, "argv", ["manage.py", "demo", "--reset", "--port", "8123"])

    manage.be_a_demo()

    hub = {name: os.environ.get(name) for name in ("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "HUB_URL")}
    assert hub == {"SECRET_KEY": None, "DATABASE_URL": None, "REDIS_URL": None, "HUB_URL": "http://127.0.0.1:8123"}
    assert os.environ["HUB_DEMO"] == "1"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ["-n", "auto", "--dist", "worksteal"]),
        (["-x", "-k", "booking"], ["-n", "auto", "--dist", "worksteal"]),
        (["tests/booking"], ["-n", "auto", "--dist", "worksteal"]),
        (["tests/booking/test_places.py"], []),
        (["tests/booking/test_places.py::test_book"], []),
        (["-n", "0"], []),
        (["-n0"], []),
        (["--pdb"], []),
    ],
)
def test_test_command_uses_all_cores_unless_told_otherwise(arguments: list[str], expected: list[str]) -> None:
    assert test_command.in_parallel(arguments) == expected


@pytest.mark.parametrize("name", ["base", "dev"])
def test_locks_are_pinned_by_hash_and_name_no_place_to_fetch_from(name: str) -> None:
    lock = (Path(manage.__file__).parent / "requirements" / f"{name}.txt").read_text()
    entries = [entry for entry in lock.replace("\\\n", "").splitlines() if entry[:1].isalnum()]

    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []
    assert [line for line in lock.splitlines() if line.startswith("-") or "://" in line] == []


def test_locks_agree_on_every_version() -> None:
    requirements = Path(manage.__file__).parent / "requirements"
    base, dev = (
        {line.split()[0] for line in (requirements / f"{name}.txt").read_text().splitlines() if "==" in line[:60]}
        for name in ("base", "dev")
    )

    assert base - dev == set()
