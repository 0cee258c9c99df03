"""Forms of a project's questions: the office's list, and what is answered."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField

from accounts.names import clean_name
from booking.actions.questions import QuestionPlan
from booking.asking import Asked, Given
from booking.models import Question
from booking.models.questions import Lacks, Of, masked

Kind = Question.Kind
SeenBy = Question.SeenBy
MOST = 8
# Between several answers to one question; no answer of a list may hold it.
BETWEEN = "; "
YEARS = ["Nursery", "Reception", *(f"Year {year}" for year in range(1, 14))]
READY_WORDS = {Kind.ROLE: "Role in the school", Kind.YEARS: "Year groups taught", Kind.TRN: "Teacher reference number"}
KEEP, NUMBER = "keep", "number"
# Health is special category data (UK GDPR article 9): it is asked of people themselves, and kept apart from this.
OF_HEALTH = ("health", "medical", "allerg", "dietar", "diet ", "disab", "pregnan", "wheelchair", "illness", "religio")


class QuestionForm(forms.Form):
    """One question of a project; without words and kind nothing is asked."""

    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label="Kind of answer",
        required=False,
        choices=[
            ("", "Choose …"),
            ("Ready-made", [(kind.value, READY_WORDS[kind]) for kind in READY_WORDS]),
            ("Your own", [(kind.value, kind.label) for kind in Kind if kind not in READY_WORDS]),
        ],
    )
    words = forms.CharField(
        label="Question", max_length=150, required=False, help_text="Ready-made ones have their words already."
    )
    hint = forms.CharField(label="Help below it (optional)", max_length=200, required=False)
    choices = forms.CharField(
        label="Answers to choose from, one a line",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="for lists only",
    )
    of = forms.ChoiceField(label="Asked", choices=Of.choices, initial=Of.PERSON)
    seen_by = forms.ChoiceField(
        label="Who reads it, beside the school",
        choices=SeenBy.choices,
        initial=SeenBy.HUB,
        help_text="Told to whoever answers. It can be narrowed later, never widened.",
    )
    required = forms.BooleanField(label="Needs an answer before booking", required=False)
    gone = forms.BooleanField(label="Stop asking this", required=False)

    def clean_words(self) -> str:
        words = self.cleaned_data["words"].strip()
        if any(hint in f"{words.lower()} " for hint in OF_HEALTH):
            raise ValidationError(
                "Do not ask about health, diet or belief here: each person is asked what to arrange, apart from this."
            )
        return clean_name(words) if words else ""

    def clean_choices(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["choices"].splitlines() if line.strip()]
        if any(BETWEEN.strip() in line for line in lines):
            raise ValidationError("Leave semicolons out of the answers.")
        if len(lines) > 20 or any(len(line) > 60 for line in lines):
            raise ValidationError("Give at most 20 answers, each of at most 60 characters.")
        return list(dict.fromkeys(lines))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        kind = data.get("kind")
        if data.get("gone") or "words" in self.errors:
            return data
        if data.get("words") and not kind:
            self.add_error("kind", "Say what kind of answer it takes.")
        if kind and not data.get("words"):
            if kind in READY_WORDS:
                data["words"] = READY_WORDS[Kind(kind)]
            else:
                self.add_error("words", "Write the question.")
        if kind in (Kind.ONE, Kind.SOME) and not data.get("choices") and "choices" not in self.errors:
            self.add_error("choices", "Give the answers to choose from.")
        if kind in READY_WORDS and data.get("of") == Of.BOOKING:
            self.add_error("of", "This is asked of each person.")
        if kind == Kind.TRN and data.get("seen_by") != SeenBy.HUB:
            self.add_error("seen_by", "Teacher reference numbers are for the hub’s office alone.")
        return data

    @property
    def plan(self) -> QuestionPlan | None:
        data = self.cleaned_data
        if not data.get("kind") or data.get("gone"):
            return None
        listed = data["choices"] if data["kind"] in (Kind.ONE, Kind.SOME) else []
        return QuestionPlan(
            kind=data["kind"],
            words=data["words"],
            of=data["of"],
            seen_by=data["seen_by"],
            required=data["required"],
            hint=data["hint"],
            choices=listed,
            pk=data["pk"],
        )

    @property
    def is_used(self) -> bool:
        return bool(self["kind"].value() or self["words"].value())


def initial_of(questions: Sequence[Question]) -> list[dict[str, Any]]:
    """What the rows of the office open with."""
    names = ("pk", "kind", "words", "hint", "of", "seen_by", "required")
    return [{name: getattr(one, name) for name in names} | {"choices": "\n".join(one.choices)} for one in questions]


QuestionFormSet = forms.formset_factory(QuestionForm, extra=MOST, max_num=MOST, validate_max=True)


class AnswersForm(forms.Form):
    """The questions put to a booking and to each person in it. `must`: what needs an answer is not left out.

    A number that is masked is never written into the page: what is known can be kept as it is.
    """

    def __init__(self, *args: Any, asked: Sequence[Asked], must: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.asked = asked
        for one in asked:
            for question in one.questions:
                self._add(one, question, must=must)

    def _add(self, one: Asked, question: Question, *, must: bool) -> None:
        known, name = one.known.get(question.pk, Given(question.pk)), _name(one, question)
        hint = " ".join(filter(None, [question.hint, question.seen_words]))
        required = must and question.required
        common = {
            "label": question.words if required or not must else f"{question.words} (optional)",
            "required": required,
            "help_text": hint,
            "error_messages": {"required": f"Answer this for {one.title}."},
        }
        self.fields[name] = _field(question, known, common)
        if question.kind == Kind.TRN:
            self.fields[f"{name}-number"] = forms.CharField(
                label="The number", required=False, max_length=16, widget=forms.TextInput({"inputmode": "numeric"})
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for one in self.asked:
            for question in one.questions:
                name = _name(one, question)
                if question.kind == Kind.TRN and data.get(name) == NUMBER:
                    number = "".join(filter(str.isalnum, data.get(f"{name}-number") or "")).upper()
                    number = number.removeprefix("RP")  # as on older letters: RP 12/34567
                    if len(number) != 7 or not number.isdecimal() or not number.isascii() or number == "0000000":
                        self.add_error(f"{name}-number", "A teacher reference number has seven digits, as in 1234567.")
                    data[f"{name}-number"] = number
        return data

    def sections(self) -> Iterator[tuple[str, list[tuple[BoundField, BoundField | None]]]]:
        """For the template: whom, and the fields; beside a teacher's number the field in which it is written."""
        for one in self.asked:
            names = [_name(one, question) for question in one.questions]
            yield (
                one.title,
                [(self[name], self[f"{name}-number"] if f"{name}-number" in self.fields else None) for name in names],
            )

    @property
    def given(self) -> dict[str, list[Given]]:
        """What was answered, by the key of whom."""
        return {one.key: [self._given(one, question) for question in one.questions] for one in self.asked}

    def _given(self, one: Asked, question: Question) -> Given:
        name, pk = _name(one, question), question.pk
        value = self.cleaned_data.get(name)
        if question.kind == Kind.TRN:
            if value == KEEP:
                return one.known[pk]
            if value == NUMBER:
                return Given(pk, self.cleaned_data[f"{name}-number"])
            return Given(pk, lacks=value or "")
        words = BETWEEN.join(value) if isinstance(value, list) else "" if value is None else str(value).strip()
        return Given(pk, words)


