"""Forms for asking and choosing: how many are interested, and what becomes of applications."""

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.colleagues import Named
from accounts.models import School
from booking.forms.places import Draft
from booking.models import WorkGroup
from booking.models.places import Decision


class InterestForm(forms.Form):
    """We are interested: how many people, and no names yet."""

    people = forms.TypedChoiceField(
        label="How many of you?", coerce=int, error_messages={"required": "Say roughly how many."}
    )

    def __init__(self, *args: Any, work_group: WorkGroup, **options: Any) -> None:
        super().__init__(*args, **options)
        self.work_group = work_group
        numbers = range(work_group.people_from, work_group.people_to + 1)
        self.fields["people"].choices = [(number, number) for number in numbers]  # type: ignore[attr-defined]
        self.fields["people"].initial = work_group.people_from

    def draft(self, school: School, before: Draft | None) -> Draft:
        """Places without names, as many as were said."""
        nobody: list[Named] = [None] * self.cleaned_data["people"]
        key = before.key if before else str(uuid.uuid4())
        group = self.work_group  # what its project asks is asked when names are known
        return Draft(group.slug, group.pk, school.pk, who=nobody, key=key, is_answered=True)


class DecisionForm(forms.Form):
    """What is to become of the applications that are ticked."""

    bookings = forms.TypedMultipleChoiceField(coerce=int, error_messages={"required": "Tick at least one application."})
    decision = forms.ChoiceField(
        label="What becomes of those ticked?",
        choices=[*Decision.choices, ("undo", "Undecided again")],
        error_messages={"required": "Choose what becomes of them."},
    )
    words = forms.CharField(
        label="A sentence of yours for them",
        required=False,
        max_length=300,
        help_text="It stands in the mail to each of these schools. Needed where you decline; else as you like.",
    )

    def __init__(self, *args: Any, applied: list[int], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["bookings"].choices = [(pk, pk) for pk in applied]  # type: ignore[attr-defined]

    def clean_bookings(self) -> list[int]:
        chosen: list[int] = self.cleaned_data["bookings"]
        if len(chosen) > 500:
            raise ValidationError("Tick at most 500 at once.")
        return chosen

    @property
    def chosen(self) -> str:
        decision: str = self.cleaned_data["decision"]
        return "" if decision == "undo" else decision


class ReleaseForm(forms.Form):
    """Nothing to fill in: the page before it says what would happen."""
