"""Saying that one is here, and saying who that was."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts.names import clean_name
from booking.models import Attendance


class CheckInForm(forms.Form):
    """Name and school of who is not logged in; whoever is only presses the button."""

    name = forms.CharField(
        label="Your name, or your e-mail address",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Write your name."},
    )
    school = forms.CharField(
        label="Your school",
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        error_messages={"required": "Write the name of your school."},
    )

    def __init__(self, *args: Any, is_known: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if is_known:
            self.fields.clear()

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        # An address is looked for and never shown as a link; anything else is to be a name.
        return name if name.count("@") == 1 and " " not in name else clean_name(name)

    def clean_school(self) -> str:
        return clean_name(self.cleaned_data["school"])


class RecogniseForm(forms.Form):
    """Which expected person somebody is, whose name was not found."""

    row = forms.ModelChoiceField(
        label="It is somebody on the list",
        queryset=Attendance.objects.none(),
        empty_label="Choose who",
        error_messages={"required": "Choose who it is.", "invalid_choice": "They are not on the list any more."},
    )

    def __init__(self, *args: Any, rows: QuerySet[Attendance], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["row"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows
        field.label_from_instance = _called  # type: ignore[method-assign]


def _called(obj: Attendance) -> str:
    return f"{obj.person.name}, {obj.school}"
