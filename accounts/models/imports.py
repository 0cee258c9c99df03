"""A file of the national register on its way into the hub: sent, read, looked at, and then taken in or dropped."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from accounts.models.people import User


class ImportState(models.TextChoices):
    """Where a file of the register stands. The first three are open: the file is kept until they are over."""

    SENT = "sent", "Being read"
    READY = "ready", "Read, for you to look at"
    APPROVED = "approved", "Being taken in"
    APPLIED = "applied", "Taken in"
    REFUSED = "refused", "Not taken"
    DROPPED = "dropped", "Dropped"


OPEN = [ImportState.SENT, ImportState.READY, ImportState.APPROVED]
AT_WORK = [ImportState.SENT, ImportState.APPROVED]


class RegisterImportQuerySet(models.QuerySet["RegisterImport"]):
    def open(self) -> Self:
        """Neither taken in nor refused nor dropped."""
        return self.filter(state__in=OPEN)

    def for_the_worker(self, now: datetime) -> Self:
        """To be read or taken in, and in no worker's hands; the oldest first."""
        return self.filter(Q(claimed_until__isnull=True) | Q(claimed_until__lte=now), state__in=AT_WORK).order_by("pk")

    def forgotten(self, before: datetime) -> Self:
        """Read so long ago that nobody will decide on it any more."""
        return self.filter(state=ImportState.READY, read_at__lt=before)

    def get_locked(self, pk: int) -> "RegisterImport":
        return self.select_for_update(no_key=True).get(pk=pk)


class RegisterImport(models.Model):
    """One file of the register, with or without its links, and what taking it in changes or has changed."""

    State = ImportState

    state = models.CharField(max_length=8, choices=ImportState, default=ImportState.SENT)
    # What was sent holds names of head teachers: it goes as soon as it is decided upon.
    file = models.FileField(upload_to="register", blank=True)
    links = models.FileField(upload_to="register", blank=True)
    file_name = models.CharField(max_length=120, blank=True)
    links_name = models.CharField(max_length=120, blank=True)
    # Codes of local authorities, with commas; empty: all of England.
    authorities = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    read_at = models.DateTimeField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField("why it is not taken", max_length=500, blank=True)
    # What it changes, as `accounts.gias.Plan.stored` gives it.
    plan = models.JSONField(default=dict, blank=True)
    # The hub has changed since somebody said yes: the plan was made anew and waits to be looked at again.
    made_anew = models.BooleanField(default=False)
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    objects = RegisterImportQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=OPEN, ended_at__isnull=True) | (~Q(state__in=OPEN) & Q(ended_at__isnull=False)),
                name="register_import_ended_has_its_moment",
                violation_error_message="What is decided needs the moment it was; what is not has none.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN) | Q(file="", links=""),
                name="register_import_keeps_no_file_when_it_has_ended",
                violation_error_message="A file of the register goes when it has been decided upon.",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name or f"Register of {self.sent_at:%d.%m.%Y}"

    @property
    def is_at_work(self) -> bool:
        """A worker has it or will: there is nothing for a person to do but wait."""
        return self.state in AT_WORK

    @property
    def authority_codes(self) -> list[str]:
        return self.authorities.split(",") if self.authorities else []

    def end(self, state: str, at: datetime) -> list[str]:
        """It is decided. Returns the names of the files in the storage, for the caller to remove once that stands."""
        names = [stored.name for stored in (self.file, self.links) if stored.name]
        self.state, self.ended_at, self.claimed_until = ImportState(state), at, None
        self.file = self.links = ""
        return names
