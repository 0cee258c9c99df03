"""The dates that are about to be added, one row each: everything can still be changed, or left out."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import School
from booking.changing import SessionPlan
from booking.clocktimes import moment
from booking.models import Session, Venue
from booking.reports.proposals import ONLINE, ProposedSession
from booking.typed_dates import read_day

MOST = 60


class DayField(forms.DateField):
    """A day as a browser's picker gives it, or as people write it: a 31 June is refused in a sentence."""

    def __init__(self, *, school_year: int = 0, **options: Any) -> None:
        self.school_year = school_year
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and value.strip():
            return read_day(value, school_year=self.school_year)
        return super().to_python(value)


class ClockField(forms.TimeField):
    def __init__(self, **options: Any) -> None:
        options.setdefault("error_messages", {})["invalid"] = "Give a time such as 13:15."
        super().__init__(widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **options)


class ProposalForm(forms.Form):
    """One date. A row whose tick is taken away is not looked at."""

    take = forms.BooleanField(label="Add it", required=False)
    day = DayField(label="Day", required=False)
    begins = ClockField(label="Begins", required=False)
    ends = ClockField(label="Ends", required=False)
    where = forms.ChoiceField(
        label="Where", required=False, error_messages={"invalid_choice": "Choose a place from the list."}
    )
    title = forms.CharField(label="Title", required=False, max_length=120)

    def __init__(self, *args: Any, places: "Places", school_year: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self.places = places
        self.fields["where"].choices = places.choices  # type: ignore[attr-defined]
        self.fields["day"].school_year = school_year  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("take"):
            self.errors.clear()
            return data
        for name, words in (("day", "the day"), ("begins", "when it begins"), ("ends", "when it ends")):
            if not data.get(name) and name not in self.errors:
                self.add_error(name, f"Give {words}, or take the tick away.")
        if not data.get("where") and "where" not in self.errors:
            self.add_error("where", "Choose where you meet, or online.")
        day, begins, ends = data.get("day"), data.get("begins"), data.get("ends")
        if day and begins and ends:
            for name, clock in (("begins", begins), ("ends", ends)):
                try:
                    data[f"{name}_at"] = moment(day, clock)
                except ValidationError as refusal:
                    self.add_error(name, refusal)
            if ends <= begins:
                self.add_error("ends", "The session must end after it begins.")
        return data

    @property
    def plan(self) -> SessionPlan:
        data = self.cleaned_data
        return SessionPlan(
            title=data["title"],
            starts_at=data["begins_at"],
            ends_at=data["ends_at"],
            mode=Session.Mode.ONLINE if data["where"] == ONLINE else self.places.mode,
            venue=self.places.venue(data["where"]),
        )

    @property
    def host(self) -> School | None:
        """The school that is host for the first time, and has no venue yet."""
        return self.places.school(self.cleaned_data["where"])


class Places:
    """Where a session can be: online, at a venue, or at a school that has none yet; read once for all rows."""

    def __init__(
        self, venues: Sequence[Venue], schools: Sequence[School] = (), *, mode: str = Session.Mode.IN_PERSON
    ) -> None:
        """`schools`: those without a venue. `mode`: how people meet who meet in a room."""
        self.mode = mode
        self._venues = {f"v{one.pk}": one for one in venues}
        self._schools = {f"s{one.pk}": one for one in schools}
        self.choices: list[Any] = [("", "Choose"), (ONLINE, "Online")]
        self.choices += [("Venues", [(key, one.name) for key, one in self._venues.items()])]
        if schools:
            self.choices.append(("Schools, as a new venue", [(key, one.name) for key, one in self._schools.items()]))

    def venue(self, where: str) -> Venue | None:
        return self._venues.get(where)

    def school(self, where: str) -> School | None:
        return self._schools.get(where)

    def la_code(self, where: str) -> str:
        one = self._venues.get(where) or self._schools.get(where)
        return one.la_code if one else ""


ProposalFormSet = forms.formset_factory(ProposalForm, extra=0, max_num=MOST, absolute_max=MOST, validate_max=True)


def initial_of(proposals: Sequence[ProposedSession]) -> list[dict[str, Any]]:
    """What the rows open with."""
    names = ("day", "begins", "ends", "where", "title")
    return [{"take": True, **{name: getattr(one, name) for name in names}} for one in proposals]
