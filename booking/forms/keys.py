"""A key for another system: whose it is, what for, what it reads, and until when."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from booking.forms.disclosures import TakeAwayForm


def in_a_year() -> date:
    return timezone.localdate() + timedelta(days=365)


class KeyForm(TakeAwayForm):
    """As for a list that is taken away: to whom, and why; and what may be read."""

    name = forms.CharField(
        label="What is it for?",
        max_length=80,
        help_text="One key for one use, so that it can be taken back alone. For example: dashboard of the trust.",
        error_messages={"required": "Say what the key is for."},
    )
    reads_bookings = forms.BooleanField(label="Bookings: which school, how many, where it stands", required=False)
    reads_attendance = forms.BooleanField(label="Attendance: what registers say", required=False)
    reads_people = forms.BooleanField(
        label="Names and e-mail addresses in both",
        required=False,
        help_text="Without it people are numbers. With it each day’s reading stands under “What was passed on”.",
    )
    ends_on = forms.DateField(
        label="Last day",
        initial=in_a_year,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Two years at most. A key that has run out is made anew.",
        error_messages={
            "required": "Say until when the key opens.",
            "invalid": "That is not a day: 2027-07-21 is one.",
        },
    )
    field_order = ["name", "to", "why", "words", "reads_bookings", "reads_attendance", "reads_people", "ends_on"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["to"].label = "Whose system is it?"
        self.fields["to"].help_text = "A person or an organisation who answers for it: Oakfield Trust, our own office."
        self.fields["to"].error_messages = {"required": "Say whose system it is."}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not (data.get("reads_bookings") or data.get("reads_attendance")):
            self.add_error("reads_bookings", "Say what the key reads: bookings, attendance, or both.")
        return data
