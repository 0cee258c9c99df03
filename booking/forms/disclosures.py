"""Taking a list away: to whom it goes and why; and which columns of it somebody wants."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from booking.models.disclosures import Why
from booking.reports.tables.listing import Chosen, Column

FILES = [("xlsx", "Excel"), ("csv", "CSV")]
# What stands between a value and its code, and between the codes of a column.
IS, AND = "=", ";"


class TakeAwayForm(forms.Form):
    """Asked before a list with names leaves."""

    to = forms.CharField(
        label="To whom does it go?",
        max_length=120,
        help_text="A person or an organisation: NCETM, Oakfield Primary, nobody outside the hub.",
        error_messages={"required": "Say to whom it goes."},
    )
    why = forms.ChoiceField(
        label="Why?", choices=[("", "Choose"), *Why.choices], error_messages={"required": "Say why it leaves the hub."}
    )
    words = forms.CharField(
        label="In a few words", max_length=200, required=False, help_text="Needed where it is for something else."
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("why") == Why.OTHER and not data.get("words"):
            self.add_error("words", "Say in a few words what it is for.")
        return data


class ColumnForm(forms.Form):
    """One column of a list: wanted or not, where it stands, what it is called, and which codes stand for its values."""

    wanted = forms.BooleanField(label="In it", required=False)
    place = forms.IntegerField(
        label="Place",
        min_value=1,
        max_value=99,
        required=False,
        error_messages={
            "invalid": "Places are whole numbers: 1 for the first column.",
            "min_value": "Places are numbers from 1.",
            "max_value": "Places are numbers to 99.",
        },
    )
    head = forms.CharField(label="Heading", max_length=80, required=False)
    codes = forms.CharField(label="Codes", max_length=600, required=False)

    def __init__(self, *args: Any, column: Column, **options: Any) -> None:
        super().__init__(*args, **options)
        self.column = column
        for name, field in self.fields.items():
            words = f"{field.label}: {column.head}"
            field.widget.attrs["aria-label"] = words
            if name == "head":
                field.widget.attrs["placeholder"] = column.head

    def clean_codes(self) -> dict[str, str]:
        return read_codes(self.cleaned_data["codes"])


class ProfileForm(forms.Form):
    name = forms.CharField(
        label="What you call it",
        max_length=60,
        help_text="For example: Return for our funder.",
        error_messages={"required": "Give it a name, so that you find it again."},
    )


def column_forms(
    columns: Iterable[Column], chosen: Iterable[Chosen], data: Mapping[str, Any] | None
) -> list[ColumnForm]:
    """A small form for each column of a list, those that are wanted first and in their order."""
    stands = {one.column.key: (number, one) for number, one in enumerate(chosen, start=1)}
    ordered = sorted(columns, key=lambda one: stands[one.key][0] if one.key in stands else 999)
    made = []
    for column in ordered:
        initial: dict[str, Any] = {"wanted": False}
        if column.key in stands:
            number, one = stands[column.key]
            head = "" if one.head == column.head else one.head
            initial = {"wanted": True, "place": number, "head": head, "codes": write_codes(one.codes)}
        made.append(ColumnForm(data, column=column, initial=initial, prefix=column.key))
    return made


def wanted_columns(forms_of: Iterable[ColumnForm]) -> list[tuple[str, str, dict[str, str]]]:
    """The columns that are wanted, in their places: (key, heading, codes); those without a place come last."""
    wanted = [one for one in forms_of if one.cleaned_data["wanted"]]
    wanted.sort(key=lambda one: one.cleaned_data["place"] or 99)
    return [(one.column.key, one.cleaned_data["head"].strip(), one.cleaned_data["codes"]) for one in wanted]


def read_codes(text: str) -> dict[str, str]:
    """ "Present = 1; Absent = 0" as what is written for which value. Raises ValidationError for what is no pair."""
    codes = {}
    for pair in filter(None, (one.strip() for one in text.split(AND))):
        value, between, code = (part.strip() for part in pair.partition(IS))
        if not between or not value:
            raise ValidationError(f"“{pair[:40]}” is no code. Write a value, an equals sign and its code: Present = 1")
        codes[value] = code
    return codes


def write_codes(codes: Mapping[str, str]) -> str:
    return f"{AND} ".join(f"{value} {IS} {code}" for value, code in codes.items())
