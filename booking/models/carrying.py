"""Carrying a cohort on: schools of one group are asked whether they go on in the next, and with whom."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Subquery, When
from django.urls import reverse

from accounts.models import School, User
from booking.models.places import LIVE, Booking
from booking.models.programme import WorkGroup


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def open(self) -> Self:
        """Waits for the school's answer: that it does not go on this year, or a booking, in whatever way."""
        return self.filter(~Exists(_booked()), declined_at__isnull=True)

    def with_booked(self) -> Self:
        """With the id of the booking that answers each: what is live, else the last since it was asked."""
        nearest = _booked().order_by(Case(When(status__in=LIVE, then=0), default=1), "-pk")
        return self.annotate(booked=Subquery(nearest.values("pk")[:1]))


def _booked() -> models.QuerySet[Booking]:
    """What the school of the proposal outside has booked in its group since it was asked."""
    there = Booking.objects.filter(work_group=OuterRef("work_group"), school=OuterRef("school"))
    return there.filter(Q(status__in=LIVE) | Q(made_at__gte=OuterRef("made_at")))


class Proposal(models.Model):
    """One school of a group, asked whether it goes on in another, with the people proposed; it takes no place."""

    work_group = models.ForeignKey(WorkGroup, models.CASCADE, related_name="proposals")
    school = models.ForeignKey(School, models.CASCADE, related_name="proposals")
    # The booking of the year before, whose people are proposed; what is booked now follows nothing.
    before = models.ForeignKey(Booking, models.CASCADE, related_name="proposals")
    # The key of the booking that a yes makes: two taps make one.
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    due_on = models.DateField("please answer by")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    declined_at = models.DateTimeField(null=True, blank=True)
    declined_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    # Of `with_booked`.
    booked: int | None

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["work_group", "school"],
                name="proposal_is_one_per_school_and_group",
                violation_error_message="This school has been asked already whether it carries on here.",
            ),
            models.CheckConstraint(
                condition=Q(declined_at__isnull=True, declined_by__isnull=True)
                | Q(declined_at__isnull=False, declined_by__isnull=False),
                name="proposal_that_is_declined_says_by_whom",
                violation_error_message="Say who answered that the school does not carry on, and when.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school}: {self.work_group}"

    def get_absolute_url(self) -> str:
        return reverse("carry_on", args=[self.pk])


class ProposedPerson(models.Model):
    """Somebody proposed for the next group, because they were in the one before."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="proposed")
    person = models.ForeignKey(User, models.CASCADE, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["proposal", "person"],
                name="proposed_person_is_proposed_once",
                violation_error_message="This person is proposed already.",
            ),
        ]

    def __str__(self) -> str:
        return str(self.person)
