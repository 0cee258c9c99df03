"""Forms of a work group lead and of a person who takes part."""

import uuid
from typing import Any

from django import forms

from accounts.forms import NameField
from accounts.models import School
from booking.actions.registers import Tap
from booking.marking import Said
from booking.models import Mark
from booking.reports.registers import Line, Register

# The four taps of a register; what else can be said is behind "more".
TAPS = (Mark.What.PRESENT, Mark.What.LATE, Mark.What.APOLOGIES, Mark.What.ABSENT)
MORE = (Mark.What.LEFT_EARLY, Mark.What.ONLINE)


class RegisterForm(forms.Form):
    """Marks for the people of a register: only what was changed since the page was loaded is marked."""

    amendment = forms.CharField(required=False, max_length=200)

    def __init__(self, *args: Any, register: Register, **options: Any) -> None:
        super().__init__(*args, **options)
        self.register = register

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        taps = [self._tap(line, data.get("amendment", "")) for _, lines in self.register.schools for line in lines]
        data["taps"] = [tap for tap in taps if tap is not None]
        return data

    def _tap(self, line: Line, amendment: str) -> Tap | None:
        """What is chosen now for somebody, unless the page showed it as chosen already."""
        chosen = self.data.get(f"mark-{line.row.pk}", "")
        if not chosen:
            return None
        if chosen not in Mark.What.values:
            raise forms.ValidationError("This is not a mark. Load the page again.")
        try:
            seen = [uuid.UUID(one) for one in self.data.get(f"seen-{line.row.pk}", "").split(",") if one]
        except ValueError as error:
            raise forms.ValidationError("This is not a mark. Load the page again.") from error
        if len(seen) == 1 and (seen[0], chosen) in {(mark.device_id, mark.what) for mark in line.row.marks.all()}:
            return None
        first = next(iter(seen), None)
        return Tap(line.row.pk, Said(chosen, amendment=amendment), replaces=first, settles=frozenset(seen[1:]))

    @property
    def taps(self) -> list[Tap]:
        taps: list[Tap] = self.cleaned_data["taps"]
        return taps


class WalkInForm(forms.Form):
    """Somebody who came and is not on the list."""

    name = NameField(label="Name")
    email = forms.EmailField(label="E-mail (optional)", required=False)
    school = forms.CharField(label="School", max_length=80, help_text="Name, town, postcode or URN")

    def clean_school(self) -> School:
        found = list(School.objects.open().matching(self.cleaned_data["school"])[:2])
        if not found:
            raise forms.ValidationError("No school is found by these words. Try its town or postcode.")
        if len(found) > 1:
            raise forms.ValidationError("More than one school is found. Add its town or postcode.")
        return found[0]
