"""What should we arrange? Asked of the person, in their own words."""

from django import forms

from booking.models.needs import WORDING


class NeedForm(forms.Form):
    access = forms.CharField(
        label="To take part (optional)",
        max_length=300,
        required=False,
        help_text="For example: a step-free way in, large print, somewhere to pray. No reason is needed.",
    )
    food = forms.CharField(label="To eat and drink (optional)", max_length=300, required=False)
    contact_me = forms.BooleanField(label="Please ask me instead", required=False)
    agreed = forms.BooleanField(label=WORDING, required=False)
