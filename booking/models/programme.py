"""Work groups, each running a project: one cohort in one school year."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from accounts.models import User
from accounts.said import said
from accounts.schoolyear import school_year_label
from booking.models.eligibility import SchoolRule
from booking.models.facilitations import Facilitation
from booking.models.projects import Project

# The phases as everybody names them, and the columns that say whom a group, or a date of tests, is for.
PHASES = {
    "early-years": "for_early_years",
    "primary": "for_primary",
    "secondary": "for_secondary",
    "post-16": "for_post_16",
    "special": "for_special",
}


def phase_words(row: models.Model) -> list[str]:
    """The phases that a group, or a date of tests, is for, in words."""
    columns = [field for field in row._meta.concrete_fields if field.name in PHASES.values()]
    return [str(field.verbose_name) for field in columns if getattr(row, field.name)]


class WorkGroupQuerySet(models.QuerySet["WorkGroup"]):
    def published(self) -> Self:
        """In the catalogue: anyone may see it."""
        return self.filter(status=WorkGroup.Status.PUBLISHED)

    def seen_by_anyone(self) -> Self:
        """Has a public page: published, called off or kept in the archive; a draft has none."""
        return self.exclude(status=WorkGroup.Status.DRAFT)

    def of_year(self, year: int) -> Self:
        return self.filter(year=year)

    def bookable(self, now: datetime) -> Self:
        """Take bookings now; the same question as `booking_state`."""
        return self.alias(state=state_of_booking(now)).filter(state="open")

    def code_of(self, project: Project, year: int) -> str:
        """A project's code of a school year: as its groups of that year have it, or its newest where it has none."""
        held = self.filter(project=project, year=year).values_list("project_code", flat=True).first()
        return project.code if held is None else held

    def led_by(self, person: User, day: date) -> Self:
        """Groups this person leads, co-leads or covers on that day."""
        return self.filter(facilitations__in=Facilitation.objects.of_person(person).on(day)).distinct()

    def beside(self, home: Any, itself: Any) -> Self:
        """Groups that run parallel to one of this id: the first of them (`home`), and others parallel to it.

        Ids, or references to them in a query outside.
        """
        return self.filter(Q(pk=home) | Q(parallel_to=home)).exclude(pk=itself)

    def get_locked(self, pk: int) -> "WorkGroup":
        """The row every change of places waits for; NO KEY, so that rows that refer to it may still be inserted."""
        return self.select_for_update(no_key=True).get(pk=pk)

    def free_slug(self, title: str, year: int | None) -> str:
        """An address for a group, readable aloud; a second group of the same title in a year gets a number."""
        stem = f"{slugify(title)[:100] or 'group'}-{school_year_label(year) if year else ''}".strip("-")
        slug, number = stem, 1
        while self.filter(slug=slug).exists():
            number += 1
            slug = f"{stem}-{number}"
        return slug

    def touch(self) -> int:
        """Say that something a public page shows has changed, so that no kept page is served again."""
        return self.update(revision=F("revision") + 1)


def state_of_booking(now: datetime) -> Case:
    """`WorkGroup.booking_state`, asked of the database."""
    full = Q(taken__gte=F("capacity")) | Q(taken_schools__gte=F("capacity_schools"))
    takes_places = ~Q(recruitment=WorkGroup.Recruitment.INTEREST) & ~Q(unit=WorkGroup.Unit.SESSION)
    return Case(
        When(~Q(status=WorkGroup.Status.PUBLISHED) | Q(closes_at__lte=now), then=Value("closed")),
        When(opens_at__gt=now, then=Value("not_open")),
        When(full & takes_places, then=Value("full")),
        default=Value("open"),
    )


def reminder_days() -> list[int]:
    """A week before, and the day before."""
    return [7, 1]


