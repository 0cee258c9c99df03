"""Dates by a rule, or pasted from a spreadsheet: what is asked before each date is shown."""

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from accounts.schoolyear import school_year_of
from booking.forms.proposals import ONLINE, ClockField, DayField
from booking.models import Venue, WorkGroup
from booking.recurring import MOST, DateRule, Every, Meets, days_by
from booking.reports.pasted import Pasted, read_pasted
from booking.reports.proposals import Host, ProposedSession, in_turn
from booking.reports.venue_names import VenueNames
from booking.schooldays import authority_names
from booking.terms import Terms
from booking.typed_dates import WEEKDAY_NAMES

ORDINALS = {1: "First", 2: "Second", 3: "Third", 4: "Fourth", -1: "Last"}
WEEKS = {1: "Every", 2: "Every second", 3: "Every third", 4: "Every fourth", 5: "Every fifth", 6: "Every sixth"}
OFTEN = [
    ("Counted in weeks", [(f"w{many}", words) for many, words in WEEKS.items()]),
    ("Of each month", [(f"m{nth}", f"{words} … of each month") for nth, words in ORDINALS.items()]),
    ("Of each half term", [(f"h{nth}", f"{words} … of each half term") for nth, words in ORDINALS.items()]),
]
EVERY = {"w": Every.WEEKS, "m": Every.MONTH, "h": Every.HALF_TERM}
ALL = "all"
NO_TERMS = "The term dates of {} are not entered for this year, so that half terms are not known. Enter them first."


class Where:
    VENUE, TURNS, MEMBERS, ONLINE = "venue", "turns", "members", ONLINE
    CHOICES = (
        (VENUE, "At one venue"),
        (TURNS, "At venues that take turns"),
        (MEMBERS, "At each member school in turn"),
        (ONLINE, "Online"),
    )


