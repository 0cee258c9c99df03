import argparse
import glob
import os
import shutil
import subprocess
import sys

from django.conf import settings
from django.core.management import BaseCommand


class Command(BaseCommand):
    help = "Runs the whole suite: on SQLite, then on PostgreSQL where there is one. Other arguments go to pytest."
    requires_system_checks = ()

    def run_from_argv(self, argv: list[str]) -> None:
        """Everything but two flags is pytest's, so Django's own option parser is left out."""
        parser = argparse.ArgumentParser(prog="manage.py test", description=self.help, allow_abbrev=False)
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--sqlite", action="store_true", help="only the run on SQLite")
        choice.add_argument("--postgres", action="store_true", help="only the run on PostgreSQL")
        chosen, for_pytest = parser.parse_known_args(argv[2:])

        outcomes = []
        if not chosen.postgres:
            # Where there is no PostgreSQL, this run goes through the migrations itself.
            options = [] if has_postgres() else ["--migrations"]
            outcomes.append(("SQLite", run_suite("sqlite", [*options, *in_parallel(for_pytest), *for_pytest])))
        if chosen.postgres or (not chosen.sqlite and has_postgres()):
            # A browser, a fresh machine and the demo see no difference between databases: those tests run once.
            options = ["--migrations", "-m", "not browser and not once", *in_parallel(for_pytest), *for_pytest]
            outcomes.append(("PostgreSQL", run_suite("postgres", options)))
        elif not chosen.sqlite:
            self.stdout.write("PostgreSQL: not run, its programs are not installed and DATABASE_URL names none.")
        for database, code in outcomes:
            self.stdout.write(f"{database}: {'passed' if code == 0 else f'pytest ended with {code}'}")
        sys.exit(max(code for _, code in outcomes))


def in_parallel(for_pytest: list[str]) -> list[str]:
    """All cores, unless the caller says how many or names single files; who is done first takes over from others."""
    own = any(word.startswith(("-n", "--numprocesses", "--pdb")) for word in for_pytest)
    files = any(".py" in word for word in for_pytest if not word.startswith("-"))
    return [] if own or files else ["-n", "auto", "--dist", "worksteal"]


def has_postgres() -> bool:
    return (
        os.environ.get("DATABASE_URL", "").startswith("postgres")
        or shutil.which("initdb") is not None
        or bool(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    )


def run_suite(database: str, options: list[str]) -> int:
    """Run pytest in a process of its own on this database. Returns its exit code."""
    sys.stdout.write(f"\n── The suite on {database} ──\n")
    sys.stdout.flush()
    environment = os.environ | {"HUB_TEST_DATABASE": database}
    command = [sys.executable, "-m", "pytest", *options]
    return abs(subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=False).returncode)  # noqa: S603
