"""Lists that the hub had elsewhere, on their way in: people, bookings, past years, past attendance."""

import json
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts.models import User


class HandedKind(models.TextChoices):
    PEOPLE = "people", "People of schools"
    BOOKINGS = "bookings", "Bookings"
    PAST_YEARS = "past-years", "Past years"
    ATTENDANCE = "attendance", "Who came this year"


class HandedState(models.TextChoices):
    """Where a list stands. The first three are open: what was handed in is kept until they are over."""

    COLUMNS = "columns", "To say what each column is"
    READY = "ready", "Read, for you to look at"
    AGREED = "agreed", "Being taken in"
    DONE = "done", "Taken in"
    DROPPED = "dropped", "Dropped"


OPEN = [HandedState.COLUMNS, HandedState.READY, HandedState.AGREED]
# A row of a list: its line in what was handed in, and its cells.
Row = tuple[int, list[str]]


class HandedListQuerySet(models.QuerySet["HandedList"]):
    def for_the_worker(self, now: datetime) -> Self:
        """Agreed, and in no worker's hands; the oldest first."""
        free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
        return self.filter(free, state=HandedState.AGREED).order_by("pk")

    def get_locked(self, pk: int) -> "HandedList":
        return self.select_for_update(no_key=True).get(pk=pk)


class HandedList(models.Model):
    """One list as it was handed in, what its columns are, and what became of its rows."""

    Kind, State = HandedKind, HandedState

    kind = models.CharField(max_length=10, choices=HandedKind)
    state = models.CharField(max_length=7, choices=HandedState, default=HandedState.COLUMNS)
    name = models.CharField("what it was called", max_length=120, blank=True)
    # As JSON in text, so that who is erased is found in them: the heading; (line, cells) of each row; and of those that
    # were not taken (line, cells, why). Rows go when it is decided, the others a month later.
    head = models.TextField(default="[]")
    rows = models.TextField(blank=True)
    left = models.TextField(blank=True)
    # Which field stands in which column, counted from 0.
    columns = models.JSONField(default=dict, blank=True)
    # Of bookings why they are made though a rule speaks against them, of attendance why signed registers change, of
    # past years where they are from.
    words = models.CharField(max_length=200, blank=True)
    # Are people written to? Of bookings: also of what has begun already.
    tells = models.BooleanField(default=False)
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    agreed_at = models.DateTimeField(null=True, blank=True)
    agreed_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    # What was done: (line, "new" or "changed" or "there", what it is, its id), without a name.
    done = models.JSONField(default=list, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    objects = HandedListQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=OPEN, ended_at__isnull=True) | (~Q(state__in=OPEN) & Q(ended_at__isnull=False)),
                name="handed_list_ended_has_its_moment",
                violation_error_message="What is decided needs the moment it was; what is not has none.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN) | Q(rows=""),
                name="handed_list_keeps_no_rows_when_it_has_ended",
                violation_error_message="What was handed in goes when it has been decided upon.",
            ),
            models.CheckConstraint(
                condition=Q(agreed_at__isnull=True) | ~Q(state__in=["columns", "ready"]),
                name="handed_list_agreed_is_not_looked_at_any_more",
                violation_error_message="What is agreed is not changed any more.",
            ),
        ]

    def __str__(self) -> str:
        return self.name or "Pasted rows"

    def get_absolute_url(self) -> str:
        return reverse("office_handed", args=[self.pk])

    @property
    def is_at_work(self) -> bool:
        """A worker has it or will: there is nothing for a person to do but wait."""
        return self.state == HandedState.AGREED

    @property
    def heading(self) -> list[str]:
        return [str(one) for one in json.loads(self.head)]

    @property
    def lines(self) -> list[Row]:
        return [(number, cells) for number, cells in json.loads(self.rows or "[]")]

    @property
    def not_taken(self) -> list[tuple[int, list[str], str]]:
        return [(number, cells, why) for number, cells, why in json.loads(self.left or "[]")]

    def keep(self, column: str, value: list[Any]) -> None:
        """Write rows into their column; the caller saves."""
        setattr(self, column, json.dumps(value, ensure_ascii=False) if value else "")

    def drop(self, at: datetime) -> None:
        """Nothing of it is wanted, and nothing of it is kept; the caller saves."""
        self.rows = self.left = ""
        self.state, self.ended_at = HandedState.DROPPED, at


class KnownHeading(models.Model):
    """What the office said the last time that a column of this heading holds, in lists of one kind."""

    kind = models.CharField(max_length=10, choices=HandedKind)
    heading = models.CharField(max_length=80)
    # Empty: nothing that is needed here.
    field = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["kind", "heading"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "heading"],
                name="known_heading_means_one_thing",
                violation_error_message="A column of this heading is known already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.heading}: {self.field or 'left out'}"
