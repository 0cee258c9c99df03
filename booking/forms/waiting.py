"""What staff may do with a booking that waits, or is offered places: each a form of its own, and each says why."""

from typing import Any

from django import forms

from booking.models import Booking


class WhyForm(forms.Form):
    """A reason that stands in the history, and that the school reads."""

    reason = forms.CharField(
        label="Why?",
        max_length=300,
        help_text="The school reads it.",
        error_messages={"required": "Say why: it stands in the history, and the school reads it."},
    )


class OfferForm(WhyForm):
    hours = forms.IntegerField(
        label="Working hours to answer",
        min_value=1,
        max_value=200,
        help_text="8am to 6pm on school days of the school; never past the start.",
        error_messages={"required": "Say how many hours the school has."},
    )

    field_order = ("hours", "reason")

    def __init__(self, *args: Any, booking: Booking, is_first: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["hours"].initial = booking.work_group.offer_hours
        if is_first:
            self.fields["reason"].required = False
            self.fields["reason"].label = "A word to the school (optional)"


class MoveForm(WhyForm):
    number = forms.IntegerField(
        label="To which number in the line?",
        min_value=1,
        error_messages={"required": "Say which number it is to be; 1 is the first."},
    )

    field_order = ("number", "reason")

    def __init__(self, *args: Any, last: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["number"].help_text = f"1 is the first, {last} the last." if last > 1 else "Nobody else waits."
