#!/usr/bin/env python3
"""Starts everything. On a fresh machine it first sets up an environment of its own, in `.venv` beside this file."""

import argparse
import os
import sys
from pathlib import Path

from config import bootstrap

PROJECT = Path(__file__).resolve().parent


def main() -> None:
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    bootstrap.enter(PROJECT, development=command == "test")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if command == "demo":
        be_a_demo()

    from django.core.management import execute_from_command_line  # only importable inside the environment

    try:
        execute_from_command_line(sys.argv)
    except KeyboardInterrupt:
        sys.exit("Stopped.")


def be_a_demo() -> None:
    """Before the settings are read: the demo is a hub of its own, never the real one that this environment names."""
    options = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    options.add_argument("--port", default="8000")
    port = options.parse_known_args(sys.argv[2:])[0].port
    for name in ("SECRET_KEY", "DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    os.environ["HUB_DEMO"] = "1"
    os.environ["HUB_URL"] = f"http://127.0.0.1:{port}"


if __name__ == "__main__":
    main()
