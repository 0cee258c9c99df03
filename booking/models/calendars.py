"""What stands in people's calendars, and the links they read it by."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import School, User
from booking.models.sessions import Session


class CalendarEntryQuerySet(models.QuerySet["CalendarEntry"]):
    def untold(self) -> Self:
        """Entries that have changed since their person was last told."""
        return self.filter(sequence__gt=F("told_sequence"))

    def wanted(self) -> Self:
        return self.filter(wanted=CalendarEntry.Wanted.REQUEST)

    def standing_elsewhere(self, now: datetime) -> Self:
        """Entries of coming sessions that were told to another address than the one they belong to now.

        The person has a new address, or has changed how sessions reach their calendar (an empty address: not by mail).
        """
        by_mail = When(person__invites=User.Invites.MAIL, then=Coalesce("person__email", Value("")))
        told = self.wanted().filter(
            told_sequence=F("sequence"),
            session__status=Session.Status.PLANNED,
            session__starts_at__gt=now,
            person__is_active=True,
        )
        belongs = Case(by_mail, default=Value(""), output_field=models.CharField())
        return told.annotate(belongs_to=belongs).exclude(told_address=F("belongs_to"))


class CalendarEntry(models.Model):
    """A person and a session, for life: one UID, a SEQUENCE that only grows, and what was last told to whom.

    `sequence` is RFC 5545's SEQUENCE of the newest state; `told_sequence` (-1: never told) that of the last mail made.
    """

    class Wanted(models.TextChoices):
        REQUEST = "REQUEST", "In the calendar"
        CANCEL = "CANCEL", "Taken out"

    class Answer(models.TextChoices):
        NONE = "", "Not answered"
        COMING = "coming", "Coming"
        CANNOT = "cannot", "Can't come"

    person = models.ForeignKey(User, models.CASCADE, related_name="calendar_entries")
    session = models.ForeignKey(Session, models.PROTECT, related_name="calendar_entries")
    uid = models.CharField(max_length=60, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0)
    wanted = models.CharField(max_length=7, choices=Wanted, default=Wanted.REQUEST)
    told_sequence = models.IntegerField(default=-1)
    told_address = models.EmailField(blank=True)
    # When the session was to be, by the last invite: a withdrawal repeats it, also where the date has been lost.
    told_starts_at = models.DateTimeField(null=True, blank=True)
    told_ends_at = models.DateTimeField(null=True, blank=True)
    tell_after = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    answer = models.CharField(max_length=6, choices=Answer, blank=True, default=Answer.NONE)

    objects = CalendarEntryQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "calendar entries"
        constraints = [
            models.UniqueConstraint(
                fields=["person", "session"],
                name="calendar_entry_is_one_per_person_and_session",
                violation_error_message="This person already has an entry for the session.",
            ),
            models.CheckConstraint(
                condition=Q(told_sequence__gte=-1) & Q(told_sequence__lte=F("sequence")),
                name="calendar_entry_tells_no_future",
                violation_error_message="Nobody can have been told of a change that has not been made.",
            ),
        ]
        indexes = [
            # The worker's question: who is to be told by now?
            models.Index(
                fields=["tell_after"],
                condition=Q(sequence__gt=F("told_sequence")),
                name="calendar_entry_untold",
            ),
        ]

    def __str__(self) -> str:
        return self.uid


class CalendarFeed(models.Model):
    """A calendar link: only the hash of its token is kept, so it can be shown once and never again."""

    class Kind(models.TextChoices):
        MINE = "mine", "My sessions"
        SCHOOL = "school", "My school's sessions"
        LED = "led", "Work groups I lead"

    kind = models.CharField(max_length=6, choices=Kind)
    owner = models.ForeignKey(User, models.CASCADE, related_name="calendar_feeds")
    school = models.ForeignKey(School, models.CASCADE, null=True, blank=True, related_name="calendar_feeds")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    shows_names = models.BooleanField("name our colleagues", default=False)
    made_at = models.DateTimeField(default=timezone.now)
    fetched_at = models.DateTimeField(null=True, blank=True)
    fetched_by = models.CharField(max_length=120, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "kind"],
                condition=Q(revoked_at__isnull=True, school__isnull=True),
                name="calendar_feed_is_one_per_person_and_kind",
                violation_error_message="You already have this calendar link.",
            ),
            models.UniqueConstraint(
                fields=["owner", "school"],
                condition=Q(revoked_at__isnull=True, school__isnull=False),
                name="calendar_feed_is_one_per_person_and_school",
                violation_error_message="You already have this calendar link.",
            ),
            models.CheckConstraint(
                condition=Q(kind="school", school__isnull=False) | (~Q(kind="school") & Q(school__isnull=True)),
                name="calendar_feed_of_a_school_names_it",
                violation_error_message="A school's calendar link needs the school.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} for {self.owner}"
