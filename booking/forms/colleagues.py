"""Forms about a school's people: whom to invite, who takes over, who is away, who has left."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from accounts.colleagues import Named, NewColleague
from accounts.models import Membership, User
from accounts.names import clean_name
from booking.models import Place

KEEP, LATER = "keep", "later"
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
    """For each coming place of a colleague: who takes it over. With `may_keep`: or they keep it."""

    def __init__(
        self, *args: Any, places: Sequence[Place], colleagues: Sequence[User], may_keep: bool = False, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.places = places
        first = (KEEP, "Keeps the place") if may_keep else (LATER, "Keep the place, name to follow")
        rest = [(LATER, "Keep the place, name to follow")] if may_keep else []
        people = [(str(one.pk), one.name) for one in colleagues]
        for place in places:
            self.fields[f"place_{place.pk}"] = forms.ChoiceField(
                label=str(place.work_group), choices=[first, *people, *rest], initial=first[0]
            )

    @property
    def takes_over(self) -> dict[int, Named]:
        """Whom each place goes to, by the place's id; places that are kept are not in it."""
        chosen = {place.pk: self.cleaned_data[f"place_{place.pk}"] for place in self.places}
        return {pk: int(one) if one.isdecimal() else None for pk, one in chosen.items() if one != KEEP}


class AwayForm(forms.Form):
    """On leave from one day to another; a last day is not always known."""

    first = forms.DateField(label="First day away", widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(
        label="Last day away (leave it empty if you do not know yet)",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if isinstance(first, date) and isinstance(last, date) and last < first:
            self.add_error("last", "The last day away must not be before the first.")
        elif isinstance(last, date) and last < timezone.localdate():
            self.add_error("last", "That is over already. Leave this page if nobody is away.")
        return data


class CodeForm(forms.Form):
    """The code that was mailed to the school."""

    code = forms.CharField(
        label="The code",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}),
        help_text="Eight letters and digits; small letters and spaces do not matter.",
        error_messages={"required": "Type the code that your school was sent."},
    )
