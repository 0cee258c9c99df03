"""Forms about certificates."""

from django import forms


class RevokeForm(forms.Form):
    reason = forms.CharField(
        label="Why it is revoked",
        max_length=200,
        help_text="Read by the hub and by who leads the group. Whoever checks the certificate reads only that it no "
        "longer holds.",
    )
