"""Forms about somebody else coming: for good, for some sessions, or while a colleague is away."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import User
from booking.actions.colleagues import Meanwhile
from booking.forms.places import LATER, NameForm
from booking.models import Attendance, Part, Place, WorkGroup
from booking.models.places import Reason
from booking.templatetags.words import clock_range, day

KEEP, GIVE_UP = "keep", "give_up"
COVERS, TAKES_OVER = "covers", "takes_over"


class TakeOverPlaceForm(NameForm):
    """Who has the place, and from which session on: a colleague, or a name to follow."""

    may_follow = True

    first = forms.TypedChoiceField(label="From which session on?", coerce=int, empty_value=None)

    field_order = ("first", "who", "name", "email")

    def __init__(self, *args: Any, rows: Sequence[Attendance], **options: Any) -> None:
        super().__init__(*args, **options)
        self._next: int | None = None
        if rows:
            self.fields["first"].choices = session_choices(rows)  # type: ignore[attr-defined]
            self.fields["first"].initial = rows[0].session_id
            self.fields["first"].required = False  # the next one is meant
            self._next = rows[0].session_id
        else:
            del self.fields["first"]

    @property
    def since(self) -> int | None:
        """The session from which on it is theirs; None: from the next, as for a name to follow by itself."""
        first: int | None = self.cleaned_data.get("first") or None
        return None if self.cleaned_data["who"] == LATER and first == self._next else first


class SendForm(NameForm):
    """Who comes instead, and to which of the coming sessions."""

    sessions = forms.TypedMultipleChoiceField(
        label="To which sessions?",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one session."},
    )

    field_order = ("sessions", "who", "name", "email")

    def __init__(self, *args: Any, rows: Sequence[Attendance], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["sessions"].choices = session_choices(rows)  # type: ignore[attr-defined]


def session_choices(rows: Sequence[Attendance]) -> list[tuple[int, str]]:
    return [(row.session_id, f"{day(row.session.starts_at)}, {clock_range(row.session)}") for row in rows]


class ReasonForm(forms.Form):
    reason = forms.ChoiceField(
        label="Why?",
        choices=Reason.choices,
        widget=forms.RadioSelect,
        help_text="Seen by the person, by whoever books for your school, and by the hub.",
        error_messages={"required": "Choose a reason."},
    )


class ApologiesForm(forms.Form):
    """Why a colleague cannot come to one session; nobody has to say."""

    reason = forms.ChoiceField(
        label="Why? (optional)",
        choices=[("", "Not said"), *Reason.choices],
        required=False,
        help_text="Seen by the person, by whoever books for your school, and by the hub.",
    )


class AsPartForm(forms.Form):
    """As which part of the group somebody comes."""

    part = forms.ModelChoiceField(Part.objects.none(), label="Part", required=False, empty_label="None in particular")

    def __init__(self, *args: Any, work_group: WorkGroup, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["part"].queryset = work_group.parts.all()  # type: ignore[attr-defined]


class NobodyComesForm(ReasonForm):
    """On which days nobody of a school can come."""

    days = forms.TypedMultipleChoiceField(
        label="On which days?",
        coerce=date.fromisoformat,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one day."},
    )

    field_order = ("days", "reason")

    def __init__(self, *args: Any, rows: Sequence[Attendance], **options: Any) -> None:
        super().__init__(*args, **options)
        groups: dict[date, set[str]] = {}
        for row in rows:
            groups.setdefault(timezone.localdate(row.session.starts_at), set()).add(row.session.work_group.title)
        choices = [(on.isoformat(), f"{day(on)}: {', '.join(sorted(titles))}") for on, titles in groups.items()]
        self.fields["days"].choices = choices  # type: ignore[attr-defined]
        # A whole school leaves no school; who has left is taken out on the page of its people.
        reasons = [choice for choice in Reason.choices if choice[0] != Reason.LEFT]
        self.fields["reason"].choices = reasons  # type: ignore[attr-defined]


class ColleagueForm(forms.Form):
    """Which colleague somebody sends in their own stead, for one session."""

    who = forms.ChoiceField(label="Which colleague?", error_messages={"required": "Choose a colleague."})

    def __init__(self, *args: Any, colleagues: Sequence[User], **options: Any) -> None:
        super().__init__(*args, **options)
        people = [(str(person.pk), person.name) for person in colleagues]
        self.fields["who"] = forms.ChoiceField(
            label="Which colleague?",
            choices=[("", "Choose …"), *people],
            error_messages={"required": "Choose a colleague."},
        )


class TransferForm(forms.Form):
    """Which group beside its own a booking moves to."""

    to = forms.ModelChoiceField(
        WorkGroup.objects.none(),
        label="To which group?",
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a group."},
    )

    def __init__(self, *args: Any, groups: Sequence[WorkGroup], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["to"].queryset = WorkGroup.objects.filter(pk__in=[group.pk for group in groups])  # type: ignore[attr-defined]


class AwayForm(forms.Form):
    """On leave from one day to another; a last day is not always known."""

    first = forms.DateField(label="First day away", widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(
        label="Last day away (leave it empty if you do not know yet)",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if isinstance(first, date) and isinstance(last, date) and last < first:
            self.add_error("last", "The last day away must not be before the first.")
        elif isinstance(last, date) and last < timezone.localdate():
            self.add_error("last", "That is over already. Leave this page if nobody is away.")
        return data


class MeanwhileForm(forms.Form):
    """For each coming place of somebody who is away: kept, covered meanwhile, taken over, or given up."""

    def __init__(self, *args: Any, places: Sequence[Place], colleagues: Sequence[User], **options: Any) -> None:
        super().__init__(*args, **options)
        self.places = places
        covers = [(f"{COVERS}-{one.pk}", f"{one.name} comes meanwhile") for one in colleagues]
        takes_over = [(f"{TAKES_OVER}-{one.pk}", f"{one.name} takes it over") for one in colleagues]
        choices: list[Any] = [(KEEP, "Keeps the place; apologies while away")]
        if covers:
            choices.append(("While they are away", covers))
        choices.append(("For good, from the next session on", [*takes_over, (LATER, "A name to follow takes it over")]))
        choices.append((GIVE_UP, "The place is given up"))
        for place in places:
            self.fields[f"place_{place.pk}"] = forms.ChoiceField(
                label=str(place.work_group), choices=choices, initial=KEEP
            )

    @property
    def meanwhile(self) -> Meanwhile:
        chosen = {place.pk: self.cleaned_data[f"place_{place.pk}"].partition("-") for place in self.places}
        return Meanwhile(
            covered_by={pk: int(who) for pk, (what, _, who) in chosen.items() if what == COVERS},
            taken_over_by={
                pk: int(who) if who else None for pk, (what, _, who) in chosen.items() if what in (TAKES_OVER, LATER)
            },
            given_up=[pk for pk, (what, _, _) in chosen.items() if what == GIVE_UP],
        )
