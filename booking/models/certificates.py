"""Certificates: what somebody attended in a group they completed, with a number and an address that proves it."""

import secrets
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import School, User
from accounts.models.schools import taken_in
from booking.models.facilitations import Facilitation
from booking.models.programme import WorkGroup


def new_token() -> str:
    """Nobody guesses it: 128 random bits, and still short enough to type from paper."""
    return secrets.token_urlsafe(16)


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def in_force(self) -> Self:
        return self.filter(revoked_at__isnull=True)

    def of_person(self, person: User) -> Self:
        return self.filter(person=person)

    def seen_by(self, user: User) -> Self:
        """Their own; who books for the school, of those that count for it; who leads the group; hub staff all."""
        if user.is_hub_staff:
            return self
        schools = taken_in(user.memberships.active().leads().values_list("school", flat=True))
        led = Facilitation.objects.of_person(user).on(timezone.localdate()).values("work_group")
        return self.filter(Q(person=user) | Q(school__in=schools) | Q(work_group__in=led))


class Certificate(models.Model):
    """What one person has for one group: one at a time; a new one takes the place of an old one that is revoked."""

    person = models.ForeignKey(User, models.PROTECT, related_name="certificates")
    work_group = models.ForeignKey(WorkGroup, models.PROTECT, related_name="certificates")
    # For which they had the place, or came last; the hours for each school stand below.
    school = models.ForeignKey(School, models.PROTECT, null=True, blank=True, related_name="certificates")
    token = models.CharField(max_length=43, unique=True, default=new_token, editable=False)
    # As printed; empty once its holder asked to be forgotten.
    name = models.CharField(max_length=120, blank=True)
    sessions = models.PositiveSmallIntegerField()
    of_sessions = models.PositiveSmallIntegerField()
    minutes = models.PositiveIntegerField()
    # Minutes by how the sessions went: attended, caught up with, missed.
    parts = models.JSONField(default=dict)
    # [school, minutes] for each school that the hours count for.
    hours_for = models.JSONField(default=list, blank=True)
    tried = models.PositiveSmallIntegerField("research tasks tried", default=0)
    first_on = models.DateField()
    last_on = models.DateField()
    issued_at = models.DateTimeField(default=timezone.now)
    issued_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.CharField("why it was revoked", max_length=200, blank=True)
    follows = models.OneToOneField("self", models.SET_NULL, null=True, blank=True, related_name="followed_by")

    objects = CertificateQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "work_group"],
                condition=Q(revoked_at__isnull=True),
                name="certificate_is_one_per_person_and_group",
                violation_error_message="This person has a certificate of the group already.",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True, reason="")
                | (Q(revoked_at__isnull=False) & ~Q(reason="")),
                name="certificate_revoked_says_why",
                violation_error_message="Say why the certificate is revoked.",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """MH-2026-000123: the year it was issued in, and what no other certificate has."""
        return f"MH-{timezone.localdate(self.issued_at).year}-{self.pk:06d}"

    @property
    def check_path(self) -> str:
        return reverse("certificate_check", args=[self.token])

    @property
    def is_in_force(self) -> bool:
        return self.revoked_at is None

    @property
    def counted(self) -> dict[str, Any]:
        """What it says of what was attended; a register that was amended since says something else."""
        names = ("sessions", "of_sessions", "minutes", "parts", "hours_for", "tried")
        return {name: getattr(self, name) for name in names}


class CertificateBundle(models.Model):
    """All certificates of a group in one file, made by a worker; it goes after a day."""

    work_group = models.ForeignKey(WorkGroup, models.CASCADE, related_name="certificate_bundles")
    asked_at = models.DateTimeField(default=timezone.now)
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    done = models.PositiveIntegerField(default=0)
    of = models.PositiveIntegerField()
    claimed_until = models.DateTimeField(null=True, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    file = models.FileField(upload_to="certificates", blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Certificates of {self.work_group}"

    @property
    def per_cent(self) -> int:
        return 100 * self.done // self.of if self.of else 100
