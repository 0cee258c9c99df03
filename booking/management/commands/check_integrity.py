"""manage.py check_integrity: prove the rules over all rows."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from booking.integrity import RULES
from booking.proving import prove


class Command(BaseCommand):
    help = "Prove over all rows what must hold: each row that breaks a rule is named, and the exit code is 1."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = prove(self.stdout.write)
        if broken:
            raise CommandError(f"{broken} {'rule is' if broken == 1 else 'rules are'} broken.", returncode=1)
        self.stdout.write(f"All {len(RULES)} rules hold.")
