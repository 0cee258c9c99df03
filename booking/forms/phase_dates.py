"""Dates of tests and examinations: entered from the published timetables, copied to the next year by hand."""

from typing import Any

from django import forms

from booking.forms.term_dates import check_near
from booking.models import PhaseDates
from booking.models.programme import PHASES
from booking.terms import LONG

DAY = {"type": "date"}


class PhaseDatesForm(forms.ModelForm):
    class Meta:
        model = PhaseDates
        fields = ("name", *PHASES.values(), "first_on", "last_on", "source")
        help_texts = {
            "name": "Key stage 2 tests, phonics check, GCSE mathematics paper 1.",
            "last_on": "Both days count. For one day give it twice.",
            "source": "The timetable from which you copied them, so that the next person can look again.",
        }
        widgets = {name: forms.DateInput(attrs=DAY, format="%Y-%m-%d") for name in ("first_on", "last_on")}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        check_near(self, data)
        return data

    def warnings(self) -> list[str]:
        """What looks odd about the days, though they can stand."""
        first, last = self.cleaned_data["first_on"], self.cleaned_data["last_on"]
        odd = []
        if last - first > LONG:
            odd.append(f"These are {(last - first).days + 1} days. Are both right?")
        if first == last and first.weekday() > 4:
            odd.append(f"{first:%A} is no school day. Is the date right?")
        return odd


class NextYearForm(forms.Form):
    """One row of a year, as it would stand in the next: its days are looked up before it is ticked."""

    take = forms.BooleanField(label="Take it over", required=False)
    first_on = forms.DateField(label="First day", widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))
    last_on = forms.DateField(label="Last day", widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        check_near(self, data)
        first, last = data.get("first_on"), data.get("last_on")
        if first and last and last < first:
            self.add_error("last_on", "The last day must not be before the first.")
        return data