class WorkGroup(models.Model):
    """One cohort of a project in a school year."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        CANCELLED = "cancelled", "Called off"
        ARCHIVED = "archived", "Archived"

    class Recruitment(models.TextChoices):
        INTEREST = "interest", "Schools say they are interested"
        OPEN = "open", "A booking is confirmed at once"
        APPLICATION = "application", "Schools apply and the hub chooses"
        INVITATION = "invitation", "Invited schools only"

    class Unit(models.TextChoices):
        SERIES = "series", "The whole series"
        SESSION = "session", "One meeting at a time"

    class HeadAgreement(models.TextChoices):
        NOT_ASKED = "", "Not asked"
        ASKED = "asked", "Asked; the booking stands meanwhile"
        NEEDED = "needed", "Needed; the places are held until then"

    class Completion(models.TextChoices):
        SESSIONS = "sessions", "sessions attended"
        PERCENT = "percent", "per cent of the sessions"
        HOURS = "hours", "hours attended"
        TASKS = "tasks", "research tasks tried"

    project = models.ForeignKey(Project, models.PROTECT, related_name="work_groups")
    title = models.CharField(max_length=120)
    slug = models.SlugField(max_length=120, unique=True)
    year = models.PositiveSmallIntegerField("school year", help_text="the year in which it begins")
    # The code of its project on the national list of its own school year; all of a project and year have the same.
    project_code = models.CharField(max_length=12, blank=True, editable=False)
    status = models.CharField(max_length=9, choices=Status, default=Status.DRAFT)
    summary = models.CharField(max_length=250, help_text="one sentence for the catalogue")
    description = models.TextField(blank=True, help_text="Markdown")
    audience = models.CharField("who it is for", max_length=200)
    for_early_years = models.BooleanField("early years", default=False)
    for_primary = models.BooleanField("primary", default=False)
    for_secondary = models.BooleanField("secondary", default=False)
    for_post_16 = models.BooleanField("post-16", default=False)
    for_special = models.BooleanField("special and alternative", default=False)
    expectations = models.TextField("what we ask of you", blank=True, help_text="Markdown")
    bring = models.CharField("what to bring", max_length=200, blank=True)
    cost = models.CharField("cost to the school", max_length=120, default="Free to state-funded schools")
    cover = models.CharField("contribution to cover", max_length=200, blank=True)
    recruitment = models.CharField(max_length=11, choices=Recruitment, default=Recruitment.OPEN)
    unit = models.CharField(max_length=7, choices=Unit, default=Unit.SERIES)
    head_agreement = models.CharField(max_length=6, choices=HeadAgreement, blank=True, default=HeadAgreement.NOT_ASKED)
    agreement_due_on = models.DateField(
        "head's answer due", null=True, blank=True, help_text="empty: two weeks after asking"
    )
    capacity = models.PositiveIntegerField("places", null=True, blank=True, help_text="people; empty: no limit")
    capacity_schools = models.PositiveIntegerField("schools", null=True, blank=True, help_text="empty: no limit")
    taken = models.PositiveIntegerField(default=0, editable=False)
    taken_schools = models.PositiveIntegerField(default=0, editable=False)
    waiting = models.PositiveIntegerField("bookings that wait", default=0, editable=False)
    # The last turn given on its waiting lists, so that a booking under the lock need not look for it among thousands.
    last_turn = models.PositiveBigIntegerField(default=0, editable=False)
    fewest_schools = models.PositiveIntegerField("fewest schools to run", null=True, blank=True)
    decide_by = models.DateField("decide by", null=True, blank=True)
    # The hub has decided that the group runs, however many schools have booked; it is not asked again.
    runs_decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    runs_decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, editable=False, related_name="+")
    people_from = models.PositiveSmallIntegerField("people per school, from", default=1)
    people_to = models.PositiveSmallIntegerField("people per school, to", default=2)
    opens_at = models.DateTimeField("booking opens", null=True, blank=True)
    closes_at = models.DateTimeField("booking closes", null=True, blank=True)
    smaller_may_pass = models.BooleanField("a smaller booking may pass a bigger one that does not fit", default=False)
    offer_hours = models.PositiveSmallIntegerField(
        "hours to take an offer",
        default=30,
        validators=[MinValueValidator(5)],
        help_text="working hours: 8am to 6pm on school days of the school; 30 are three days",
    )
    # Kept by the actions that save them, so that a booking need not ask.
    has_parts = models.BooleanField(default=False, editable=False)
    has_rules = models.BooleanField(default=False, editable=False)
    has_questions = models.BooleanField(default=False, editable=False)
    naming_days = models.PositiveSmallIntegerField(
        "names are due", default=14, help_text="days before the next session; we ask for them by ourselves"
    )
    changes_until_hours = models.PositiveSmallIntegerField(
        "a school may still say who comes until",
        null=True,
        blank=True,
        help_text="hours before a session; empty: as for the whole hub",
    )
    # How many days before each session people are reminded.
    reminder_days = models.JSONField("reminders", default=reminder_days, blank=True)
    nudges_half_way = models.BooleanField("a question half way", default=False)
    lists_schools = models.BooleanField("only certain schools, or not certain schools", default=False, editable=False)
    completion_rule = models.CharField(max_length=8, choices=Completion, default=Completion.PERCENT)
    completion_number = models.PositiveSmallIntegerField(default=75)
    # Besides what the rule counts; none: no tasks are asked for.
    completion_tasks = models.PositiveSmallIntegerField("research tasks besides", default=0)
    uses_tasks = models.BooleanField("research tasks", default=True)
    uses_pulse = models.BooleanField("a pulse after each session", default=True)
    uses_evaluation = models.BooleanField("an evaluation at the end", default=True)
    uses_certificates = models.BooleanField("certificates", default=True)
    certificate_waits_for_evaluation = models.BooleanField("a certificate waits for the evaluation", default=False)
    uses_check_in = models.BooleanField("self check-in", default=False)
    uses_comments = models.BooleanField("comments on reflections", default=True)
    # The first of those that run side by side; itself it has none.
    parallel_to = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="parallel_groups", verbose_name="runs beside"
    )
    # Counts every change that a public page shows; the key of the kept pages. Only grows.
    revision = models.PositiveIntegerField(default=1, editable=False)

    objects = WorkGroupQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]
        indexes = [
            # The catalogue of a school year.
            models.Index(fields=["year", "status"], name="work_group_by_year"),
            # The key of kept catalogue pages, read from the index alone.
            models.Index(fields=["revision"], name="work_group_revisions"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(capacity__isnull=True) | Q(taken__lte=F("capacity")),
                name="work_group_is_never_oversold",
                violation_error_message="There are not that many places left.",
            ),
            models.CheckConstraint(
                condition=Q(capacity_schools__isnull=True) | Q(taken_schools__lte=F("capacity_schools")),
                name="work_group_has_no_more_schools_than_it_holds",
                violation_error_message="There is no room for another school.",
            ),
            models.CheckConstraint(
                condition=Q(people_from__gte=1, people_to__gte=F("people_from")),
                name="work_group_takes_at_least_one_person_a_school",
                violation_error_message="People per school: the smaller number first, and at least one.",
            ),
            models.CheckConstraint(
                condition=Q(opens_at__isnull=True) | Q(closes_at__isnull=True) | Q(closes_at__gt=F("opens_at")),
                name="work_group_closes_after_it_opens",
                violation_error_message="Booking must close after it opens.",
            ),
            models.CheckConstraint(
                condition=~Q(completion_rule="percent") | Q(completion_number__lte=100),
                name="work_group_completes_at_one_hundred_per_cent",
                violation_error_message="Nobody can attend more than 100 per cent.",
            ),
            models.CheckConstraint(
                condition=Q(uses_tasks=True) | (~Q(completion_rule="tasks") & Q(completion_tasks=0)),
                name="work_group_without_tasks_asks_for_none",
                violation_error_message="Without research tasks between sessions, none can be asked for in the end.",
            ),
            models.CheckConstraint(
                condition=Q(runs_decided_at__isnull=True, runs_decided_by__isnull=True)
                | Q(runs_decided_at__isnull=False, runs_decided_by__isnull=False),
                name="work_group_that_runs_says_who_decided",
                violation_error_message="Say who decided that the group runs, and when.",
            ),
            models.CheckConstraint(
                condition=Q(fewest_schools__isnull=True, decide_by__isnull=True)
                | Q(fewest_schools__isnull=False, decide_by__isnull=False),
                name="work_group_with_fewest_schools_says_when",
                violation_error_message="Give both: how many schools it needs, and the day on which you decide.",
            ),
            models.CheckConstraint(
                condition=Q(parallel_to__isnull=True) | ~Q(parallel_to=F("id")),
                name="work_group_does_not_run_beside_itself",
                violation_error_message="A group cannot run beside itself.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("work_group_detail", args=[self.slug])

    @property
    def is_network(self) -> bool:
        """A network meeting: booked by the meeting, not as a series."""
        return self.unit == self.Unit.SESSION

    # What a group can do without; a network meeting starts without all of it.
    SWITCHES = ("uses_tasks", "uses_pulse", "uses_evaluation", "uses_certificates", "uses_check_in", "uses_comments")

    def switch_all_off(self) -> None:
        for name in (*self.SWITCHES, "nudges_half_way"):
            setattr(self, name, False)

    @property
    def phase_words(self) -> str:
        return ", ".join(words.capitalize() for words in phase_words(self))

    @property
    def kind_words(self) -> str:
        return said("network meeting", first=True) if self.is_network else Project.Kind(self.project.kind).label

    @property
    def places_left(self) -> int | None:
        """Free places on the series; None where there is no limit."""
        return None if self.capacity is None else self.capacity - self.taken

    @property
    def queue_words(self) -> str:
        """How the waiting list goes, for everybody who is on it or thinks of it."""
        passing = (
            "If a booking is too big for what is free, a smaller one may pass it."
            if self.smaller_may_pass
            else "Nobody passes: what is free waits until it fits whoever is first."
        )
        return f"A free place goes to whoever has waited longest, all places of a booking together. {passing}"

    @property
    def cut_off_hours(self) -> int:
        """Until how many hours before a session a school may say who comes; after that it asks the hub."""
        own, hub = self.changes_until_hours, int(settings.HUB_CHANGES_UNTIL_HOURS)
        return hub if own is None else own

    @property
    def cut_off(self) -> timedelta:
        return timedelta(hours=self.cut_off_hours)

    def is_led_by(self, person: User) -> bool:
        """Does this person lead the group today?"""
        return self.facilitations.of_person(person).on(timezone.localdate()).exists()

    def has_room_for(self, people: int, *, new_school: bool) -> bool:
        fits = self.capacity is None or self.taken + people <= self.capacity
        return fits and (not new_school or self.capacity_schools is None or self.taken_schools < self.capacity_schools)

    def booking_state(self, now: datetime | None = None) -> str:
        """Where booking stands: "closed", "not_open", "open" or "full"; in words on every page that offers it."""
        now = now or timezone.now()
        if self.status != self.Status.PUBLISHED or (self.closes_at and now >= self.closes_at):
            return "closed"
        if self.opens_at and now < self.opens_at:
            return "not_open"
        full = self.places_left == 0 or (
            self.capacity_schools is not None and self.taken_schools >= self.capacity_schools
        )
        # Interest takes no place, so that it can be said whatever is taken.
        takes_places = self.recruitment != self.Recruitment.INTEREST
        return "full" if full and takes_places and not self.is_network else "open"

    def check_takes_bookings(self, school: int, people: int, now: datetime) -> None:
        """Refuse, in words, what this group does not take: closed, not open yet, too few or too many people."""
        state = self.booking_state(now)
        if self.status == self.Status.CANCELLED:
            raise ValidationError(f"{self.title} has been called off.")
        if state == "closed":
            raise ValidationError(f"Booking for {self.title} has closed. Please ask the hub.")
        if state == "not_open" and self.opens_at:
            opens = timezone.localtime(self.opens_at)
            raise ValidationError(f"Booking opens on {opens.day} {opens:%B %Y} at {opens:%H:%M}.")
        if people < self.people_from:
            raise ValidationError(f"This group asks for at least {self.people_from} people from a school.")
        if people > self.people_to:
            raise ValidationError(f"This group takes at most {self.people_to} people from a school.")
        if self.lists_schools or self.recruitment == self.Recruitment.INVITATION:
            self.check_is_for(school)

    def check_parts(self, parts: Sequence[int | None]) -> None:
        """Refuse, in words, a booking that leaves a required part out, or fills one twice."""
        known = {part.pk: part for part in self.parts.all()}
        named = [part for part in parts if part is not None]
        if not set(named) <= set(known):
            raise ValidationError("The parts of this group have changed. Choose again who comes as what.")
        if len(set(named)) < len(named):
            raise ValidationError("Each part is for one person of your school.")
        for pk, part in known.items():
            if part.required and pk not in named:
                raise ValidationError(f"This group needs somebody for “{part}”; the name may follow.")

    def check_is_for(self, school: int) -> None:
        """Refuse, in words, a school that is not on the group's list, or on the wrong one."""
        rules = list(self.school_rules.values_list("kind", "school_id"))
        invited = (SchoolRule.Kind.ONLY, school) in rules
        if self.recruitment == self.Recruitment.INVITATION and not invited:
            raise ValidationError("This group is for invited schools. Please ask the hub.")
        by_list = any(kind == SchoolRule.Kind.ONLY for kind, _ in rules)
        if (by_list and not invited) or (SchoolRule.Kind.NOT, school) in rules:
            raise ValidationError("This group is not open to your school this year. Please ask the hub.")
