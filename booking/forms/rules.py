"""The form of a group's rules: each off, a warning, or in the way; with what it speaks of."""

from typing import Any

from django import forms
from django.conf import settings

from booking.actions.rules import RulePlan
from booking.models import EligibilityRule, Project

Kind = EligibilityRule.Kind
OFF, WARNS, BLOCKS = "", "warns", "blocks"


class RulesForm(forms.Form):
    authorities = forms.MultipleChoiceField(
        label="Which authorities?", required=False, widget=forms.CheckboxSelectMultiple
    )
    roles = forms.CharField(
        label="Which roles?",
        required=False,
        max_length=300,
        help_text="Words of it, with commas between: maths lead, ECT, teaching assistant",
    )
    projects = forms.ModelMultipleChoiceField(
        Project.objects.all(), label="Which project?", required=False, help_text="One of them is enough."
    )

    # What goes with which rule.
    SPEAKS_OF = {Kind.AUTHORITY: "authorities", Kind.ROLE: "roles", Kind.PREREQUISITE: "projects"}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["authorities"].choices = list(settings.HUB_AUTHORITIES.items())  # type: ignore[attr-defined]
        for kind in Kind:
            self.fields[kind.value] = forms.ChoiceField(
                label=kind.label,
                required=False,
                choices=[(OFF, "Anybody"), (WARNS, "Others are warned"), (BLOCKS, "Others must ask the hub")],
            )

    @staticmethod
    def initial_of(rules: list[EligibilityRule]) -> dict[str, Any]:
        initial: dict[str, Any] = {rule.kind: BLOCKS if rule.blocks else WARNS for rule in rules}
        for rule in rules:
            match rule.kind:
                case Kind.AUTHORITY:
                    initial["authorities"] = rule.values
                case Kind.ROLE:
                    initial["roles"] = ", ".join(rule.values)
                case Kind.PREREQUISITE:
                    initial["projects"] = rule.values
        return initial

    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField | None]]:
        """Each rule with the field for what it speaks of."""
        return [(self[kind.value], self[self.SPEAKS_OF[kind]] if kind in self.SPEAKS_OF else None) for kind in Kind]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for kind, name in self.SPEAKS_OF.items():
            if data.get(kind.value) and not data.get(name) and name not in self.errors:
                self.add_error(name, "Say which, or choose “Anybody”.")
        return data

    @property
    def plans(self) -> dict[str, RulePlan]:
        data = self.cleaned_data
        values: dict[Kind, tuple[str | int, ...]] = {
            Kind.AUTHORITY: tuple(data["authorities"]),
            Kind.ROLE: tuple(words.strip() for words in data["roles"].split(",") if words.strip()),
            Kind.PREREQUISITE: tuple(project.pk for project in data["projects"]),
        }
        wanted = {kind: data[kind.value] for kind in Kind if data[kind.value]}
        return {kind.value: RulePlan(how == BLOCKS, values.get(kind, ())) for kind, how in wanted.items()}
