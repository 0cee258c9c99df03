"""The form of a group's parts: a name, whether a school must send somebody, and for which sessions."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.names import clean_name
from booking.actions.parts import PartPlan
from booking.models import Part, Session
from booking.templatetags.words import day_short

MOST = 8


class PartForm(forms.Form):
    name = forms.CharField(label="Part", max_length=40, required=False, help_text="Reception, Year 1, maths lead")
    required = forms.BooleanField(label="Every school sends somebody", required=False)
    sessions = forms.TypedMultipleChoiceField(
        label="Only for these sessions (none ticked: all)",
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, sessions: Sequence[Session], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(one.pk, f"{one.number}. {day_short(one.starts_at) or one.when_words}") for one in sessions]
        self.fields["sessions"].choices = choices  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        name = self.cleaned_data["name"].strip()
        return clean_name(name) if name else ""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("name") and "name" not in self.errors and (data.get("required") or data.get("sessions")):
            raise ValidationError({"name": "Give the part a name, or take its ticks away."})
        return data

    @property
    def plan(self) -> PartPlan | None:
        data = self.cleaned_data
        if not data.get("name"):  # a row that nobody touched
            return None
        return PartPlan(data["name"], data["required"], frozenset(data["sessions"]))


def initial_of(parts: Sequence[Part], sessions: Sequence[Session]) -> list[dict[str, Any]]:
    """What the rows open with; a part that is for every session has none ticked."""
    only = {session.pk: {part.pk for part in session.parts.all()} for session in sessions}
    rows = []
    for part in parts:
        here = [pk for pk, parts_here in only.items() if not parts_here or part.pk in parts_here]
        ticked = here if len(here) < len(only) else []
        rows.append({"name": part.name, "required": part.required, "sessions": ticked})
    return rows


PartFormSet = forms.formset_factory(PartForm, extra=MOST, max_num=MOST)
