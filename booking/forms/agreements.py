"""The head teacher's answer, and asking for it."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.forms import NameField
from booking.models import Agreement


class HeadForm(forms.Form):
    """What the head says: one of three, with who says so."""

    answer = forms.ChoiceField(
        label="Your answer",
        choices=Agreement.Answer.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one of the three answers."},
    )
    words = forms.CharField(
        label="Your question, or anything we should know (optional)",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    name = NameField(label="Your name", error_messages={"required": "Give your name: it is kept with the answer."})
    role = forms.CharField(
        label="Your role",
        max_length=80,
        initial="Headteacher",
        error_messages={"required": "Say what you are at the school, such as headteacher."},
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("answer") == Agreement.Answer.ASKS and not data.get("words"):
            raise ValidationError({"words": "Write your question here; it goes to the hub and to your colleague."})
        return data


class PaperForm(HeadForm):
    """The same from a sheet of paper or a telephone call, entered by who acts for the school."""

    field_order = ("answer", "name", "role", "words")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field, label in (("answer", "The head’s answer"), ("name", "Name of the head"), ("role", "Their role")):
            self.fields[field].label = label
        self.fields["name"].error_messages["required"] = "Give the name of the head: it is kept with the answer."
        self.fields["role"].error_messages["required"] = "Say what they are at the school, such as headteacher."
        self.fields["words"].label = "What else was said (optional)"


class AskHeadForm(forms.Form):
    email = forms.EmailField(
        label="Your head’s work e-mail",
        required=False,
        help_text="They get one short page to answer. Without an address, hand the link below over yourself.",
    )
