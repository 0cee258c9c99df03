"""What must be true before the hub starts: each answer is a sentence for the person at the terminal."""

import os
import socket
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from config import logo


def why_not_for_real() -> str:
    """Why this hub does not start for real; empty when it does. A demo needs nothing."""
    if settings.DEMO or settings.IS_CONFIGURED:
        return ""
    missing = " and ".join(name for name in ("SECRET_KEY", "HUB_URL") if not os.environ.get(name))
    return (
        f"A hub does not start for real without {missing} in the environment. "
        "SECRET_KEY is at least 40 random characters that nobody else knows; HUB_URL is the address that people type, "
        "such as https://groups.hub.example. To try the program without either: python3 manage.py demo"
    )


def why_not_here(host: str, port: int) -> str:
    """Why nothing can listen at this address; empty when it is free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except (OSError, OverflowError) as error:
            return f"Cannot listen on {host}, port {port} ({error}). Choose another, for example --port {port + 1}."
    return ""


def what_to_say() -> list[str]:
    """What is amiss and no reason not to start."""
    return [reason for reason in (logo.why_not(),) if reason]


def note_of_restore() -> Path:
    """Where a restore says how far it has come."""
    return Path(settings.FILES_ROOT) / ".restore.json"


def why_not_whole() -> str:
    """Why what stands here is not to be touched; empty when no restore has been left half way."""
    if note_of_restore().exists():
        return "A restore was interrupted here. First say: python3 manage.py restore --finish"
    return ""


@cache
def _migrations() -> frozenset[tuple[str, str]]:
    """Every step of this version. They are files of the program, and read once."""
    return frozenset(MigrationLoader(None).graph.nodes)


def missing_migrations() -> int:
    """How many steps of this version the database lacks."""
    return len(_migrations() - set(MigrationRecorder(connection).applied_migrations()))


def why_not_yet() -> str:
    """Why the database is not ready for this version; empty when it is, or when it does not answer just now."""
    if reason := why_not_whole():
        return reason
    try:
        if missing_migrations():
            return "The database is not of this version yet. First run: python3 manage.py migrate"
    except DatabaseError:
        return ""  # pages say so themselves until it answers; a restart in the night must not need a person
    return ""


def let_go_of_the_database() -> None:
    """Processes that are about to be made must not share a connection, nor a pool whose threads stay behind."""
    for each in connections.all(initialized_only=True):
        each.close()
        if hasattr(each, "close_pool"):
            each.close_pool()
