import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import DatabaseError, connection

from accounts.models import User
from config import start, web
from notifications.delivery import drain

PASSWORD = "maths-hub-demo"  # noqa: S105 - printed for everybody
PEOPLE = [
    ("office@hub.example", "hub staff"),
    ("facilitator@hub.example", "work group lead"),
    ("lead@oakfield.example", "books for Oakfield"),
    ("teacher@oakfield.example", "teacher at Oakfield"),
    ("lead@riverside.example", "books for Riverside"),
]


class Command(BaseCommand):
    help = "Tries the program out: a hub of invented schools and people, in one process, with nothing to set up."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (8000)")
        parser.add_argument("--reset", action="store_true", help="forget what was done in the demo and begin anew")

    def handle(self, *, port: int, reset: bool, **_options: Any) -> None:
        if reason := start.why_not_here("127.0.0.1", port):
            raise CommandError(reason)
        whole = settings.VAR_DIR / "demo-is-loaded"
        if reset or not whole.exists():
            self._forget()  # of a demo that was stopped while it was being loaded, too
            whole.unlink(missing_ok=True)
        call_command("migrate", verbosity=0, interactive=False)
        if not whole.exists():
            self.stdout.write("Loading the demo hub.")
            call_command("load_demo")
            self.stdout.write(f"Delivered {drain()} mails to {where_mail_goes()}")
            whole.touch()
        start.let_go_of_the_database()
        web.serve(host="127.0.0.1", port=port, workers=1, on_ready=self._welcome, on_stopped=self._goodbye)

    def _forget(self) -> None:
        """Remove the demo's database, mails and files; never those of a hub that is not the demo."""
        database = Path(settings.DATABASES["default"]["NAME"])
        if database.exists():
            try:
                if "accounts_user" in connection.introspection.table_names() and holds_a_real_hub():
                    raise CommandError(
                        f"{settings.VAR_DIR} holds a hub that is not the demo. "
                        "Give the demo a folder of its own: HUB_VAR=/some/folder python3 manage.py demo"
                    )
            except DatabaseError as error:
                raise CommandError(f"Cannot read {database} ({error}). Remove it, if it is a demo.") from error
            finally:
                connection.close()
        for part in (database, Path(f"{database}-wal"), Path(f"{database}-shm")):
            part.unlink(missing_ok=True)
        for folder in (settings.MAIL_DIR, settings.VAR_DIR / "files"):
            shutil.rmtree(folder, ignore_errors=True)

    def _welcome(self) -> None:
        width = max(len(address) for address, _ in PEOPLE)
        people = "\n".join(f"  {address:{width}}  {role}" for address, role in PEOPLE)
        self.stdout.write(
            f"\nThe demo hub is open at {settings.HUB_URL}\n\n"
            f"Log in as (password {PASSWORD}):\n{people}\n\n"
            f"Every mail it sends goes to {where_mail_goes()}. Ctrl-C ends it.\n"
        )

    def _goodbye(self) -> None:
        self.stdout.write(
            "\nThe demo hub has stopped. What was done in it is kept; `demo --reset` begins anew.",
        )


def holds_a_real_hub() -> bool:
    """Whether there are people in the database, and not those of the demo."""
    return User.objects.exists() and not User.objects.filter(email=PEOPLE[0][0]).exists()


def where_mail_goes() -> str:
    return f"the mail server at {settings.EMAIL_HOST}" if settings.EMAIL_URL else str(settings.MAIL_DIR)
