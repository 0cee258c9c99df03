from django import forms
from django.apps import AppConfig

# What a form says of a field that was left empty and has no sentence of its own: what to do, never "required".
LEFT_EMPTY: dict[type[forms.Field], str] = {
    forms.Field: "Please fill this in.",
    forms.ChoiceField: "Please choose one.",
    forms.ModelChoiceField: "Please choose one.",
    forms.MultipleChoiceField: "Please choose at least one.",
    forms.ModelMultipleChoiceField: "Please choose at least one.",
    forms.BooleanField: "Please tick this to go on.",
    forms.FileField: "Please choose a file.",
}


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People and schools"

    def ready(self) -> None:
        # Here, as the one place for all forms, those of packages too; each field class is read when a field is made.
        for field, words in LEFT_EMPTY.items():
            own = vars(field).get("default_error_messages", {})
            field.default_error_messages = {**own, "required": words}
