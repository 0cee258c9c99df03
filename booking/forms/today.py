"""Forms for the day itself: few fields, big enough for a phone."""

from collections.abc import Sequence
from typing import Any

from django import forms

from booking.models import Session
from booking.templatetags.words import clock


class CancelTodayForm(forms.Form):
    reason = forms.CharField(
        label="Why, in a few words",
        max_length=120,
        help_text="Snow. Burst pipe at the school. Everyone who was coming reads it.",
        error_messages={"required": "Say why in a few words: everyone who was coming reads it."},
    )


class OnlineTodayForm(forms.Form):
    link = forms.URLField(
        label="Joining link",
        assume_scheme="https",
        error_messages={"required": "Give the joining link.", "invalid": "Give the joining link, with https://."},
    )
    why = forms.CharField(label="Why (optional)", max_length=120, required=False)


class ManyTodayForm(forms.Form):
    """The hub: all of today's sessions at once, called off or moved online."""

    sessions = forms.TypedMultipleChoiceField(
        label="Which sessions?",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one session."},
    )
    reason = forms.CharField(label="Why, in a few words", max_length=120, help_text="Everyone who was coming reads it.")

    def __init__(self, *args: Any, sessions: Sequence[Session], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(one.pk, f"{clock(one.starts_at)}: {one}, {one.place_words}") for one in sessions]
        self.fields["sessions"].choices = choices  # type: ignore[attr-defined]
        self.fields["sessions"].initial = [one.pk for one in sessions]
        for one in sessions:
            self.fields[f"link_{one.pk}"] = forms.URLField(
                label=f"Joining link: {one}", required=False, assume_scheme="https", initial=one.link
            )

    def links(self) -> dict[int, str]:
        """The joining link of each session chosen; empty where none was given."""
        return {pk: self.cleaned_data.get(f"link_{pk}", "") for pk in self.cleaned_data["sessions"]}

    def link_fields(self) -> list[forms.BoundField]:
        return [field for field in self if field.name.startswith("link_")]


class MobileForm(forms.Form):
    number = forms.CharField(
        label="Mobile telephone",
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        help_text="Leave it empty to take it back.",
    )
