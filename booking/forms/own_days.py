"""Days of one school that differ from its authority's calendar."""

from typing import Any

from django import forms

from booking.forms.term_dates import check_near
from booking.models import OwnDays, SchoolHoliday
from booking.terms import LONG

SHUT, OPEN = "shut", "open"


class OwnDaysForm(forms.ModelForm):
    kind = forms.ChoiceField(
        label="What about these days?",
        choices=[(SHUT, "We are shut, while others are open"), (OPEN, "We are open, in a holiday of our authority")],
        widget=forms.RadioSelect,
        initial=SHUT,
    )
    last_on = forms.DateField(
        label="Last day",
        required=False,
        help_text="Both days count. For one day leave this empty.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    field_order = ("kind", "name", "first_on", "last_on")

    class Meta:
        model = OwnDays
        fields = ("name", "first_on", "last_on")
        labels = {"name": "What it is called"}
        help_texts = {"name": "Training day, for example. Colleagues at the hub read it too."}
        widgets = {"first_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            self.initial = dict(self.initial) | {"kind": OPEN if self.instance.is_open else SHUT}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first = data.get("first_on")
        if first and not data.get("last_on") and "last_on" not in self.errors:
            data["last_on"] = first
        check_near(self, data)
        self.instance.is_open = data.get("kind") == OPEN
        return data

    def warnings(self) -> list[str]:
        """What looks odd about the days, though they can stand."""
        days: OwnDays = self.instance
        odd = []
        if days.last_on - days.first_on > LONG:
            odd.append(f"These are {(days.last_on - days.first_on).days + 1} days. Are both right?")
        elif days.first_on.weekday() > 4 and days.last_on == days.first_on:
            odd.append(f"{days.first_on:%A} is no school day anyway.")
        holidays = SchoolHoliday.objects.filter(la_code=days.school.la_code)
        if days.is_open and not holidays.filter(first_on__lte=days.last_on, last_on__gte=days.first_on).exists():
            odd.append("We know of no holiday of your authority on these days, so nothing changes by them yet.")
        return odd