def _name(one: Asked, question: Question) -> str:
    return f"q{question.pk}-{one.key}"


def _field(question: Question, known: Given, common: dict[str, Any]) -> forms.Field:
    listed = question.choices
    match question.kind:
        case Kind.TRN:
            keep = [(KEEP, f"As we hold it: {masked(known.words)}")] if known.words else []
            choices = [("", "Choose …"), *keep, (NUMBER, "I give the number below"), *Lacks.choices]
            return forms.ChoiceField(choices=choices, initial=KEEP if keep else known.lacks, **common)
        case Kind.YEARS | Kind.SOME:
            options = [(words, words) for words in (YEARS if question.kind == Kind.YEARS else listed)]
            return forms.MultipleChoiceField(
                choices=options,
                initial=known.words.split(BETWEEN) if known.words else [],
                widget=forms.CheckboxSelectMultiple,
                **common,
            )
        case Kind.ONE | Kind.YES_NO:
            options = [(words, words) for words in (["Yes", "No"] if question.kind == Kind.YES_NO else listed)]
            return forms.ChoiceField(choices=options, initial=known.words, widget=forms.RadioSelect, **common)
        case Kind.NUMBER:
            return forms.IntegerField(min_value=0, max_value=100_000, initial=known.words or None, **common)
        case Kind.LONG:
            area = forms.Textarea(attrs={"rows": 3})
            return forms.CharField(max_length=600, initial=known.words, widget=area, **common)
        case _:
            return forms.CharField(max_length=200, initial=known.words, **common)
