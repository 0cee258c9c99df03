"""Forms of the office about schools."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from accounts.models import School, User
from accounts.places_near import locate_postcode

# The whole register is some 60 MB.
LARGEST_FILE = 120 * 1024 * 1024


class SettingForm(forms.ModelForm):
    """A setting that the national register does not have."""

    class Meta:
        model = School
        fields = (
            "name",
            "street",
            "town",
            "postcode",
            "la_code",
            "phase",
            "kind",
            "telephone",
            "low_age",
            "high_age",
            "trust",
            "state_funded",
        )
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
        # Where it is, for distances: about the middle of the schools that share its postcode's sector or district.
        near = locate_postcode(str(data.get("postcode", "")))
        self.instance.easting = round(near.easting) if near else None
        self.instance.northing = round(near.northing) if near else None
        return data


class ContactForm(forms.Form):
    email = forms.EmailField(
        label="An address that is read at the school",
        required=False,
        help_text="For example office@…: a code sent there says who may book for the school. Shown to nobody else.",
    )


class NoteForm(forms.Form):
    """What was said with a school, when, with whom, and why the hub keeps it."""

    on = forms.DateField(label="Day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    person = forms.ModelChoiceField(
        User.objects.none(), label="With whom", required=False, empty_label="Somebody else at the school"
    )
    words = forms.CharField(
        label="What was said",
        max_length=300,
        help_text="As you would say it with them beside you: they can ask to read it.",
        error_messages={"required": "Say in a few words what was said."},
    )
    why = forms.CharField(
        label="Why we keep it",
        max_length=120,
        help_text="For example: to ring again in January about Mastery.",
        error_messages={"required": "Say why: what nobody needs is not kept."},
    )

    def __init__(self, *args: Any, school: School, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["person"].queryset = User.objects.of_school(school).distinct()  # type: ignore[attr-defined]  # rows
        self.fields["on"].initial = timezone.localdate()


class DomainForm(forms.Form):
    """The school's mail has moved to another domain."""

    old_domain = forms.CharField(label="Domain before", max_length=120, help_text="oakfield.leics.sch.uk")
    new_domain = forms.CharField(label="Domain after", max_length=120, help_text="oakfieldacademy.org.uk")


class RegisterForm(forms.Form):
    """A file of the register of schools, as Get Information About Schools gives it."""

    file = forms.FileField(
        label="All establishments",
        help_text="The .csv that begins with “edubasealldata”, unpacked and unchanged.",
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )
    links = forms.FileField(
        label="Their links (optional)",
        required=False,
        help_text="The .csv that begins with “links”: it says which school follows which.",
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )
    area = forms.ChoiceField(
        label="Which schools?",
        choices=[("", "All of England, so that a school from outside finds itself"), ("ours", "Only our authorities")],
        required=False,
        widget=forms.RadioSelect,
    )

    def clean_file(self) -> UploadedFile:
        return self._capped("file")

    def clean_links(self) -> UploadedFile | None:
        return self._capped("links") if self.cleaned_data["links"] else None

    @property
    def authorities(self) -> list[str]:
        return list(settings.HUB_AUTHORITIES) if self.cleaned_data["area"] == "ours" else []

    def _capped(self, field: str) -> UploadedFile:
        file: UploadedFile = self.cleaned_data[field]
        if (file.size or 0) > LARGEST_FILE:
            raise forms.ValidationError("This file is larger than 120 MB; the whole register is about 60.")
        return file
