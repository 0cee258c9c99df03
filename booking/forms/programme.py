"""Forms of the office: sessions, projects and venues."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.models import SchoolURN
from accounts.places_near import locate_postcode
from accounts.schoolyear import school_year_of, year_choices
from booking.changing import SessionPlan
from booking.clocktimes import moment
from booking.models import Project, Session, Venue


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

    def compress(self, data_list: Any) -> Any:
        if data_list and all(data_list):
            return moment(*data_list)
        return super().compress(data_list)


class ProjectForm(forms.ModelForm):
    """A project; where its code changes, from which school year on its groups go by it."""

    code_from = forms.TypedChoiceField(
        label="This code holds from",
        coerce=int,
        help_text="Groups of that school year and later go by it. Those before keep the code they ran under.",
    )

    class Meta:
        model = Project
        fields = ("title", "kind", "code", "code_from", "description")
        widgets = {"description": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk is None:  # it has no groups yet
            del self.fields["code_from"]
            return
        now = school_year_of(timezone.localdate())
        self.fields["code_from"].choices = year_choices([now, now + 1])  # type: ignore[attr-defined]
        # Whoever has made next year's groups types next year's code.
        self.fields["code_from"].initial = now + self.instance.work_groups.filter(year__gt=now).exists()

    @property
    def code_holds_from(self) -> int | None:
        """From which school year on the groups get the code; None where neither it nor the year was changed."""
        changed = {"code", "code_from"} & set(self.changed_data)
        return self.cleaned_data.get("code_from") if changed else None


class VenueForm(forms.ModelForm):
    urn = forms.CharField(
        label="URN, if it is a school",
        required=False,
        max_length=12,
        help_text="So that the school is known as the host when member schools take turns.",
    )

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
            "host_name",
            "host_email",
        )
        help_texts = {
            "host_name": "Needs no account. Shown to nobody else.",
            "host_email": "The school day before, and when a date changes, we send them who comes: rooms, times and "
            "names for the signing-in desk.",
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.school_id:
            number = self.instance.school.urns.order_by(F("closed_on").desc(nulls_first=True), "-pk").first()
            self.initial = dict(self.initial) | {"urn": number.urn if number else ""}

    def clean_urn(self) -> str:
        """The school of that number: it is whose venue this is."""
        urn = self.cleaned_data["urn"].strip()
        found = SchoolURN.objects.select_related("school").filter(urn=urn).first() if urn else None
        if urn and found is None:
            raise ValidationError(f"No school has the number {urn}. It has six figures, as in the national register.")
        if "urn" in self.changed_data:
            self.instance.school = found.school if found else None
        return urn

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("easting") is None and data.get("northing") is None:
            near = locate_postcode(data.get("postcode") or "")
            if near is not None:
                data["easting"], data["northing"] = round(near.easting), round(near.northing)
        return data


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
            "replaces",
        )
        help_texts = {"replaces": "A session that was cancelled. What nothing replaces is not asked for in the end."}
        widgets = {"joining_notes": forms.Textarea(attrs={"rows": 3})}

    field_order = ("title", "day", "begins", "ends", "when_words", "mode", "venue", "link", "joining_notes", "bring")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["venue"].required = False
        if not self.instance.work_group.is_network:
            del self.fields["capacity"]
        if self.instance.pk is None:
            del self.fields["reason"]
        cancelled = cancelled_without(self.instance)
        if cancelled:
            self.fields["replaces"].queryset = cancelled  # type: ignore[attr-defined]  # a field of rows
            self.fields["replaces"].empty_label = "None: it is one more"  # type: ignore[attr-defined]
        else:
            del self.fields["replaces"]
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
            for name, at, clock in (("begins", "starts_at", begins), ("ends", "ends_at", ends)):
                try:
                    data[at] = moment(day, clock)
                except ValidationError as refusal:
                    self.add_error(name, refusal)
            if ends <= begins:
                self.add_error("ends", "The session must end after it begins.")
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
            replaces=data.get("replaces"),
        )


def cancelled_without(session: Session) -> QuerySet[Session]:
    """Cancelled sessions of the same group that nothing replaces but, it may be, this one."""
    cancelled = session.work_group.sessions.filter(status=Session.Status.CANCELLED)
    return cancelled.filter(Q(replaced_by__isnull=True) | Q(replaced_by=session.pk or 0))


class CancelSessionForm(forms.Form):
    reason = forms.CharField(
        label="Why it is cancelled",
        max_length=120,
        help_text="Told to everyone who was coming.",
        error_messages={"required": "Say why in a few words: everyone who was coming reads it."},
    )


class CancelGroupForm(forms.Form):
    reason = forms.CharField(
        label="Why it does not go on",
        max_length=200,
        help_text="The schools read it.",
        error_messages={"required": "Say why in a few words: the schools read it."},
    )
