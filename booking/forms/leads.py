"""The parts of those who lead a group: a person, as what, from when to when."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.typed import number_in
from booking.actions.leads import LeadPlan
from booking.forms.proposals import DayField
from booking.forms.work_groups import lead_in
from booking.models import Facilitation

MOST = 12
NEW_ROWS = 2


class LeadForm(forms.Form):
    """One part; of one that stands the person is fixed. A new row without a name is left alone."""

    part = forms.IntegerField(widget=forms.HiddenInput, required=False)
    who = forms.CharField(
        label="Name and e-mail address", required=False, max_length=200, help_text="Kim Moss kim@school.example"
    )
    role = forms.ChoiceField(label="As", choices=Facilitation.Role, initial=Facilitation.Role.LEAD)
    since = DayField(label="From", required=False)
    until = DayField(label="Until (empty: it goes on)", required=False)
    take_out = forms.BooleanField(label="Take this part out", required=False)

    def __init__(self, *args: Any, parts: dict[int, Facilitation], school_year: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self.standing = parts.get(number_in(str(self["part"].value() or "")))
        for name in ("since", "until"):
            self.fields[name].school_year = school_year  # type: ignore[attr-defined]
        if self.standing:
            del self.fields["who"]
        else:
            del self.fields["take_out"]

    def clean_who(self) -> User | None:
        words = self.cleaned_data["who"].strip()
        return lead_in(words) if words else None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.person and not data.get("take_out"):
            if not data.get("since") and "since" not in self.errors:
                self.add_error("since", "Give the first day.")
            if data.get("since") and data.get("until") and data["until"] < data["since"]:
                self.add_error("until", ValidationError("The last day must not be before the first."))
        return data

    @property
    def person(self) -> User | None:
        return self.standing.person if self.standing else self.cleaned_data.get("who")

    @property
    def gone(self) -> int | None:
        """The part that is to be taken out."""
        return self.standing.pk if self.standing and self.cleaned_data.get("take_out") else None

    @property
    def plan(self) -> LeadPlan | None:
        data = self.cleaned_data
        if self.person is None or data.get("take_out"):
            return None
        pk = self.standing.pk if self.standing else None
        return LeadPlan(self.person, data["role"], data["since"], data["until"], pk)


LeadFormSet = forms.formset_factory(LeadForm, extra=NEW_ROWS, max_num=MOST + NEW_ROWS, absolute_max=MOST + NEW_ROWS)
