"""manage.py restore: bring a backup back, and prove it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from booking.integrity import RULES
from config.backups import restoring
from config.backups.archive import Archive, RefusedError


class Command(BaseCommand):
    help = "Brings a backup back: looked through first, put in place in one step, proved by check_integrity at the end."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="the backup")
        parser.add_argument("--replace", action="store_true", help="although a hub is here; it is backed up first")
        parser.add_argument("--throw-away", action="store_true", help="with --replace: do not keep what is here")
        parser.add_argument("--erasures", type=Path, help="another list of who was erased since (erased.jsonl)")
        parser.add_argument("--finish", action="store_true", help="take a restore that was interrupted to its end")
        parser.add_argument("--look", action="store_true", help="only look the backup through, and say what it holds")

    def handle(
        self,
        *,
        file: Path | None,
        replace: bool,
        throw_away: bool,
        erasures: Path | None,
        finish: bool,
        look: bool,
        **_options: Any,
    ) -> None:
        try:
            if finish:
                found = restoring.finish(self.stdout.write)
            elif file is None:
                raise CommandError("Name the backup: manage.py restore FILE")
            elif look:
                self._look(file)
                return
            else:
                found = restoring.restore(
                    file, replace=replace, keep_what_is_here=not throw_away, erasures=erasures, say=self.stdout.write
                )
        except RefusedError as refused:
            raise CommandError(str(refused)) from refused
        self._report(found)

    def _look(self, file: Path) -> None:
        archive = Archive(file)
        archive.check()
        told = archive.manifest
        self.stdout.write(
            f"{file} is whole. {told['hub']}, made at {told['made_at']} by version {told['program']} on "
            f"{told['database']['version']}: {sum(told['counts'].values()):,} rows, {len(archive.files()):,} files."
        )
        if not restoring.same_secret(told):
            self.stdout.write(restoring.OF_ANOTHER_KEY)
        archive.close()

    def _report(self, found: restoring.Restored) -> None:
        self.stdout.write(f"The hub is as it was at {found.made_at:%d %B %Y, %H:%M} UTC.")
        if found.erased:
            self.stdout.write(f"Erased again, as they had been since: {_numbers(found.erased)}")
        for person, why in found.not_erased.items():
            self.stdout.write(self.style.WARNING(f"Person {person} had been erased, and is here again: {why}"))
        if found.not_erased:
            self.stdout.write("When that is done: manage.py erase_again " + _numbers([*found.not_erased]))
        if found.mails:
            self.stdout.write(f"{found.mails:,} mails waited then and may have left since: see “May have arrived”.")
        for violation in found.violations:
            self.stdout.write(violation)
        if found.violations:
            raise CommandError(f"{len(found.violations)} rules are broken in what came back.", returncode=1)
        self.stdout.write(f"All {len(RULES)} rules hold.")


def _numbers(people: list[int]) -> str:
    return " ".join(str(person) for person in people)
