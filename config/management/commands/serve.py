import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command

from config import start, web


class Command(BaseCommand):
    help = "Serves the hub: in one process with queue and clock, or only the pages where REDIS_URL is given."
    requires_system_checks = ()  # `check --deploy` is for people; a restart in the night must not stop at a warning

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (8000)")
        parser.add_argument("--workers", type=int, help="web processes; more than one needs REDIS_URL (1, with it 2)")

    def handle(self, *, host: str, port: int, workers: int | None, **_options: Any) -> None:
        workers = workers if workers is not None else (2 if settings.REDIS_URL else 1)
        if workers < 1:
            raise CommandError("At least one web process is needed: --workers 1")
        if workers > 1 and not settings.REDIS_URL:
            raise CommandError(
                "Without REDIS_URL the hub is one process, because its queue lives in it: leave --workers out. "
                "With a Redis there can be many, and worker and clock run apart."
            )
        if reason := start.why_not_for_real() or start.why_not_here(host, port) or start.why_not_yet():
            raise CommandError(reason)
        for sentence in start.what_to_say():
            self.stderr.write(sentence)
        if settings.IS_CONFIGURED and "HUB_STATIC" not in os.environ:
            # Where HUB_STATIC names a folder, whoever built that folder has filled it already.
            call_command("collectstatic", interactive=False, verbosity=0)
        start.let_go_of_the_database()
        web.serve(
            host=host,
            port=port,
            workers=workers,
            on_ready=lambda: self.stdout.write(f"The hub answers at {settings.HUB_URL} (here: {host}, port {port})."),
            on_stopped=lambda: self.stdout.write("The hub has stopped."),
        )
