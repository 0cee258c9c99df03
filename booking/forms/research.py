"""Forms about what is tried in class: the task, how it went, what lies beside a session, the lesson that is watched."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import School
from booking import files
from booking.files import CHOOSABLE, LARGEST, MEGABYTE, Taken
from booking.models import Attachment, Comment, LessonRole, LessonStudy, Reflection, ResearchTask

GONE = "Something here has been taken out meanwhile. Load the page again."
SIZES = f"Pictures, PDF, Word, PowerPoint, Excel or OpenDocument, at most {LARGEST // MEGABYTE} MB each."


class FilesInput(forms.FileInput):
    allow_multiple_selected = True

    def __init__(self) -> None:
        super().__init__(attrs={"accept": CHOOSABLE})


class FilesField(forms.FileField):
    """Several files at once, each looked through: what a form hands on is what may be kept."""

    widget = FilesInput

    def __init__(self, *, most: int, **options: Any) -> None:
        super().__init__(required=False, **options)
        self.most = most

    def clean(self, data: Any, initial: Any = None) -> list[Taken]:
        chosen = [one for one in (data if isinstance(data, list | tuple) else [data]) if one]
        if len(chosen) > self.most:
            raise ValidationError(f"At most {self.most} files at a time.")
        taken, refused = [], []
        for upload in chosen:
            try:
                taken.append(files.take_in(upload))
            except ValidationError as refusal:
                refused += refusal.messages
        if refused:
            raise ValidationError(refused)
        return taken


class _Beside(forms.Form):
    """Files and one link more, and which of those that stand there go."""

    link_url = forms.URLField(
        label="A link (optional)",
        required=False,
        max_length=500,
        assume_scheme="https",
        help_text="It begins with https://",
        error_messages={"invalid": "Give the whole address, such as https://example.org/bars."},
    )
    link_title = forms.CharField(label="What the link leads to", required=False, max_length=120)

    def __init__(self, *args: Any, beside: Sequence[Attachment] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.beside = list(beside)
        if beside:
            self.fields["drop"] = drop_field(beside)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        url, title = data.get("link_url", ""), data.get("link_title", "")
        if url and not url.startswith("https://"):
            self.add_error("link_url", "A link begins with https://.")
        if url and not title:
            self.add_error("link_title", "Say in a few words what the link leads to.")
        if title and not url and "link_url" not in self.errors:
            self.add_error("link_url", "Give the address too, or leave both empty.")
        return data

    @property
    def link(self) -> tuple[str, str] | None:
        data = self.cleaned_data
        return (data["link_title"], data["link_url"]) if data["link_url"] else None

    @property
    def dropped(self) -> set[int]:
        return {int(one) for one in self.cleaned_data.get("drop", [])}


def drop_field(beside: Sequence[Attachment]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label="Take out",
        required=False,
        choices=[(one.pk, f"{one.title} ({one.kind_words})") for one in beside],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": GONE},
    )


class TaskForm(_Beside):
    """What is to be tried in class after a session."""

    title = forms.CharField(
        label="What to try, in a few words",
        max_length=60,
        help_text="It stands on the jump of the number line, where anybody can read it.",
        error_messages={"required": "Say in a few words what to try."},
    )
    body = forms.CharField(
        label="What to do",
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text="The group reads it once the session is over. Stars for *slanted* and **strong**, a dash at the "
        "beginning of a line for a list.",
    )
    new_files = FilesField(label="Files (optional)", most=files.MOST_OF_A_TASK, help_text=SIZES)
    copied_from = forms.ModelChoiceField(
        ResearchTask.objects.none(),
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": "This task cannot be taken any more. Choose another from the library."},
    )

    field_order = ["title", "body", "new_files", "link_url", "link_title", "drop"]


class ReflectionForm(forms.Form):
    """How it went: one tap, a few sentences, a photograph of the work."""

    outcome = forms.ChoiceField(
        label="How did it go?",
        choices=Reflection.Outcome.choices,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), "Choose one: tried it, not yet, or stuck."),
    )
    words = forms.CharField(
        label="In a few sentences",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="What pupils said or did, what surprised you, where it stopped. No pupils’ names.",
    )
    new_files = FilesField(
        label="Photos of pupils’ work (optional)",
        most=files.MOST_OF_A_REFLECTION,
        help_text="The work, not the pupils: no faces, no names. Where a photo was taken and with what is removed. "
        f"At most {files.MOST_OF_A_REFLECTION}, each up to {LARGEST // MEGABYTE} MB; PDF and Office files too.",
    )
    shared = forms.ChoiceField(
        label="Who reads it?",
        choices=[("group", "Everybody in our group"), ("lead", "Only who leads the group, and the hub")],
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), "Choose who reads it."),
    )

    field_order = ["outcome", "words", "new_files", "drop", "shared"]

    def __init__(self, *args: Any, kept: Sequence[Attachment] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        if kept:
            self.fields["drop"] = drop_field(kept)
            self.order_fields(self.field_order)

    @property
    def said(self) -> dict[str, Any]:
        """What `research.reflect` wants to know."""
        data = self.cleaned_data
        return {
            "outcome": data["outcome"],
            "words": data["words"],
            "shared": data["shared"] == "group",
            "new_files": data["new_files"],
            "drop": {int(one) for one in data.get("drop", [])},
        }


class CommentForm(forms.ModelForm):
    class Meta:
        model = Comment
        fields = ("words",)
        widgets = {"words": forms.Textarea(attrs={"rows": 2})}
        error_messages = {"words": {"required": "Write a few words first."}}


class MaterialsForm(_Beside):
    """What lies beside a session: slides, handouts, links."""

    new_files = FilesField(label="Files", most=files.MOST_OF_A_SESSION, help_text=SIZES)
    new_at_once = forms.BooleanField(
        label="Open what I add now at once",
        required=False,
        help_text="Else the group sees it when the session is over.",
    )

    field_order = ["new_files", "link_url", "link_title", "new_at_once", "at_once", "drop"]

    def __init__(self, *args: Any, beside: Sequence[Attachment] = (), is_over: bool, **options: Any) -> None:
        super().__init__(*args, beside=beside, **options)
        if is_over:
            del self.fields["new_at_once"]  # all of it is open
        elif beside:
            self.fields["at_once"] = forms.MultipleChoiceField(
                label="Open before the session is over",
                required=False,
                choices=[(one.pk, one.title) for one in beside],
                initial=[one.pk for one in beside if one.at_once],
                widget=forms.CheckboxSelectMultiple,
                error_messages={"invalid_choice": GONE},
            )
        self.order_fields(self.field_order)

    @property
    def at_once(self) -> set[int]:
        return {int(one) for one in self.cleaned_data.get("at_once", [])}


class LessonForm(forms.ModelForm):
    """The lesson that is watched, and what each person does."""

    school = forms.CharField(
        label="Host school (optional)", required=False, max_length=80, help_text="Name, town, postcode or URN"
    )

    class Meta:
        model = LessonStudy
        fields = ("school", "year_group", "question", "plan")
        widgets = {"plan": forms.Textarea(attrs={"rows": 4})}
        help_texts = {
            "year_group": "For example: Year 4, mixed ability. It stands in the invite.",
            "question": "For example: which pupils draw the bar before they calculate?",
            "plan": "Write of “a pupil who…”, never a name.",
        }
        error_messages = {"year_group": {"required": "Say which class or year group."}}

    def __init__(self, *args: Any, people: Sequence[tuple[int, str]] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        lesson: LessonStudy = self.instance
        if lesson.school and not self.is_bound:
            self.initial["school"] = f"{lesson.school.name}, {lesson.school.postcode}"
        said = {one.person_id: one.words for one in lesson.roles.all()} if lesson.pk else {}
        longest = LessonRole._meta.get_field("words").max_length
        self.people = [f"role-{pk}" for pk, _ in people]
        for pk, name in people:
            self.fields[f"role-{pk}"] = forms.CharField(
                label=name,
                required=False,
                max_length=longest,
                initial=said.get(pk, ""),
                widget=forms.TextInput(attrs={"list": "lesson-roles", "autocomplete": "off"}),
            )

    def clean_school(self) -> School | None:
        words = self.cleaned_data["school"]
        kept = self.instance.school
        if not words:
            return None
        if kept and words == f"{kept.name}, {kept.postcode}":
            return kept
        found = list(School.objects.open().matching(words)[:2])
        if not found:
            raise forms.ValidationError("No school is found by these words. Try its town or postcode.")
        if len(found) > 1:
            raise forms.ValidationError("More than one school is found. Add its town or postcode.")
        return found[0]

    @property
    def roles(self) -> dict[int, str]:
        return {int(name.removeprefix("role-")): self.cleaned_data[name] for name in self.people}
