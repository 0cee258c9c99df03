"""Forms of what people write: letters to a group, newsletters, how they want their mail, and who else is told."""

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from booking.forms.programme import DateTimeField
from booking.models import WorkGroup
from booking.templatetags.words import day_short
from notifications.models import Choice, Issue, Letter, Type
from notifications.readers import Whom, audiences_of
from notifications.webhooks import reaching
from notifications.words import check

Audience = Letter.Audience


class LetterForm(forms.Form):
    """To whom, and what; one choice says it all, so that nothing depends on another field."""

    whom = forms.ChoiceField(label="To whom")
    subject = forms.CharField(label="Subject", max_length=150)
    body = forms.CharField(
        label="What you write",
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text="An empty line begins a paragraph. You can use Markdown: **bold**, - lists, [words](https://a-link).",
    )
    key = forms.UUIDField(widget=forms.HiddenInput, error_messages={"invalid": "Please begin this letter anew."})

    def __init__(self, *args: Any, work_group: WorkGroup, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["key"].initial = uuid.uuid4()
        sessions, schools = audiences_of(work_group)
        self._sessions = {session.pk: session for session in sessions}
        self._schools = {school.pk: school for school in schools}
        one_by_one: list[tuple[str, Any]] = [
            ("", "Choose"),
            (Audience.EVERYONE, Audience.EVERYONE.label),
            (Audience.LEADS, Audience.LEADS.label),
        ]
        for session in sessions:
            named = f"to session {session.number}, {day_short(session.starts_at)}"
            both = [(f"{one}:{session.pk}", f"{one.label} {named}") for one in (Audience.CAME, Audience.MISSED)]
            one_by_one += both
        if schools:
            one_by_one.append(("One school", [(f"school:{school.pk}", str(school)) for school in schools]))
        self.fields["whom"].choices = one_by_one  # type: ignore[attr-defined]  # a ChoiceField

    def clean_whom(self) -> Whom:
        audience, _, number = self.cleaned_data["whom"].partition(":")
        pk = int(number or 0)
        return Whom(
            audience,
            session=self._sessions.get(pk) if audience in (Audience.CAME, Audience.MISSED) else None,
            school=self._schools.get(pk) if audience == Audience.SCHOOL else None,
        )

    def clean_subject(self) -> str:
        return " ".join(self.cleaned_data["subject"].split())


class IssueForm(forms.ModelForm):
    class Meta:
        model = Issue
        fields = ("subject", "body")
        widgets = {"body": forms.Textarea(attrs={"rows": 18})}
        help_texts = {
            "body": "Markdown. On a line of its own, {open} becomes the groups that are open for booking, and {new} "
            "those published since the last newsletter; each reader gets those that they read about."
        }


class MomentForm(forms.Form):
    """When a newsletter is to go."""

    due_at = DateTimeField(label="Day and time", required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "due_at" in data and data["due_at"] is None:
            raise ValidationError({"due_at": "Choose the day and the time at which it is to go."})
        return data


class ChoicesForm(forms.Form):
    """How each family of mails comes."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        how = [("", "Each as it comes"), *Choice.How.choices]
        for family in Choice.Family:
            self.fields[family] = forms.ChoiceField(
                label=family.label, choices=how, required=False, widget=forms.RadioSelect
            )


class PauseForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=200, help_text="Readers see it beside mails that are kept back.")


class WordingForm(forms.Form):
    """A subject and one paragraph, in which only the names of this kind may stand."""

    subject = forms.CharField(label="Subject", max_length=150)
    paragraph = forms.CharField(
        label="Paragraph",
        max_length=1500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="You can use Markdown: **bold**, [words](https://a-link).",
    )

    def __init__(self, *args: Any, kind: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.kind = kind

    def clean_subject(self) -> str:
        return check(self.kind, self.cleaned_data["subject"])

    def clean_paragraph(self) -> str:
        return check(self.kind, self.cleaned_data["paragraph"])


class WebhookForm(forms.Form):
    """Another system: what it is for, where it listens, what it is told of."""

    name = forms.CharField(label="What it is for", max_length=100, help_text="Such as “The trust's dashboard”.")
    url = forms.CharField(
        label="Its address",
        max_length=reaching.LONGEST,
        help_text="Where it takes messages. It begins with https://",
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    types = forms.MultipleChoiceField(
        label="What it is told of",
        choices=[(one.value, f"{one.label} ({one.value})") for one in Type if one != Type.TEST],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one thing that it is told of."},
    )

    def clean_url(self) -> str:
        """The machine is looked for here, since an action holds the database while it runs."""
        url = str(self.cleaned_data["url"])
        try:
            reaching.look_up(reaching.take_apart(url))
        except reaching.ReachError as error:
            raise ValidationError(str(error)) from error
        return url
