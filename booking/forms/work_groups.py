"""The form of a work group: long, so it is cut into parts that can be read one by one."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.forms import NameField
from accounts.models import User
from accounts.schoolyear import school_year_label, school_year_of, year_choices
from booking.forms.programme import DateTimeField
from booking.models import WorkGroup
from booking.models.programme import reminder_days


class DaysField(forms.CharField):
    """Numbers of days, with commas between."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        words = [word.strip() for word in str(value or "").split(",") if word.strip()]
        if not all(word.isdecimal() and 0 < int(word[:4]) <= 28 for word in words) or len(words) > 3:
            raise ValidationError("Give up to three numbers of days, each from 1 to 28, such as “7, 1”.")
        return sorted({int(word) for word in words}, reverse=True)


class Row:
    """Fields that stand beside each other where there is room; with words if they are one question."""

    def __init__(self, *names: str, words: str = "") -> None:
        self.names, self.words = names, words


BESIDE = "Another group of the same project and year: people may catch up there, and bookings may move."


@dataclass(frozen=True)
class Part:
    title: str
    words: str
    rows: tuple[Row, ...]


class WorkGroupForm(forms.ModelForm):
    """A work group, set up once. Who leads it is given by e-mail address, one a line."""

    leads = forms.CharField(
        label="Who leads it",
        help_text="One person a line: name, then e-mail address. The first is the work group lead, others co-lead.",
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
    )

    reason = forms.CharField(
        label="Why the number of places changes",
        required=False,
        max_length=200,
        help_text="Only if it does: a bigger room, one more squeezed in. It stands in the history.",
    )

    reminder_days = DaysField(
        label="Remind people so many days before a session",
        required=False,
        initial=reminder_days,
        help_text="Days, with commas between: 7, 1. Of more than two the two nearest count. Empty: no reminders.",
    )

    # How the long form is cut into parts on the page: a heading, a line below it, and rows of fields.
    PARTS = (
        Part(
            "The group",
            "What stands in the catalogue, and who leads it.",
            (
                Row("project", "year"),
                Row("title"),
                Row("summary"),
                Row("description"),
                Row("leads"),
                Row("parallel_to"),
            ),
        ),
        Part(
            "For whom",
            "Who should come, and what it asks of them and of their school.",
            (
                Row("audience"),
                Row("for_early_years", "for_primary", "for_secondary", "for_post_16", "for_special", words="Phases"),
                Row("expectations"),
                Row("bring"),
                Row("cost"),
                Row("cover"),
            ),
        ),
        Part(
            "Places and booking",
            "How many come, and how a school gets its places.",
            (
                Row("unit"),
                Row("recruitment"),
                Row("capacity", "capacity_schools"),
                Row("reason"),
                Row("people_from", "people_to"),
                Row("opens_at", "closes_at"),
                Row("fewest_schools", "decide_by"),
            ),
        ),
        Part(
            "Offers and names",
            "What happens by itself between booking and the first session.",
            (
                Row("smaller_may_pass"),
                Row("offer_hours", "naming_days"),
                Row("changes_until_hours"),
                Row("head_agreement", "agreement_due_on"),
            ),
        ),
        Part(
            "Reminders and completion",
            "In between, and at the end.",
            (
                Row("reminder_days"),
                Row("completion_rule", "completion_number", "completion_tasks"),
            ),
        ),
        Part(
            "What it uses",
            "What is switched off stands on no page and in no mail. A network meeting starts with all of it off.",
            (
                Row("uses_tasks"),
                Row("nudges_half_way"),
                Row("uses_comments"),
                Row("uses_check_in"),
                Row("uses_pulse"),
                Row("uses_evaluation"),
                Row("uses_certificates"),
                Row("certificate_waits_for_evaluation"),
            ),
        ),
    )

    class Meta:
        model = WorkGroup
        fields = (
            "project",
            "title",
            "year",
            "summary",
            "description",
            "parallel_to",
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
            "capacity",
            "capacity_schools",
            "people_from",
            "people_to",
            "opens_at",
            "closes_at",
            "fewest_schools",
            "decide_by",
            "smaller_may_pass",
            "offer_hours",
            "naming_days",
            "changes_until_hours",
            "head_agreement",
            "agreement_due_on",
            "reminder_days",
            "uses_tasks",
            "nudges_half_way",
            "uses_comments",
            "uses_check_in",
            "uses_pulse",
            "uses_evaluation",
            "uses_certificates",
            "completion_rule",
            "completion_number",
            "completion_tasks",
            "certificate_waits_for_evaluation",
        )
        field_classes = {"opens_at": DateTimeField, "closes_at": DateTimeField}
        labels = {
            "project": "Project",
            "title": "Title",
            "summary": "In one sentence",
            "description": "What it is about",
            "parallel_to": "Runs beside",
            "audience": "Who it is for",
            "for_early_years": "Early years",
            "for_primary": "Primary",
            "for_secondary": "Secondary",
            "for_post_16": "Post-16",
            "for_special": "Special and alternative",
            "expectations": "What we ask of people and their school",
            "bring": "What to bring",
            "cost": "Cost to the school",
            "cover": "Contribution to cover",
            "unit": "What a school books",
            "recruitment": "How a school gets its places",
            "capacity": "Places for people",
            "capacity_schools": "Places for schools",
            "people_from": "From a school at least",
            "people_to": "From a school at most",
            "opens_at": "Booking opens",
            "closes_at": "Booking closes",
            "fewest_schools": "Runs with at least so many schools",
            "decide_by": "Decided by",
            "smaller_may_pass": "A smaller booking may pass a bigger one that does not fit",
            "offer_hours": "Working hours to take an offer",
            "naming_days": "Days before the next session by which names are due",
            "changes_until_hours": "Hours before a session up to which a school changes who comes",
            "head_agreement": "The head teacher’s agreement",
            "agreement_due_on": "The head’s answer is due on",
            "uses_tasks": "There is something to try in class between sessions (research tasks)",
            "nudges_half_way": "Half way to the next session, ask who has not said how the task went",
            "uses_comments": "Comments on what others tried",
            "uses_check_in": "People check themselves in at a session, with a QR code",
            "uses_pulse": "One minute after each session: three short questions",
            "uses_evaluation": "An evaluation after the last session, and one question a term later",
            "uses_certificates": "Certificates for who completes it",
            "completion_rule": "Who completes it",
            "completion_number": "How many of them",
            "completion_tasks": "And research tasks tried besides",
            "certificate_waits_for_evaluation": "The certificate waits until they have answered the evaluation",
        }
        help_texts = {
            "summary": "It stands under the title in the catalogue.",
            "description": "As long as it needs; Markdown, if you like.",
            "expectations": "Time between sessions, things to read, a colleague to work with. Markdown, if you like.",
            "audience": "As a teacher would say it: two Year 1 teachers from a school.",
            "bring": "It stands in every calendar entry.",
            "unit": "The whole series; or one meeting at a time, as in a network: it starts with all of “What it uses” "
            "switched off.",
            "capacity": "People. Empty: no limit.",
            "capacity_schools": "Empty: no limit.",
            "opens_at": "Empty: as soon as it is published.",
            "closes_at": "Empty: as long as sessions are to come.",
            "fewest_schools": "It stands on the group’s page. Empty: it runs with any number.",
            "decide_by": "From a week before, the office is asked if too few schools have booked.",
            "smaller_may_pass": "Else what is free waits until it fits whoever is first. Schools read which.",
            "offer_hours": "Counted from 8am to 6pm on the school’s own school days: 30 are three days.",
            "naming_days": "For places that were booked without a name. We ask for them by ourselves.",
            "changes_until_hours": "After that it asks the hub. Empty: as the hub has it for all groups.",
            "agreement_due_on": "Empty: two weeks after we asked.",
            "nudges_half_way": "It says where and when too, so the first of two reminders is spared. Once, and no more "
            "once they have said it.",
            "uses_pulse": "Without names. Where fewer than three came, nobody is asked.",
            "uses_evaluation": "Without names. What it asks stands on the project’s page.",
            "completion_rule": "What is counted, and how many of it.",
            "completion_number": "Three sessions; 75 per cent; six hours; or two tasks.",
            "completion_tasks": "0: none are asked for.",
        }
        error_messages = {
            "title": {"required": "Give the group a title."},
            "summary": {"required": "Say in one sentence what it is."},
            "audience": {"required": "Say who it is for."},
        }
        widgets = {
            "description": forms.Textarea(attrs={"rows": 5}),
            "expectations": forms.Textarea(attrs={"rows": 3}),
            "decide_by": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "agreement_due_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        this_year = school_year_of(timezone.localdate())
        # An old group stays of its own year when something else about it is put right.
        years = range(this_year - 1, this_year + 3)
        self.fields["year"] = forms.TypedChoiceField(
            label="School year",
            coerce=int,
            choices=year_choices(years, self.instance.year if self.instance.pk else 0),
            initial=this_year,
        )
        for name in ("opens_at", "closes_at"):
            self.fields[name].required = False
        # A form with a name and an address for each of hundreds would be more than a browser may send.
        self.fields["people_to"].validators.append(MaxValueValidator(30))
        if self.instance.pk:
            self.fields["parallel_to"] = _BesideField(
                _beside(self.instance),
                label=self.fields["parallel_to"].label,
                required=False,
                empty_label="None: it runs by itself",
                help_text=f"{BESIDE} {_beside_already(self.instance)}".strip(),
            )
        else:  # which groups are of its project and year is known once it has both
            del self.fields["parallel_to"]
        if self.instance.status != WorkGroup.Status.PUBLISHED:
            del self.fields["reason"]
        if self.instance.pk:
            people = User.objects.filter(
                facilitations__work_group=self.instance, facilitations__until__isnull=True
            ).order_by("facilitations__pk")
            self.fields["leads"].initial = "\n".join(f"{person.name} {person.email or ''}".strip() for person in people)

    def parts(self) -> list[tuple[str, str, list[tuple[str, list[forms.BoundField]]]]]:
        """(heading, what it is about, rows) for each part of the page; a row is (what its fields are, fields)."""
        return [(part.title, part.words, [(row.words, self._shown(row)) for row in part.rows]) for part in self.PARTS]

    def _shown(self, row: Row) -> list[forms.BoundField]:
        return [self[name] for name in row.names if name in self.fields]

    def clean_leads(self) -> list[User]:
        """The people behind the lines; somebody new becomes a person with that address."""
        lines = self.cleaned_data["leads"].splitlines()
        leads = [lead_in(line) for line in lines if line.strip(" ,")]
        if len({person.email for person in leads}) < len(leads):
            raise ValidationError("You have named the same person twice.")
        return leads

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        phases = ("for_early_years", "for_primary", "for_secondary", "for_post_16", "for_special")
        if not any(data.get(name) for name in phases):
            self.add_error("for_primary", "Choose at least one phase, so that the right schools find the group.")
        if bool(data.get("fewest_schools")) != bool(data.get("decide_by")) and not {
            "fewest_schools",
            "decide_by",
        } & set(self.errors):
            missing = "decide_by" if data.get("fewest_schools") else "fewest_schools"
            self.add_error(missing, "Give both: how many schools it needs, and the day on which you decide.")
        if data.get("fewest_schools") and data.get("unit") == WorkGroup.Unit.SESSION:
            self.add_error("fewest_schools", "Meetings that are booked one by one are held with any number of schools.")
        beside = data.get("parallel_to")
        if beside and "parallel_to" in self.changed_data:
            own = (getattr(data.get("project"), "pk", None), data.get("year"), data.get("unit"))
            if (beside.project_id, beside.year, beside.unit) != own:
                self.add_error(
                    "parallel_to", "Choose a group of the same project and school year, which is booked the same way."
                )
        return data

    def _post_clean(self) -> None:
        if self.instance.pk is None:
            title, year = self.cleaned_data.get("title", ""), self.cleaned_data.get("year")
            self.instance.slug = WorkGroup.objects.free_slug(title, year)
        super()._post_clean()  # type: ignore[misc]  # the stubs leave it out


def lead_in(line: str) -> User:
    """Who is meant by a name and an e-mail address; somebody new is not saved yet. Refused in words."""
    words = line.replace(",", " ").replace("<", " ").replace(">", " ").split()
    email = words[-1].lower() if words else ""
    if "@" not in email:
        raise ValidationError(f"Give the e-mail address of {line.strip()} at the end of the line.")
    forms.EmailField().clean(email)
    person = User.objects.filter(email=email).first()
    if person is None:
        person = User(name=NameField().clean(" ".join(words[:-1]) or email.partition("@")[0]), email=email)
        person.set_unusable_password()
    return person


class _BesideField(forms.ModelChoiceField):
    def label_from_instance(self, obj: WorkGroup) -> str:
        return f"{obj.title} ({obj.project}, {school_year_label(obj.year)})"


def _beside_already(home: WorkGroup) -> str:
    """Which groups say that they run beside this one, where any does."""
    titles = list(home.parallel_groups.values_list("title", flat=True)) if home.pk else []
    return f"Beside this one runs already: {', '.join(titles)}." if titles else ""


def _beside(work_group: WorkGroup) -> QuerySet[WorkGroup]:
    """Beside which groups this one could run: those of its project and year."""
    groups = WorkGroup.objects.exclude(status__in=[WorkGroup.Status.CANCELLED, WorkGroup.Status.ARCHIVED])
    own = Q(project=work_group.project_id, year=work_group.year, unit=work_group.unit)
    groups = groups.filter(own | Q(pk=work_group.parallel_to_id)).exclude(pk=work_group.pk)
    return groups.select_related("project").order_by("title", "pk")
