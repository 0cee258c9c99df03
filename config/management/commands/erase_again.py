"""manage.py erase_again: whom a restored backup brought back although they had been erased."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from config.backups.restoring import erase_again


class Command(BaseCommand):
    help = "Erases people whom a restored backup brought back; those who are erased already are left alone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("people", nargs="+", type=int, help="their numbers, as the restore named them")

    def handle(self, *, people: list[int], **_options: Any) -> None:
        done, refused = erase_again(people)
        self.stdout.write(
            f"Erased: {len(done)}. Erased before, or not here: {len(set(people)) - len(done) - len(refused)}."
        )
        for person, why in refused.items():
            self.stdout.write(f"Person {person}: {why}")
        if refused:
            raise CommandError(f"{len(refused)} could not be erased.", returncode=1)
