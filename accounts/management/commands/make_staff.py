"""manage.py make_staff: the first of hub staff; everybody else is given the part on the page of a person."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from accounts.actions import people


class Command(BaseCommand):
    help = "Make whoever has this e-mail address hub staff, and say how they log in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="their e-mail address")
        parser.add_argument("--name", default="", help="their name, where they have no account yet")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            person = people.make_staff(email=options["email"], name=options["name"])
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from None
        page = f"{settings.HUB_URL}{reverse('account_request_login_code')}"
        how = f"To log in, open {page} and type {person.email}: a code comes by mail."
        self.stdout.write(f"{person} is hub staff. {how}")
        if not settings.EMAIL_URL:
            self.stdout.write(f"No mail server is set: mails are written to {settings.MAIL_DIR}.")
