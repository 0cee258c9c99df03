"""Freezing a year, and correcting what was frozen."""

from typing import Any

from django import forms


class FreezeForm(forms.Form):
    """What is frozen stands on the page beside it; of a correction it is asked why."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    note = forms.CharField(
        label="Why are the figures corrected?",
        max_length=300,
        help_text="Stands beside the figures, for everybody who reads them, the board too: name no school.",
        error_messages={"required": "Say why the figures are corrected: whoever reads them is told."},
    )

    def __init__(self, *args: Any, last: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["seen"].initial = last
        if not last:
            self.fields["note"].required = False
            self.fields["note"].label = "A note (optional)"
            self.fields[
                "note"
            ].help_text = "The board reads it too: name no school. For example: as reported on 14 September."
