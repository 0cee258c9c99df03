"""Forms of a work group lead and of a person who takes part."""

import uuid
from dataclasses import replace
from typing import Any

from django import forms

from accounts.forms import NameField
from accounts.models import School
from booking.marking import LONGEST_NOTE, Said
from booking.models import Mark
from booking.models.attendance import CUT_SHORT
from booking.reports.registers import Line, Register
from booking.taking import Tap

# What can be said of somebody, each in one tap, the most usual first. CLEARED takes back what was said.
TAPS = (
    (Mark.What.PRESENT, "Present"),
    (Mark.What.LATE, "Late"),
    (Mark.What.APOLOGIES, "Apologies"),
    (Mark.What.ABSENT, "Absent"),
    (Mark.What.LEFT_EARLY, "Left early"),
    (Mark.What.ONLINE, "Online"),
    (Mark.What.SUBSTITUTE, "Substitute"),
)
NOT_READ = "This is not a mark. Load the page again."


class RegisterForm(forms.Form):
    """Marks for the people of a register: only what was changed since the page was loaded is marked."""

    amendment = forms.CharField(required=False, max_length=200)

    def __init__(self, *args: Any, register: Register, **options: Any) -> None:
        super().__init__(*args, **options)
        self.register = register

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for line in self.register.lines:  # whatever is refused, nothing that was typed is lost
            line.typed = {name: self._given(name, line) for name in ("seen", "mark", "minutes", "note")}
        taps = [self._tap(line, data.get("amendment", "")) for _, lines in self.register.schools for line in lines]
        data["taps"] = [tap for tap in taps if tap is not None]
        return data

    def _tap(self, line: Line, amendment: str) -> Tap | None:
        """What is said now of somebody, unless the page showed it already."""
        seen = [_uuid(one) for one in self._given("seen", line).split(",") if one]
        marks = {mark.device_id: mark for mark in line.row.marks.all()}
        chosen = self._given("mark", line)
        if chosen in Mark.What.values:
            said = self._said(chosen, line, amendment)
        elif not chosen:
            if self._given("note", line):
                raise forms.ValidationError(f"Mark {line.row.person} as well, so that your note is kept.")
            return None
        else:
            # One of the marks that two phones have made: it is right as it is.
            one = marks.get(_uuid(chosen))
            if one is None:
                raise forms.ValidationError(NOT_READ)
            said = replace(Said(*one.says), amendment=amendment)
        if len(seen) == 1 and seen[0] in marks and marks[seen[0]].says == said.says:
            return None
        if not seen and chosen == Mark.What.CLEARED:
            return None
        return Tap(line.row.pk, said, replaces=next(iter(seen), None), settles=frozenset(seen[1:]))

    def _said(self, what: str, line: Line, amendment: str) -> Said:
        if what == Mark.What.CLEARED:
            return Said(what, amendment=amendment)
        note, minutes = " ".join(self._given("note", line).split()), self._given("minutes", line).strip()
        if len(note) > LONGEST_NOTE:
            raise forms.ValidationError(f"The note on {line.row.person} has room for {LONGEST_NOTE} characters.")
        if not minutes or what not in CUT_SHORT:
            return Said(what, None, note, amendment)
        if not (minutes.isascii() and minutes.isdigit() and len(minutes) <= 3):
            raise forms.ValidationError(f"Give the minutes of {line.row.person} as a whole number.")
        return Said(what, int(minutes) or None, note, amendment)

    def _given(self, name: str, line: Line) -> str:
        return str(self.data.get(f"{name}-{line.row.pk}", "")).replace("\0", "")

    @property
    def taps(self) -> list[Tap]:
        taps: list[Tap] = self.cleaned_data["taps"]
        return taps


def _uuid(words: str) -> uuid.UUID:
    try:
        return uuid.UUID(words)
    except ValueError as error:
        raise forms.ValidationError(NOT_READ) from error


class WalkInForm(forms.Form):
    """Somebody who came and is not on the list."""

    name = NameField(label="Name")
    email = forms.EmailField(label="E-mail (optional)", required=False)
    school = forms.CharField(label="School", max_length=80, help_text="Name, town, postcode or URN")
    # Of a register that is locked.
    amendment = forms.CharField(label="Why do you change it now?", max_length=200, required=False)

    def clean_school(self) -> School:
        found = list(School.objects.open().matching(self.cleaned_data["school"])[:2])
        if not found:
            raise forms.ValidationError("No school is found by these words. Try its town or postcode.")
        if len(found) > 1:
            raise forms.ValidationError("More than one school is found. Add its town or postcode.")
        return found[0]
