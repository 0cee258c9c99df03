"""Fill an empty hub with the demonstration."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from booking.demo.load import load


class Command(BaseCommand):
    help = "Fill an empty hub with the demonstration: an invented hub in the middle of its year."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--today", type=date.fromisoformat, help="as if it were this day (2027-01-20)")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(load(options["today"] or timezone.localdate()))
