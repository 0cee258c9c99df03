"""A list that is handed in: a file or pasted rows; what its columns are; and what goes with all of it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from booking.actions.handed import MOST_ROWS
from booking.intake.columns import FIELDS, guess
from booking.models import HandedList
from booking.models.handed import HandedKind
from booking.spreadsheets import Read, read_file, read_text

NOWHERE = ""
# What is asked once for the whole list, by kind.
WORDS = {
    HandedKind.BOOKINGS: (
        "Why you book where a rule of a group speaks against it",
        "Kept with each booking. Leave it empty, and such rows are left out.",
    ),
    HandedKind.PAST_YEARS: ("Where this is from", "For example: the return of July 2024. Shown beside the figures."),
    HandedKind.ATTENDANCE: (
        "Why signed registers are changed",
        "Kept with each mark on a signed register. Leave it empty, and such rows are left out.",
    ),
}
TELLS = {
    HandedKind.PEOPLE: "Write to everybody who is new that they are known here now, so that they can log in",
    HandedKind.BOOKINGS: "Write to schools about their bookings even where the group has begun already",
}
TELLS_HINT = {
    HandedKind.PEOPLE: "Without it nobody hears of it, until something is booked for them.",
    HandedKind.BOOKINGS: "Without it nobody is written to about what is past. "
    "Sessions to come reach everybody’s calendar in any case.",
}


class HandInForm(forms.Form):
    file = forms.FileField(
        label="A workbook (.xlsx) or a CSV file",
        required=False,
        error_messages={"empty": "There is nothing in this file."},
    )
    rows = forms.CharField(
        label="Or paste the rows here",
        required=False,
        strip=False,  # the first cell of the heading may be empty
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Copied from a spreadsheet, with the row of headings.",
    )

    read: Read

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        file, rows = data.get("file"), str(data.get("rows", ""))
        if "file" in self.errors:
            return data
        if not file and not rows.strip():
            raise ValidationError("Choose a file, or paste the rows.")
        if file and rows.strip():
            raise ValidationError("There is a file and there are pasted rows. Send one of them.")
        try:
            self.read = (
                read_file(file, file.name, most_rows=MOST_ROWS) if file else read_text(rows, most_rows=MOST_ROWS)
            )
        except ValidationError as refusal:
            self.add_error("file" if file else "rows", refusal)
        return data


class ColumnsForm(forms.Form):
    """In which column each thing stands; guessed from the headings."""

    def __init__(self, *args: Any, handed: HandedList, known: Mapping[str, str], **options: Any) -> None:
        head = handed.heading
        guessed = handed.columns or guess(handed.kind, head, known)
        options.setdefault("initial", {name: str(index) for name, index in guessed.items()})
        options["initial"] |= {"words": handed.words, "tells": handed.tells}
        super().__init__(*args, **options)
        self.names = [one.name for one in FIELDS[handed.kind]]
        choices = [(NOWHERE, "In none")] + [
            (str(index), f"{_letter(index)}: {words or 'no heading'}"[:70]) for index, words in enumerate(head)
        ]
        for one in FIELDS[handed.kind]:
            self.fields[one.name] = forms.ChoiceField(
                label=one.label, choices=choices, required=False, help_text=one.hint
            )
        if handed.kind in WORDS:
            label, hint = WORDS[HandedKind(handed.kind)]
            self.fields["words"] = forms.CharField(
                label=label,
                required=False,
                max_length=120 if handed.kind == HandedKind.PAST_YEARS else 200,
                help_text=hint,
            )
        if handed.kind in TELLS:
            kind = HandedKind(handed.kind)
            self.fields["tells"] = forms.BooleanField(label=TELLS[kind], required=False, help_text=TELLS_HINT[kind])

    @property
    def column_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.names]

    @property
    def other_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in self.names]

    @property
    def columns(self) -> dict[str, int]:
        return {name: int(self.cleaned_data[name]) for name in self.names if self.cleaned_data.get(name)}


def _letter(index: int) -> str:
    """The column as a spreadsheet calls it: A, B, …, AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
