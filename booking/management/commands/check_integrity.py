"""manage.py check_integrity: prove the rules over all rows."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from booking.integrity import RULES, violations


class Command(BaseCommand):
    help = "Prove over all rows what must hold: each row that breaks a rule is named, and the exit code is 1."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = 0
        for broken, violation in enumerate(violations(), start=1):  # noqa: B007  # the last number is the count
            self.stdout.write(violation)
        if broken:
            raise CommandError(f"{broken} {'rule is' if broken == 1 else 'rules are'} broken.", returncode=1)
        self.stdout.write(f"All {len(RULES)} rules hold.")
