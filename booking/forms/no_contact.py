"""The form below a list of schools: those ticked are invited to a group."""

from collections.abc import Collection, Sequence
from typing import Any

from django import forms

from booking.models import WorkGroup


class InviteForm(forms.Form):
    group = forms.ChoiceField(label="Invite them to")
    reason = forms.CharField(
        label="Why", required=False, max_length=200, help_text="for the hub alone; no school sees it"
    )
    schools = forms.TypedMultipleChoiceField(
        coerce=int, required=False, error_messages={"invalid_choice": "The list has changed. Choose again."}
    )

    def __init__(self, *args: Any, groups: Sequence[WorkGroup], listed: Collection[int], **options: Any) -> None:
        super().__init__(*args, **options)
        self.groups = {str(group.pk): group for group in groups}
        self.fields["group"].choices = [(pk, group.title) for pk, group in self.groups.items()]  # type: ignore[attr-defined]
        self.fields["schools"].choices = [(str(pk), str(pk)) for pk in listed]  # type: ignore[attr-defined]

    def clean_schools(self) -> list[int]:
        chosen: list[int] = self.cleaned_data["schools"]
        if not chosen:
            raise forms.ValidationError("Tick at least one school.")
        return chosen

    @property
    def chosen(self) -> WorkGroup:
        return self.groups[self.cleaned_data["group"]]
