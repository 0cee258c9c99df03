"""Who is expected at a session, and what was marked. Registers, feeds, clashes and hours read only these."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import School, User
from booking.models.places import Place
from booking.models.sessions import Session


class AttendanceQuerySet(models.QuerySet["Attendance"]):
    def of_session(self, session: Session) -> Self:
        return self.filter(session=session)

    def of_person(self, person: User) -> Self:
        return self.filter(person=person)

    def unmarked(self) -> Self:
        return self.filter(standing_mark__isnull=True)


class Attendance(models.Model):
    """One row per person and session, expected or come."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="attendances")
    person = models.ForeignKey(User, models.PROTECT, related_name="attendances")
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="attendances")
    school = models.ForeignKey(School, models.PROTECT, null=True, blank=True, related_name="attendances")
    credited_to = models.ForeignKey(Session, models.PROTECT, null=True, blank=True, related_name="credits")
    standing_mark = models.OneToOneField("Mark", models.SET_NULL, null=True, blank=True, related_name="stands_for")
    # Marked differently from the same earlier mark: somebody has to decide. Kept by `booking.marking`.
    contested = models.BooleanField(default=False, editable=False)

    objects = AttendanceQuerySet.as_manager()

    class Meta:
        ordering = ["school__name", "person__name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "person"],
                name="attendance_is_one_per_person_and_session",
                violation_error_message="This person is already on the register.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} at {self.session}"


class RegisterLink(models.Model):
    """A named colleague's way to one session's register on its day, without an account of ours."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="register_links")
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.name}, register of {self.session}"


class Mark(models.Model):
    """One tap on a register. Never changed: a later mark replaces it, or settles it beside others, and says so."""

    class What(models.TextChoices):
        PRESENT = "present", "Present"
        LATE = "late", "Late"
        LEFT_EARLY = "left_early", "Left early"
        ONLINE = "online", "Online"
        APOLOGIES = "apologies", "Apologies"
        ABSENT = "absent", "Absent"
        SUBSTITUTE = "substitute", "Substitute sent"
        CLEARED = "cleared", "Not marked"

    attendance = models.ForeignKey(Attendance, models.CASCADE, related_name="marks")
    device_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    what = models.CharField(max_length=10, choices=What)
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="marks_made")
    # Made by a colleague through a link, where `by` is nobody of ours.
    link = models.ForeignKey(RegisterLink, models.SET_NULL, null=True, blank=True, related_name="marks")
    at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)
    # Restricted, not protected: a row of a session to come may go with all of its marks.
    replaces = models.ForeignKey("self", models.RESTRICT, null=True, blank=True, related_name="replaced_by")
    settled_by = models.ForeignKey("self", models.RESTRICT, null=True, blank=True, related_name="settles")
    # Why somebody is away: for that person, their school's leads and hub staff.
    reason = models.CharField(max_length=200, blank=True)
    # What whoever took the register noted: for them, and hub staff.
    note = models.CharField(max_length=200, blank=True)
    # Why a register that was locked is changed.
    amendment = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(minutes__isnull=True) | Q(what__in=["late", "left_early"]),
                name="mark_minutes_belong_to_late_and_left_early",
                violation_error_message="Minutes are for people who came late or left early.",
            ),
        ]

    def __str__(self) -> str:
        return self.get_what_display()

    @property
    def says(self) -> tuple[str, int | None, str]:
        """What it says about the person; two marks that say the same are no conflict."""
        return self.what, self.minutes, self.note

    @property
    def maker(self) -> str:
        """Who made it, by name."""
        return self.link.name if self.link else str(self.by or "")


MISSED = (Mark.What.APOLOGIES, Mark.What.ABSENT)
CAME = [Mark.What.PRESENT, Mark.What.LATE, Mark.What.LEFT_EARLY, Mark.What.ONLINE]
# The session was longer than they were there: minutes can be said.
CUT_SHORT = (Mark.What.LATE, Mark.What.LEFT_EARLY)
# Expected, and told us that they do not come themselves; the row stays for the register.
NOT_COMING = [Mark.What.APOLOGIES, Mark.What.SUBSTITUTE]
