"""A holiday of an authority's schools, as its calendar says."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.utils import timezone

from accounts.schoolyear import school_year_label, school_year_of, why_far
from booking.models import SchoolHoliday
from booking.terms import LONG

OTHER = ""


def check_near(form: forms.BaseForm, data: Mapping[str, Any]) -> None:
    """Ask about a first or last day that is far from now."""
    for name in ("first_on", "last_on"):
        if data.get(name) and (words := why_far(data[name], timezone.localdate())):
            form.add_error(name, words)


class HolidayForm(forms.ModelForm):
    authority = forms.ChoiceField(label="Authority", required=False)
    la_code = forms.CharField(
        label="Code of another authority",
        required=False,
        validators=[RegexValidator(r"^\d{3}$", "The code of an authority has three figures, such as 855.")],
        help_text="Three figures, as in the national register of schools; only if it is not in the list above.",
    )

    field_order = ("authority", "la_code", "name", "first_on", "last_on")

    class Meta:
        model = SchoolHoliday
        fields = ("la_code", "name", "first_on", "last_on")
        labels = {"name": "What it is called"}
        help_texts = {
            "name": "As schools say: autumn half term, Christmas, Easter, a training day.",
            "first_on": "The first day on which schools are shut.",
            "last_on": "The last such day; both count. For one day give it twice.",
        }
        widgets = {name: forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d") for name in ("first_on", "last_on")}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        known = settings.HUB_AUTHORITIES
        self.fields["authority"].choices = [*known.items(), (OTHER, "Another: its code below")]  # type: ignore[attr-defined]
        code = self.instance.la_code or self.initial.get("la_code", "")
        if code in known:
            self.initial = dict(self.initial) | {"authority": code, "la_code": ""}
        elif code:
            self.initial = dict(self.initial) | {"authority": OTHER}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("authority"):
            data["la_code"] = data["authority"]
        elif not data.get("la_code") and "la_code" not in self.errors:
            self.add_error("authority", "Choose the authority, or give its code.")
        check_near(self, data)
        return data

    def warnings(self) -> list[str]:
        """What looks odd about the days, though they can stand."""
        first, last = self.cleaned_data["first_on"], self.cleaned_data["last_on"]
        year, this_year = school_year_of(first), school_year_of(timezone.localdate())
        odd = []
        if not this_year - 1 <= year <= this_year + 2:
            odd.append(f"These days lie in {school_year_label(year)}. Is the year right?")
        if last - first > LONG:
            odd.append(f"These are {(last - first).days + 1} days; the summer holidays have about 45. Are both right?")
        if first.weekday() > 4 and last - first < timedelta(days=2):
            odd.append("These days fall on a weekend, when schools are shut anyway.")
        return odd
