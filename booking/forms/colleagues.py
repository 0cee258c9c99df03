"""Forms about a school's people: whom to invite, who takes over, who has left."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.colleagues import Named, NewColleague
from accounts.models import Membership, User
from accounts.names import clean_name
from booking.forms.places import LATER
from booking.models import Place

# "Kim Lee <kim@school.example>", "Kim Lee, kim@school.example", or two cells of a spreadsheet.
_LINE = re.compile(r"(?P<name>[^<,;\t]*?)[\s<,;]*(?P<email>[^\s<>,;]+@[^\s<>,;]+)?[>\s,;]*")


class InviteForm(forms.Form):
    """Several colleagues at once, one a line."""

    colleagues = forms.CharField(
        label="Your colleagues",
        help_text="One a line: name, e-mail. You can paste two columns of a spreadsheet.",
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Give at least one colleague."},
    )
    role = forms.ChoiceField(
        label="What will they do?",
        choices=[
            (Membership.Role.TEACHER, "Take part in sessions"),
            (Membership.Role.LEAD, "Book for our school too, as I do"),
        ],
        initial=Membership.Role.TEACHER,
        widget=forms.RadioSelect,
    )

    def clean_colleagues(self) -> list[NewColleague]:
        found: dict[str, NewColleague] = {}
        wrong = []
        for number, line in enumerate(self.cleaned_data["colleagues"].splitlines(), start=1):
            if line.strip():
                try:
                    colleague = _colleague(line.strip())
                except ValidationError as refusal:
                    wrong.append(f"Line {number}: {' '.join(refusal.messages)}")
                else:
                    found[colleague.email] = colleague
        if wrong:
            raise ValidationError(wrong)
        return list(found.values())


def _colleague(line: str) -> NewColleague:
    parts = _LINE.fullmatch(line)
    if parts is None or not parts["email"]:
        raise ValidationError("give a name and an e-mail address, such as “Kim Lee, kim@school.example”.")
    email = parts["email"].lower()
    validate_email(email)
    return NewColleague(clean_name(parts["name"] or ""), email)


class TakeOverForm(forms.Form):
    """For each coming place of a colleague who has left: who takes it over."""

    def __init__(self, *args: Any, places: Sequence[Place], colleagues: Sequence[User], **options: Any) -> None:
        super().__init__(*args, **options)
        self.places = places
        choices = [(LATER, "Keep the place, name to follow"), *((str(one.pk), one.name) for one in colleagues)]
        for place in places:
            self.fields[f"place_{place.pk}"] = forms.ChoiceField(
                label=str(place.work_group), choices=choices, initial=LATER
            )

    @property
    def takes_over(self) -> dict[int, Named]:
        """Whom each place goes to, by the place's id; None: a name to follow."""
        chosen = {place.pk: self.cleaned_data[f"place_{place.pk}"] for place in self.places}
        return {pk: int(one) if one.isdecimal() else None for pk, one in chosen.items()}


class CodeForm(forms.Form):
    """The code that was mailed to the school."""

    code = forms.CharField(
        label="The code",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}),
        help_text="Eight letters and digits; small letters and spaces do not matter.",
        error_messages={"required": "Type the code that your school was sent."},
    )
