"""Forms of what people say afterwards, of what a project asks, and of the report of who leads a group."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.names import clean_name
from booking.actions.evaluation import EvaluationPlan
from booking.models import EvaluationQuestion, GroupReport

Kind = EvaluationQuestion.Kind
MOST = 12
SPARE = 2


class SayForm(forms.Form):
    """The questions of one asking; none of them has to be answered, and one at least is."""

    def __init__(self, *args: Any, questions: Sequence[Mapping[str, Any]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.questions = questions
        for number, question in enumerate(questions):
            self.fields[f"q{number}"] = _field(question)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not any((data.get(name) or "").strip() for name in self.fields):
            raise ValidationError("Answer at least one question.")
        return data

    @property
    def given(self) -> dict[int, str]:
        """What was answered, by the number of the question."""
        return {number: self.cleaned_data.get(f"q{number}") or "" for number in range(len(self.questions))}


def _field(question: Mapping[str, Any]) -> forms.Field:
    if question["kind"] == Kind.WORDS:
        area = forms.Textarea(attrs={"rows": 3})
        return forms.CharField(label=f"{question['words']} (optional)", required=False, max_length=1000, widget=area)
    choices = [(words, words) for words in question["choices"]]
    return forms.ChoiceField(label=question["words"], required=False, choices=choices, widget=forms.RadioSelect)


class EvaluationQuestionForm(forms.Form):
    """One question of a project's evaluation; a row without words asks nothing."""

    place = forms.IntegerField(label="Order", required=False, min_value=1, max_value=99)
    kind = forms.ChoiceField(label="Kind of answer", choices=Kind.choices, required=False)
    words = forms.CharField(label="Question", max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    choices = forms.CharField(
        label="Answers to choose from, one a line",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="For a list only; from best to worst, so that the bars read from left to right.",
    )
    gone = forms.BooleanField(label="Stop asking this", required=False)

    def clean_words(self) -> str:
        words = " ".join(self.cleaned_data["words"].split())
        return clean_name(words) if words else ""

    def clean_choices(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["choices"].splitlines() if line.strip()]
        if len(lines) > 8 or any(len(line) > 60 for line in lines):
            raise ValidationError("Give at most 8 answers, each of at most 60 characters.")
        return list(dict.fromkeys(lines))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("words") and not data.get("kind"):
            self.add_error("kind", "Say what kind of answer it takes.")
        is_list = data.get("words") and data.get("kind") == Kind.CHOICE and not data.get("gone")
        if is_list and len(data.get("choices") or []) < 2 and "choices" not in self.errors:
            self.add_error("choices", "Give at least two answers to choose from.")
        return data

    @property
    def plan(self) -> EvaluationPlan | None:
        data = self.cleaned_data
        if not data.get("words") or data.get("gone"):
            return None
        return EvaluationPlan(data["kind"], data["words"], data["choices"] if data["kind"] == Kind.CHOICE else [])


EvaluationFormSet = forms.formset_factory(EvaluationQuestionForm, extra=SPARE, max_num=MOST, validate_max=True)


def plans_of(forms_: Sequence[EvaluationQuestionForm]) -> list[EvaluationPlan]:
    """What is asked, in the order the office wants; a row without a number stays behind the one before it."""
    placed, last = [], 0
    for form in forms_:
        last = form.cleaned_data.get("place") or last
        if form.plan is not None:
            placed.append((last, form.plan))
    return [plan for _, plan in sorted(placed, key=lambda one: one[0])]


def initial_of(questions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the office's rows open with: the questions that are asked now, numbered."""
    return [
        {
            "place": number,
            "kind": one["kind"],
            "words": one["words"],
            "choices": "\n".join(one["choices"]) if one["kind"] == Kind.CHOICE else "",
        }
        for number, one in enumerate(questions, start=1)
    ]


class ReportForm(forms.ModelForm):
    """Five boxes, in the words of whoever leads the group."""

    # The revision that the page showed; an older one overwrites nothing.
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = GroupReport
        fields = ("tried", "teachers", "pupils", "next", "quotation", "may_quote")
        labels = {
            "tried": "What we tried",
            "teachers": "What changed for teachers",
            "pupils": "What changed for pupils",
            "next": "What comes next",
            "quotation": "A quotation",
            "may_quote": "Whoever said it agrees to be quoted",
        }
        help_texts = {
            "tried": "The idea of the group, and what was done in class between the sessions.",
            "teachers": "What they know, plan or ask now that they did not before. How do you know?",
            "pupils": "What they say, draw or do. No names of pupils, please.",
            "next": "What schools go on with, and what you would do differently.",
            "quotation": "One sentence that somebody said or wrote. Ask them first, and name nobody.",
            "may_quote": "Without the tick it stays between you and the hub’s office.",
        }
        widgets = {
            **{name: forms.Textarea(attrs={"rows": 5}) for name in ("tried", "teachers", "pupils", "next")},
            "quotation": forms.Textarea(attrs={"rows": 3}),
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not (data.get("quotation") or "").strip():
            data["may_quote"] = False  # it is typed box by box: a tick before the words says nothing yet
        return data

    @property
    def boxes(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in GroupReport.BOXES}
