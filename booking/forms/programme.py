"""Forms of the office: groups, sessions, projects and venues."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import slugify

from accounts.colleagues import NewColleague
from accounts.forms import NameField
from accounts.models import User
from accounts.places_near import locate_postcode
from accounts.schoolyear import school_year_label, school_year_of
from booking.changing import SessionPlan
from booking.models import Project, Session, Venue, WorkGroup
from booking.models.programme import reminder_days


class DateTimeField(forms.SplitDateTimeField):
    """A day and a clock time in London, in the browser's own pickers."""

    def __init__(self, **options: Any) -> None:
        widget = forms.SplitDateTimeWidget(
            date_attrs={"type": "date", "aria-label": "Day"},
            time_attrs={"type": "time", "aria-label": "Time"},
            date_format="%Y-%m-%d",
            time_format="%H:%M",
        )
        super().__init__(widget=widget, **options)


class DaysField(forms.CharField):
    """Numbers of days, with commas between."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        words = [word.strip() for word in str(value or "").split(",") if word.strip()]
        if not all(word.isdecimal() and 0 < int(word[:4]) <= 28 for word in words) or len(words) > 3:
            raise ValidationError("Give up to three numbers of days, each from 1 to 28, such as “7, 1”.")
        return sorted({int(word) for word in words}, reverse=True)


class ProjectForm(forms.ModelForm):
    class Meta:
        model = Project
        fields = ("title", "kind", "code", "description")
        widgets = {"description": forms.Textarea(attrs={"rows": 4})}


class VenueForm(forms.ModelForm):
    class Meta:
        model = Venue
        fields = (
            "name",
            "street",
            "town",
            "postcode",
            "la_code",
            "easting",
            "northing",
            "room",
            "chairs",
            "access",
            "parking",
            "arrival",
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("easting") is None and data.get("northing") is None:
            near = locate_postcode(data.get("postcode") or "")
            if near is not None:
                data["easting"], data["northing"] = round(near.easting), round(near.northing)
        return data


class WorkGroupForm(forms.ModelForm):
    """A work group, set up once. Who leads it is given by e-mail address, one a line."""

    leads = forms.CharField(
        label="Who leads it",
        help_text="One person a line: name, then e-mail address. The first is the lead, others co-lead.",
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
    )

    reminder_days = DaysField(
        label="Remind people before each session",
        required=False,
        initial=reminder_days,
        help_text="how many days before; empty: no reminders",
    )

    class Meta:
        model = WorkGroup
        fields = (
            "project",
            "title",
            "year",
            "summary",
            "description",
            "audience",
            "for_early_years",
            "for_primary",
            "for_secondary",
            "for_post_16",
            "for_special",
            "expectations",
            "bring",
            "cost",
            "cover",
            "unit",
            "recruitment",
            "head_agreement",
            "agreement_due_on",
            "capacity",
            "capacity_schools",
            "people_from",
            "people_to",
            "fewest_schools",
            "decide_by",
            "opens_at",
            "closes_at",
            "naming_days",
            "changes_until_hours",
            "smaller_may_pass",
            "offer_hours",
            "uses_tasks",
            "reminder_days",
            "completion_rule",
            "completion_number",
        )
        field_classes = {"opens_at": DateTimeField, "closes_at": DateTimeField}
        widgets = {
            "description": forms.Textarea(attrs={"rows": 5}),
            "expectations": forms.Textarea(attrs={"rows": 3}),
            "decide_by": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "agreement_due_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    # How the long form is cut into parts on the page.
    PARTS = (
        ("What and for whom", ("project", "title", "year", "summary", "description", "audience")),
        ("Phases", ("for_early_years", "for_primary", "for_secondary", "for_post_16", "for_special")),
        ("What we ask and give", ("leads", "expectations", "bring", "cost", "cover")),
        (
            "Places",
            (
                "unit",
                "recruitment",
                "capacity",
                "capacity_schools",
                "people_from",
                "people_to",
                "fewest_schools",
                "decide_by",
                "opens_at",
                "closes_at",
                "naming_days",
                "changes_until_hours",
                "head_agreement",
                "agreement_due_on",
                "smaller_may_pass",
                "offer_hours",
            ),
        ),
        ("In between and at the end", ("uses_tasks", "reminder_days", "completion_rule", "completion_number")),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        this_year = school_year_of(timezone.localdate())
        self.fields["year"] = forms.TypedChoiceField(
            label="School year",
            coerce=int,
            choices=[(year, school_year_label(year)) for year in range(this_year - 1, this_year + 3)],
            initial=this_year,
        )
        for name in ("opens_at", "closes_at"):
            self.fields[name].required = False
        if self.instance.pk:
            people = User.objects.filter(
                facilitations__work_group=self.instance, facilitations__until__isnull=True
            ).order_by("facilitations__pk")
            self.fields["leads"].initial = "\n".join(f"{person.name} {person.email or ''}".strip() for person in people)

    def parts(self) -> list[tuple[str, list[forms.BoundField]]]:
        return [(title, [self[name] for name in names]) for title, names in self.PARTS]

    def clean_leads(self) -> list[User]:
        """The people behind the lines; somebody new becomes a person with that address."""
        leads: list[User] = []
        for line in self.cleaned_data["leads"].splitlines():
            words = line.replace(",", " ").replace("<", " ").replace(">", " ").split()
            if not words:
                continue
            email = words[-1].lower()
            if "@" not in email:
                raise ValidationError(f"Give the e-mail address of {line.strip()} at the end of the line.")
            forms.EmailField().clean(email)
            colleague = NewColleague(" ".join(words[:-1]) or email.partition("@")[0], email)
            person = User.objects.filter(email=email).first()
            if person is None:
                person = User(name=NameField().clean(colleague.name), email=email)
                person.set_unusable_password()
            leads.append(person)
        if len({person.email for person in leads}) < len(leads):
            raise ValidationError("You have named the same person twice.")
        return leads

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        phases = ("for_early_years", "for_primary", "for_secondary", "for_post_16", "for_special")
        if not any(data.get(name) for name in phases):
            self.add_error("for_primary", "Choose at least one phase, so that the right schools find the group.")
        return data

    def _post_clean(self) -> None:
        if self.instance.pk is None:
            self.instance.slug = free_slug(self.cleaned_data.get("title", ""), self.cleaned_data.get("year"))
        super()._post_clean()  # type: ignore[misc]  # the stubs leave it out


def free_slug(title: str, year: int | None) -> str:
    """An address for a group, readable aloud; a second group of the same title in a year gets a number."""
    stem = f"{slugify(title)[:100] or 'group'}-{school_year_label(year) if year else ''}".strip("-")
    slug, number = stem, 1
    while WorkGroup.objects.filter(slug=slug).exists():
        number += 1
        slug = f"{stem}-{number}"
    return slug


class SessionForm(forms.ModelForm):
    """A session: a day and times, or words for them; where and how."""

    day = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    begins = forms.TimeField(required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    ends = forms.TimeField(required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    link = forms.URLField(
        label="Joining link", required=False, assume_scheme="https", help_text="Shown only to people with a place"
    )
    task_title = forms.CharField(
        label="Research task after this session (gap task)",
        required=False,
        max_length=60,
        help_text="A few words for the number line, such as “Sort and explain”",
    )
    task_body = forms.CharField(
        label="What to try in class", required=False, widget=forms.Textarea(attrs={"rows": 4}), help_text="Markdown"
    )
    reason = forms.CharField(label="Why it changes (optional)", required=False, max_length=120)

    class Meta:
        model = Session
        fields = (
            "title",
            "when_words",
            "mode",
            "venue",
            "link",
            "joining_notes",
            "bring",
            "notice",
            "for_heads",
            "capacity",
        )
        widgets = {"joining_notes": forms.Textarea(attrs={"rows": 3})}

    field_order = ("title", "day", "begins", "ends", "when_words", "mode", "venue", "link", "joining_notes", "bring")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["venue"].required = False
        if not self.instance.work_group.is_network:
            del self.fields["capacity"]
        if self.instance.pk is None:
            del self.fields["reason"]
        if not self.instance.work_group.uses_tasks:
            del self.fields["task_title"], self.fields["task_body"]
        if self.instance.starts_at and self.instance.ends_at:
            start, end = timezone.localtime(self.instance.starts_at), timezone.localtime(self.instance.ends_at)
            self.initial = dict(self.initial) | {"day": start.date(), "begins": start.time(), "ends": end.time()}
        if self.instance.pk and hasattr(self.instance, "task"):
            self.initial = dict(self.initial) | {
                "task_title": self.instance.task.title,
                "task_body": self.instance.task.body,
            }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        day, begins, ends = data.get("day"), data.get("begins"), data.get("ends")
        data["starts_at"] = data["ends_at"] = None
        if day and begins and ends:
            zone = timezone.get_default_timezone()
            data["starts_at"] = datetime.combine(day, begins, tzinfo=zone)
            data["ends_at"] = datetime.combine(day, ends, tzinfo=zone)
            if data["ends_at"] <= data["starts_at"]:
                self.add_error("ends", "The session must end after it begins.")
            if not _exists(data["starts_at"]):
                self.add_error("begins", "On that night the clocks go forward, and this time does not exist.")
        elif day or begins or ends:
            self.add_error("day", "Give the day and both times, or none of them and words for the date.")
        elif not data.get("when_words"):
            self.add_error("day", "Give a date and times, or say roughly when.")
        if data.get("mode") == Session.Mode.IN_PERSON and data.get("starts_at") and not data.get("venue"):
            self.add_error("venue", "Choose where you meet, or meet online.")
        return data

    def _post_clean(self) -> None:
        # The model's own checks run on the plan, in the action; here the dates are not on the instance yet.
        self.instance.starts_at = self.cleaned_data.get("starts_at")
        self.instance.ends_at = self.cleaned_data.get("ends_at")
        if not self.errors:
            super()._post_clean()  # type: ignore[misc]  # the stubs leave it out

    @property
    def plan(self) -> SessionPlan:
        data = self.cleaned_data
        return SessionPlan(
            title=data["title"],
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
            when_words=data["when_words"],
            mode=data["mode"],
            venue=data["venue"],
            link=data["link"],
            joining_notes=data["joining_notes"],
            bring=data["bring"],
            notice=data["notice"],
            capacity=data.get("capacity"),
            for_heads=data["for_heads"],
        )


def _exists(moment: datetime) -> bool:
    """False for a clock time that is skipped when summer time begins."""
    back = timezone.localtime(datetime.fromtimestamp(moment.timestamp(), tz=timezone.get_default_timezone()))
    return (back.hour, back.minute) == (moment.hour, moment.minute)


class CancelSessionForm(forms.Form):
    reason = forms.CharField(label="Why it is cancelled", max_length=120, help_text="Told to everyone who was coming.")


class CancelGroupForm(forms.Form):
    reason = forms.CharField(label="Why it does not go on", max_length=200, help_text="The schools read it.")
