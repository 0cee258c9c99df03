"""Forms about people and schools."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest

from accounts.models import Membership, NewsItem, Suppression, User
from accounts.names import clean_name
from accounts.newsletter import PHASES


class NameField(forms.CharField):
    """A person's name: no links, no hidden characters."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 100)
        super().__init__(**options)

    def clean(self, value: Any) -> str:
        cleaned: str = super().clean(value)
        return clean_name(cleaned) if cleaned else cleaned


class SignupForm(forms.Form):
    """What sign-up asks beyond e-mail and password; allauth builds its own form on this one."""

    name = NameField(label="Your name", widget=forms.TextInput(attrs={"autocomplete": "name"}))
    field_order = ("name", "email", "password1")

    def signup(self, request: HttpRequest, user: User) -> None:
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])
        # Who asked to be forgotten, and comes back of their own accord, may be written to again.
        Suppression.objects.of_address(user.email or "").delete()


class SchoolSearchForm(forms.Form):
    q = forms.CharField(
        label="Find your school",
        help_text="Name, town, postcode or URN",
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "spellcheck": "false"}),
    )


class JoinForm(forms.Form):
    """Which part a person takes in a school they ask to join."""

    role = forms.ChoiceField(
        label="What will you do here?",
        choices=[
            (Membership.Role.LEAD, "Book places for my school"),
            (Membership.Role.TEACHER, "Take part myself; a colleague books"),
        ],
        initial=Membership.Role.LEAD,
        widget=forms.RadioSelect,
    )
    job = forms.CharField(
        label="Your role in school (optional)",
        max_length=60,
        required=False,
        help_text="For example: maths lead, Year 4 teacher, teaching assistant",
    )


class MeForm(forms.Form):
    """What a person corrects about themselves."""

    name = NameField(label="Your name")
    job = forms.CharField(label="Your role in school (optional)", max_length=60, required=False)


class ComplaintForm(forms.Form):
    """A complaint about personal data; anybody may make one."""

    name = NameField(label="Your name")
    email = forms.EmailField(label="Your e-mail", help_text="We write to it with a number, and with what came of it.")
    words = forms.CharField(label="What happened?", max_length=4000, widget=forms.Textarea(attrs={"rows": 8}))
    # People do not see this field; programs fill it in.
    website = forms.CharField(required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}))


class AnswerForm(forms.Form):
    """The hub's notes on a complaint, and what came of it."""

    notes = forms.CharField(
        label="Notes for the hub", max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 5})
    )
    outcome = forms.CharField(
        label="What came of it",
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Mailed to who complained when you close it.",
    )


class PageForm(forms.Form):
    text = forms.CharField(
        label="The words of the page",
        max_length=40_000,
        widget=forms.Textarea(attrs={"rows": 24}),
        help_text="Markdown",
    )


class NewsForm(forms.ModelForm):
    class Meta:
        model = NewsItem
        fields = ("title", "dated_on", "text")
        labels = {"dated_on": "Date", "text": "What is new"}
        help_texts = {"text": "Markdown", "dated_on": "A day to come keeps it back until then."}
        widgets = {
            "dated_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "text": forms.Textarea(attrs={"rows": 12}),
        }


class TopicsForm(forms.Form):
    """What somebody wants to read about; nothing ticked is everything."""

    phases = forms.MultipleChoiceField(
        label="Phases", required=False, choices=[*PHASES.items()], widget=forms.CheckboxSelectMultiple
    )
    authorities = forms.MultipleChoiceField(
        label="Where sessions are held",
        required=False,
        choices=[*settings.HUB_AUTHORITIES.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text="Sessions online are for everybody.",
    )


class NewsletterForm(TopicsForm):
    email = forms.EmailField(label="Your e-mail")
    field_order = ("email", "phases", "authorities")