class RuleForm(forms.Form):
    """“Every third Tuesday 1.15pm to 4pm from 22 September, six times, skipping holidays.”"""

    often = forms.ChoiceField(label="How often", choices=OFTEN, initial="w3")
    weekday = forms.TypedChoiceField(
        label="On", coerce=int, choices=list(enumerate(WEEKDAY_NAMES[:5])), initial=1, empty_value=None
    )
    first = DayField(label="From", error_messages={"required": "Give the day from which on dates are looked for."})
    times = forms.IntegerField(
        label="How many times",
        min_value=1,
        max_value=MOST,
        initial=6,
        error_messages={
            "required": "Say how many sessions, such as 6.",
            "max_value": f"At most {MOST} sessions can be added at once.",
        },
    )
    begins = ClockField(label="Begins", error_messages={"required": "Say when it begins."})
    ends = ClockField(label="Ends", error_messages={"required": "Say when it ends."})
    holidays = forms.ChoiceField(label="A date in the holidays", choices=Meets, initial=Meets.LEAVE_OUT)
    authority = forms.ChoiceField(label="Whose holidays", initial=ALL)
    place = forms.ChoiceField(label="Where", choices=Where.CHOICES, initial=Where.VENUE, widget=forms.RadioSelect)
    venue = forms.ModelChoiceField(Venue.objects.none(), label="Venue", required=False, empty_label="Choose")
    turns = forms.CharField(
        label="Venues that take turns",
        required=False,
        max_length=2000,
        help_text="One a line, in the order of their turns. A part of the name is enough.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    hybrid = forms.BooleanField(label="People may join online too", required=False)
    title = forms.CharField(
        label="Title of each (optional)", required=False, max_length=120, help_text="You can change each one next."
    )

    def __init__(self, *args: Any, work_group: WorkGroup, names: VenueNames, hosts: list[Host], **options: Any) -> None:
        super().__init__(*args, **options)
        self.work_group, self.names, self.hosts = work_group, names, hosts
        self.fields["venue"].queryset = Venue.objects.order_by("name", "pk")  # type: ignore[attr-defined]
        self.fields["first"].school_year = work_group.year  # type: ignore[attr-defined]
        known = authority_names(settings.HUB_AUTHORITIES)
        self.fields["authority"].choices = [(ALL, "Of all our authorities"), *known.items()]  # type: ignore[attr-defined]
        self.proposals: list[ProposedSession] = []

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("begins") and data.get("ends") and data["ends"] <= data["begins"]:
            self.add_error("ends", "The session must end after it begins.")
        where = self._where(data)
        if self.errors:
            return data
        codes = list(settings.HUB_AUTHORITIES) if data["authority"] == ALL else [data["authority"]]
        terms = Terms()

        def is_open(day: date) -> bool:
            return all(terms.of(code, school_year_of(day)).is_school_day(day) for code in codes)

        rule = DateRule(
            first=data["first"],
            weekday=data["weekday"],
            times=data["times"],
            every=EVERY[data["often"][0]],
            weeks=int(data["often"][1:]),
            nth=int(data["often"][1:]),
            holidays=data["holidays"],
        )
        if rule.every == Every.HALF_TERM and not terms.of(codes[0], self.work_group.year).is_known:
            raise ValidationError(NO_TERMS.format(authority_names([codes[0]])[codes[0]]))
        days = days_by(rule, is_open, lambda year: terms.of(codes[0], year))
        self.proposals = in_turn(days, data["begins"], data["ends"], where, data["title"])
        return data

    def _where(self, data: dict[str, Any]) -> list[str]:
        """The places that take turns; of one, that one."""
        place = data.get("place")
        if place == Where.ONLINE:
            return [ONLINE]
        if place == Where.MEMBERS:
            if not self.hosts:
                self.add_error("place", "No school has places in this group yet. Name venues that take turns instead.")
            return [one.where for one in self.hosts]
        if place == Where.TURNS:
            return self._turns(data.get("turns", ""))
        if place == Where.VENUE and not data.get("venue") and "venue" not in self.errors:
            self.add_error("venue", "Choose where you meet, or meet online.")
        return [f"v{data['venue'].pk}"] if data.get("venue") else []

    def _turns(self, text: str) -> list[str]:
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if not lines:
            self.add_error("turns", "Name the venues, one a line.")
        where = []
        for line in lines:
            found = self.names.find(line)
            if found is None:
                self.add_error("turns", f"“{line[:60]}” is no venue that we know.")
            elif not found.sure:
                self.add_error("turns", f"“{line[:60]}” is no venue that we know. Did you mean {found.venue.name}?")
            else:
                where.append(f"v{found.venue.pk}")
        return where


class PasteForm(forms.Form):
    """Cells copied from a spreadsheet; and what stands for rows that do not say."""

    text = forms.CharField(
        label="Dates",
        max_length=200_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text="Copy the rows in your spreadsheet and paste them here. With or without a heading, in any order: "
        "date, start, end, venue, title.",
        error_messages={
            "required": "Paste the rows first.",
            "max_length": "That is more than a series of sessions. Paste only its own rows.",
        },
    )
    begins = ClockField(label="Begins, where a row does not say", required=False)
    ends = ClockField(label="Ends, where a row does not say", required=False)
    venue = forms.ModelChoiceField(
        Venue.objects.none(), label="Venue, where a row does not say", required=False, empty_label="None"
    )

    def __init__(self, *args: Any, work_group: WorkGroup, names: VenueNames, **options: Any) -> None:
        super().__init__(*args, **options)
        self.work_group, self.names = work_group, names
        self.fields["venue"].queryset = Venue.objects.order_by("name", "pk")  # type: ignore[attr-defined]
        self.pasted = Pasted()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        try:
            self.pasted = read_pasted(
                data["text"],
                school_year=self.work_group.year,
                names=self.names,
                begins=data["begins"],
                ends=data["ends"],
                where=f"v{data['venue'].pk}" if data["venue"] else "",
            )
        except ValidationError as refusal:
            self.add_error("text", refusal)
            return data
        if not self.pasted.proposals:
            self.add_error("text", ["None of these rows could be read.", *self.pasted.bad[:5]])
        return data

    @property
    def proposals(self) -> list[ProposedSession]:
        return self.pasted.proposals
