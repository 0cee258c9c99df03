"""Sessions, where they are held, and the days on which schools are shut."""

from datetime import date, datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import School, User
from booking.models.facilitations import Facilitation
from booking.models.parts import Part
from booking.models.programme import WorkGroup

# A facilitator opens the register while people take off their coats.
OPENS_BEFORE = timedelta(hours=2)


class Venue(models.Model):
    name = models.CharField(max_length=120)
    school = models.ForeignKey(School, models.PROTECT, null=True, blank=True, related_name="venues")
    street = models.CharField(max_length=120, blank=True)
    town = models.CharField(max_length=60)
    postcode = models.CharField(max_length=8, blank=True)
    la_code = models.CharField("local authority code", max_length=3, blank=True)
    easting = models.IntegerField(null=True, blank=True, help_text="metres, British National Grid (EPSG:27700)")
    northing = models.IntegerField(null=True, blank=True, help_text="metres, British National Grid (EPSG:27700)")
    room = models.CharField(max_length=60, blank=True)
    chairs = models.PositiveSmallIntegerField(null=True, blank=True)
    access = models.CharField("getting in and around", max_length=200, blank=True)
    parking = models.CharField(max_length=200, blank=True)
    arrival = models.CharField("when you arrive", max_length=300, blank=True)
    # Who opens the door there, and has no account: they get a link to who comes, and nobody else sees these.
    host_name = models.CharField("who is there for us", max_length=120, blank=True)
    host_email = models.EmailField("their e-mail address", blank=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(host_name="") | ~Q(host_email=""),
                name="venue_host_can_be_written_to",
                violation_error_message="Give their e-mail address too, or leave both empty.",
            ),
            models.CheckConstraint(
                condition=Q(easting__isnull=True, northing__isnull=True)
                | Q(easting__isnull=False, northing__isnull=False),
                name="venue_has_both_coordinates_or_none",
                violation_error_message="Give both easting and northing, or neither.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        return ", ".join(part for part in (self.name, self.street, self.town, self.postcode) if part)


class SessionQuerySet(models.QuerySet["Session"]):
    def planned(self) -> Self:
        return self.filter(status=Session.Status.PLANNED)

    def dated(self) -> Self:
        return self.filter(starts_at__isnull=False)

    def coming(self, now: datetime) -> Self:
        """Planned, dated and not yet begun."""
        return self.filter(status=Session.Status.PLANNED, starts_at__gt=now)

    def unsigned(self) -> Self:
        """Planned, with somebody on its register, which nobody has signed."""
        expected = Session.objects.filter(pk=OuterRef("pk"), attendances__isnull=False)
        return self.filter(Exists(expected), status=Session.Status.PLANNED, signed_at__isnull=True)

    def between(self, first: datetime, last: datetime) -> Self:
        return self.filter(starts_at__gte=first, starts_at__lt=last)

    def led_by(self, person: User, day: date) -> Self:
        return self.filter(work_group__in=Facilitation.objects.of_person(person).on(day).values("work_group"))

    def taken_by(self, person: User, day: date) -> Self:
        """Those whose register this person may take: of the groups they lead that day; of all, for hub staff."""
        return self.all() if person.is_hub_staff else self.led_by(person, day)

    def get_locked(self, pk: int) -> "Session":
        return self.select_for_update(no_key=True, of=("self",)).get(pk=pk)


class Session(models.Model):
    """One meeting of a work group, with its own time, place and way of meeting."""

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        CANCELLED = "cancelled", "Cancelled"

    class Mode(models.TextChoices):
        IN_PERSON = "in_person", "In person"
        ONLINE = "online", "Online"
        HYBRID = "hybrid", "In person or online"

    work_group = models.ForeignKey(WorkGroup, models.CASCADE, related_name="sessions")
    # Follows the start: the actions renumber when a session moves.
    number = models.PositiveSmallIntegerField(default=1, editable=False)
    title = models.CharField(max_length=120, blank=True)
    starts_at = models.DateTimeField("starts", null=True, blank=True)
    ends_at = models.DateTimeField("ends", null=True, blank=True)
    when_words = models.CharField(
        "date to be confirmed", max_length=80, blank=True, help_text="for example: week of 11 January, an afternoon"
    )
    mode = models.CharField("how we meet", max_length=9, choices=Mode, default=Mode.IN_PERSON)
    venue = models.ForeignKey(Venue, models.PROTECT, null=True, blank=True, related_name="sessions")
    link = models.URLField("joining link", blank=True, help_text="shown only to people with a place")
    joining_notes = models.TextField(blank=True, help_text="shown only to people with a place")
    bring = models.CharField("what to bring", max_length=200, blank=True)
    parts = models.ManyToManyField(Part, blank=True, help_text="who is expected; none: everyone")
    for_heads = models.BooleanField("the head teacher comes too", default=False)
    status = models.CharField(max_length=9, choices=Status, default=Status.PLANNED)
    status_reason = models.CharField(max_length=120, blank=True)
    # The cancelled session in whose place this one was added; what nothing replaces leaves the completion rule.
    replaces = models.OneToOneField(
        "self", models.SET_NULL, null=True, blank=True, related_name="replaced_by", verbose_name="in place of"
    )
    notice = models.CharField(max_length=120, blank=True, help_text="a short line shown beside the date")
    capacity = models.PositiveIntegerField("places at this meeting", null=True, blank=True)
    taken = models.PositiveIntegerField(default=0, editable=False)
    waiting = models.PositiveIntegerField("bookings that wait", default=0, editable=False)
    # SEQUENCE of the files that many people share (RFC 5545, 3.8.7.4).
    revision = models.PositiveIntegerField(default=0, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    signed_at = models.DateTimeField(null=True, blank=True, editable=False)
    signed_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, editable=False, related_name="+")

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering = ["work_group", "number", "pk"]
        indexes = [
            # Today's registers, the week ahead, and reminders.
            models.Index(fields=["starts_at"], name="session_by_start"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True, ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="session_ends_after_it_begins",
                violation_error_message="The session must end after it begins.",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=False) | ~Q(when_words=""),
                name="session_has_a_date_or_words_for_one",
                violation_error_message="Give a date and times, or say roughly when.",
            ),
            models.CheckConstraint(
                condition=Q(capacity__isnull=True) | Q(taken__lte=F("capacity")),
                name="session_is_never_oversold",
                violation_error_message="There are not that many places left at this meeting.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.work_group}, session {self.number}"

    def get_absolute_url(self) -> str:
        return f"{reverse('work_group_detail', args=[self.work_group.slug])}#session-{self.number}"

    @property
    def uid(self) -> str:
        """The UID in files that many people share; each person's own invite has its own."""
        return f"session-{self.pk}@work-groups"

    @property
    def opens_at(self) -> datetime | None:
        """When its register opens."""
        return self.starts_at - OPENS_BEFORE if self.starts_at else None

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60) if self.starts_at and self.ends_at else 0

    def overlaps(self, other: "Session") -> bool:
        """Do the two take place at the same time, were it for a minute?"""
        if not (self.starts_at and self.ends_at and other.starts_at and other.ends_at):
            return False
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def has_chair(self) -> bool:
        """Is there room for one guest? Of the venue's chairs, where it counts them; online there is."""
        if self.mode == self.Mode.ONLINE or self.venue is None or self.venue.chairs is None:
            return True
        return self.attendances.count() < self.venue.chairs

    @property
    def is_planned(self) -> bool:
        return self.status == self.Status.PLANNED

    @property
    def host_venue(self) -> Venue | None:
        """The venue whose host opens the door to it; none where nobody meets in a room."""
        return None if self.mode == self.Mode.ONLINE else self.venue

    @property
    def place_words(self) -> str:
        """Where, in a few words that anybody may read."""
        if self.mode == self.Mode.ONLINE:
            return "Online"
        where = self.venue.name if self.venue else "Venue to be confirmed"
        return f"{where}, or online" if self.mode == self.Mode.HYBRID else where


class Visit(models.Model):
    """A facilitator's visit to one school; in no register."""

    work_group = models.ForeignKey(WorkGroup, models.CASCADE, related_name="visits")
    school = models.ForeignKey(School, models.PROTECT, related_name="visits")
    facilitator = models.ForeignKey(User, models.PROTECT, related_name="visits")
    on = models.DateField()
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["on", "pk"]

    def __str__(self) -> str:
        return f"{self.facilitator} to {self.school}, {self.on}"


class SchoolHoliday(models.Model):
    """Days on which an authority's schools are shut, both days included."""

    la_code = models.CharField("local authority code", max_length=3)
    name = models.CharField(max_length=60)
    first_on = models.DateField("first day")
    last_on = models.DateField("last day")

    class Meta:
        ordering = ["first_on", "la_code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_on__gte=F("first_on")),
                name="school_holiday_ends_after_it_begins",
                violation_error_message="The last day must not be before the first.",
            ),
            models.UniqueConstraint(
                fields=["la_code", "first_on"],
                name="school_holiday_is_entered_once",
                violation_error_message="A holiday of this authority already begins on that day.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.la_code})"
