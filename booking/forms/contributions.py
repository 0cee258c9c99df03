"""The forms of a group's contribution to cover, and of what is passed to finance."""

from decimal import Decimal
from typing import Any

from django import forms

from accounts.typed import number_in
from booking.models import Contribution


class ContributionForm(forms.Form):
    amount = forms.DecimalField(
        label="Pounds",
        required=False,
        max_digits=7,
        decimal_places=2,
        min_value=Decimal("0.01"),
        max_value=20000,
        help_text="empty: the hub contributes nothing to schools of this group",
    )
    per = forms.ChoiceField(label="For", choices=Contribution.Per)
    condition = forms.ChoiceField(label="Once", choices=Contribution.Condition)
    sessions = forms.IntegerField(
        label="How many sessions",
        required=False,
        min_value=1,
        max_value=50,
        help_text="only where they have to come to so many",
    )

    @staticmethod
    def initial_of(rule: Contribution | None) -> dict[str, Any]:
        names = ("amount", "per", "condition", "sessions")
        return {name: getattr(rule, name) for name in names} if rule else {}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("condition") != Contribution.Condition.SESSIONS:
            data["sessions"] = None
        elif data.get("amount") and not data.get("sessions") and "sessions" not in self.errors:
            self.add_error("sessions", "Say how many sessions somebody has to come to.")
        return data

    @property
    def contribution(self) -> Contribution | None:
        """As it was typed; none, where no amount was."""
        return Contribution(**self.cleaned_data) if self.cleaned_data["amount"] is not None else None


def chosen_pairs(keys: list[str]) -> set[tuple[int, int]]:
    """(group, school) of each that is ticked; what is no such pair is left out."""
    parts = [key.partition("-") for key in keys[:2000]]
    pairs = {(number_in(group), number_in(school)) for group, _, school in parts}
    return {pair for pair in pairs if all(pair)}
