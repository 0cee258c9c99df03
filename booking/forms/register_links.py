"""Giving a colleague the link to one register."""

from django import forms

from accounts.forms import NameField


class RegisterLinkForm(forms.Form):
    name = NameField(label="Who takes the register?")
    email = forms.EmailField(label="Their e-mail address", help_text="The link goes there at once.")
