"""Forms of the office about people."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.forms import NameField
from accounts.models import User


class PersonForm(forms.Form):
    """What the office may put right about a person."""

    name = NameField(label="Name")
    email = forms.EmailField(
        label="E-mail",
        required=False,
        help_text="A new address replaces the old one at once: invites go there, and the old one opens nothing.",
    )
    job = forms.CharField(label="Role in school", max_length=60, required=False)


class MergeForm(forms.Form):
    """The other account of the same person, by the address it has."""

    other = forms.CharField(
        label="The account that goes",
        help_text="Its e-mail address, or the number in the address of its page.",
        max_length=254,
        error_messages={"required": "Say which account goes."},
    )

    def __init__(self, *args: Any, keep: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.keep = keep

    def clean_other(self) -> User:
        given = self.cleaned_data["other"].strip().lower()
        by = {"pk": int(given)} if given.isdecimal() and len(given) < 15 else {"email": given}
        other = User.objects.filter(**by, merged_into__isnull=True).first()
        if other is None:
            raise ValidationError("Nobody is known by this. Copy the address from the other account's page.")
        if other.pk == self.keep.pk:
            raise ValidationError("That is this account. Give the other one.")
        return other
