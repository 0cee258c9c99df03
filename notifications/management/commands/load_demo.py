"""Fill an empty hub with the demonstration."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.utils import timezone

from booking.demo.load import load
from notifications import demo


class Command(BaseCommand):
    help = "Fill an empty hub with the demonstration: an invented hub in the middle of its year."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--today", type=date.fromisoformat, help="as if it were this day (2027-01-20)")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        today = options["today"] or timezone.localdate()
        made = load(today)
        demo.load(today)
        self.stdout.write(made)
