"""Whom the office asks whether they carry on, with whom, and until when."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from booking.reports.carrying import Candidate

# What a school has to talk it over.
TWO_WEEKS = timedelta(days=14)


class CarryOnForm(forms.Form):
    schools = forms.MultipleChoiceField(error_messages={"required": "Tick at least one school."})
    people = forms.MultipleChoiceField(required=False)
    due_on = forms.DateField(
        label="Please answer by",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Who has not answered is asked once more in the week before.",
    )

    def __init__(self, *args: Any, candidates: Sequence[Candidate], **options: Any) -> None:
        super().__init__(*args, **options)
        can = [one for one in candidates if not one.against]
        schools = [(str(one.booking.pk), str(one.booking.school)) for one in can]
        people = [(f"{one.booking.pk}-{person.pk}", person.name) for one in can for person, _ in one.people]
        self.fields["schools"].choices = schools  # type: ignore[attr-defined]  # a field of choices
        self.fields["people"].choices = people  # type: ignore[attr-defined]
        self.initial = {"due_on": timezone.localdate() + TWO_WEEKS} | dict(self.initial)

    @property
    def proposed(self) -> dict[int, list[int]]:
        """For the action: the ids of people by the ids of their bookings; people of schools not ticked do not count."""
        found: dict[int, list[int]] = {int(pk): [] for pk in self.cleaned_data["schools"]}
        for pair in self.cleaned_data["people"]:
            booking, person = map(int, pair.split("-"))
            if booking in found:
                found[booking].append(person)
        return found

    def is_ticked(self, name: str, value: str) -> bool:
        """On the page: everybody at first, then what was ticked."""
        return not self.is_bound or value in self.data.getlist(name)  # type: ignore[attr-defined]  # a QueryDict
