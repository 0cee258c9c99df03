"""The form of a group's list of schools: several at once, by number or name."""

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import School
from booking.models import SchoolRule

MOST = 200


class SchoolRuleForm(forms.Form):
    kind = forms.ChoiceField(label="What about them?", choices=SchoolRule.Kind.choices)
    schools = forms.CharField(
        label="Schools",
        help_text="One a line: URN, or a name that only one open school has. You can paste a column.",
        max_length=20000,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        error_messages={"required": "Give at least one school."},
    )
    reason = forms.CharField(label="Why (for the hub alone, optional)", max_length=200, required=False)

    def clean_schools(self) -> list[School]:
        lines = [line.strip() for line in self.cleaned_data["schools"].splitlines() if line.strip()]
        if len(lines) > MOST:
            raise ValidationError(f"Give at most {MOST} schools at once.")
        found, wrong = {}, []
        for number, line in enumerate(lines, start=1):
            schools = list(School.objects.open().matching(line)[:2])
            exact = [school for school in schools if school.name.casefold() == line.casefold()]
            match exact or schools:
                case [school]:
                    found[school.pk] = school
                case []:
                    wrong.append(f"Line {number}: no open school is found by “{line[:60]}”.")
                case _:
                    wrong.append(f"Line {number}: several schools are called “{line[:60]}”. Give the URN.")
        if wrong:
            raise ValidationError(wrong)
        return list(found.values())
