"""manage.py backup: everything the hub is, in one file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from config import start
from config.backups.archive import RefusedError
from config.backups.making import make


class Command(BaseCommand):
    help = "Writes the database and the files people handed in to one file, with checksums, while the hub runs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("where", nargs="?", help="a folder, or a file that ends in .zip (HUB_BACKUPS, var/backups)")
        parser.add_argument("--keep", type=int, help="in a folder: let only so many of the newest stay")

    def handle(self, *, where: str | None, keep: int | None, **_options: Any) -> None:
        if keep is not None and keep < 1:
            raise CommandError("Keep at least one: --keep 1")
        if keep is not None and where and where.endswith(".zip"):
            raise CommandError("--keep is about a folder of backups. Name the folder instead of a file.")
        if reason := start.why_not_whole():
            raise CommandError(reason)
        try:
            made = make(Path(where) if where else settings.BACKUPS_ROOT, keep=keep)
        except RefusedError as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(
            f"{made.path}: {made.rows:,} rows, {made.files:,} {'file' if made.files == 1 else 'files'}, "
            f"{made.size / 1_000_000:,.1f} MB, in {made.seconds:.1f} seconds."
        )
        for path in made.removed:
            self.stdout.write(f"Removed: {path}")
        self.stdout.write(
            "It holds personal data. Keep it where only those who run the hub can read it, and elsewhere."
        )
