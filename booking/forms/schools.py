"""Forms of the office about schools."""

from django import forms
from django.conf import settings

from accounts.models import School


class SettingForm(forms.ModelForm):
    """A setting that the national register does not have."""

    class Meta:
        model = School
        fields = (
            "name", "street", "town", "postcode", "la_code", "phase", "kind", "telephone", "easting", "northing",
            "low_age", "high_age", "state_funded",
        )  # fmt: skip
        labels = {"kind": "What it is, for example: private nursery, trust team", "la_code": "Local authority"}

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        codes = [("", "Another, or not known"), *settings.HUB_AUTHORITIES.items()]
        self.fields["la_code"] = forms.ChoiceField(label="Local authority", choices=codes, required=False)

    def clean_postcode(self) -> str:
        return str(self.cleaned_data["postcode"]).upper().strip()

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        self.instance.la_name = settings.HUB_AUTHORITIES.get(str(data.get("la_code")), "")
        return data


class ContactForm(forms.Form):
    email = forms.EmailField(
        label="An address that is read at the school",
        required=False,
        help_text="For example office@…: a code sent there says who may book for the school. Shown to nobody else.",
    )


class DomainForm(forms.Form):
    """The school's mail has moved to another domain."""

    old_domain = forms.CharField(label="Domain before", max_length=120, help_text="oakfield.leics.sch.uk")
    new_domain = forms.CharField(label="Domain after", max_length=120, help_text="oakfieldacademy.org.uk")
