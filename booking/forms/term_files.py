"""A file of term dates: sent, or pasted."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

from booking.term_files import Line, lines_of_file, lines_of_text


class TermFileForm(forms.Form):
    """Of which authority, and where the lines are: in a file, or pasted."""

    authority = forms.ChoiceField(label="Authority", required=False)
    la_code = forms.CharField(
        label="Code of another authority",
        required=False,
        validators=[RegexValidator(r"^\d{3}$", "The code of an authority has three figures, such as 855.")],
        help_text="Three figures; only if it is not in the list above.",
    )
    file = forms.FileField(
        label="File",
        required=False,
        help_text="A calendar (.ics) as the authority publishes it, or a table (.csv, .xlsx): what the holiday is "
        "called, its first day, its last day.",
    )
    pasted = forms.CharField(
        label="Or paste the rows",
        required=False,
        max_length=100_000,
        strip=False,  # the first cell of the heading may be empty
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text="Copied from a spreadsheet, with the row that says what stands in each column.",
    )
    source = forms.CharField(
        label="Where they are from (optional)", required=False, max_length=200, help_text="It stands in the history."
    )

    lines: list[Line]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [*settings.HUB_AUTHORITIES.items(), ("", "Another: its code below")]
        self.fields["authority"].choices = choices  # type: ignore[attr-defined]  # a field of choices

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["la_code"] = data.get("authority") or data.get("la_code", "")
        if not data["la_code"] and "la_code" not in self.errors:
            self.add_error("authority", "Choose the authority, or give its code.")
        file, pasted = data.get("file"), data.get("pasted", "")
        if bool(file) == bool(pasted.strip()):
            self.add_error("file", "Send a file, or paste the rows: one of the two.")
            return data
        try:
            self.lines = lines_of_file(file, file.name) if file else lines_of_text(pasted)
        except ValidationError as refusal:
            self.add_error("file" if file else "pasted", refusal)
        else:
            if not self.lines:
                self.add_error("file" if file else "pasted", "There is no row below the first.")
        return data
