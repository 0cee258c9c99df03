"""Fill an empty hub with many invented rows, for measuring."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import School, User
from booking.demo.large import Large


class Command(BaseCommand):
    help = "Fill an empty hub with N times one hub's real year: 571 schools, 60 groups, 300 sessions, 1,000 people."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scale", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        if School.objects.exists() or User.objects.exists():
            raise CommandError("This hub is not empty. Measuring begins with an empty one.")
        if options["scale"] < 1:
            raise CommandError("--scale is at least 1.")
        self.stdout.write(Large(options["scale"]).build())
