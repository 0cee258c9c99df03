"""manage.py retention: dispose of what is kept no longer."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.actions import rights
from accounts.personal import retention_rules


class Command(BaseCommand):
    help = "Dispose of personal data that is kept no longer, by the table of retention."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count what would go, and leave all as it is")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        for rule in retention_rules():
            count = rights.apply_rule(rule=rule, now=now, rehearse=options["dry_run"])
            self.stdout.write(f"{count:>7,}  {rule.what} ({rule.how_long})")
        if options["dry_run"]:
            self.stdout.write("This was a dry run: nothing was changed.")
