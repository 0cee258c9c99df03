"""Who is expected at a session, and what was marked. Registers, feeds, clashes and hours read only these."""

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Count, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import School, User
from booking.models.places import Place
from booking.models.programme import WorkGroup
from booking.models.sessions import Session


class AttendanceQuerySet(models.QuerySet["Attendance"]):
    def of_session(self, session: Session) -> Self:
        return self.filter(session=session)

    def of_person(self, person: User) -> Self:
        return self.filter(person=person)

    def unmarked(self) -> Self:
        """Nothing is marked, and nothing is to be decided."""
        return self.filter(standing_mark__isnull=True, contested=False)

    def expected(self) -> Self:
        """Whoever has not said that they stay away, or sent somebody else."""
        return self.exclude(standing_mark__what__in=NOT_COMING)

    def came(self) -> Self:
        return self.filter(standing_mark__what__in=CAME)

    def per_session(self) -> Coalesce:
        """How many of these there are at a session: what sessions are annotated with."""
        there = self.filter(session=OuterRef("pk")).order_by().values("session")
        counted = Subquery(there.annotate(people=Count("pk")).values("people"), output_field=IntegerField())
        return Coalesce(counted, 0)

    def came_to(self, groups: models.QuerySet[WorkGroup]) -> Self:
        """Came to these groups' own sessions, where they were held; nothing that is credited elsewhere."""
        came = self.came().filter(credited_to__isnull=True).order_by()
        return came.filter(session__work_group__in=groups, session__status=Session.Status.PLANNED)

    def caught_up(self, groups: models.QuerySet[WorkGroup]) -> Self:
        """Caught up with these groups by coming to another one."""
        came = self.came().filter(credited_to__work_group__in=groups).order_by()
        return came.filter(credited_to__status=Session.Status.PLANNED)

    def off_the_list(self) -> Self:
        """Who came without a place, and catches nothing up."""
        return self.filter(place__isnull=True, credited_to__isnull=True)

    def to_sort_out(self) -> Self:
        """Who came without a place, and nobody has said yet where they belong."""
        return self.off_the_list().filter(sorted_at__isnull=True)


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
    # Somebody not on the list, whom the hub has left as a visitor.
    sorted_at = models.DateTimeField(null=True, blank=True, editable=False)

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
    # When a mark was first made with it, and when they said that all is marked.
    used_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.name}, register of {self.session}"

    def opens_at(self, now: datetime) -> bool:
        """Does it open the register at this moment? On the session's own day, until it is ended or the day is over."""
        starts = self.session.starts_at
        is_of_today = starts is not None and timezone.localdate(starts) == timezone.localdate(now)
        return self.ended_at is None and is_of_today and self.session.is_planned


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


class ArrivalQuerySet(models.QuerySet["Arrival"]):
    def of_session(self, session: Session) -> Self:
        return self.filter(session=session)

    def waiting(self) -> Self:
        """Not confirmed yet, and not turned away."""
        return self.filter(confirmed_at__isnull=True, dismissed_at__isnull=True)

    def unanswered(self) -> Self:
        """Waiting, and the register does not say that they came."""
        return self.waiting().exclude(attendance__standing_mark__what__in=CAME)


class Arrival(models.Model):
    """Somebody said "I am here" by the code of a session; it counts once whoever takes the register confirms it."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="arrivals")
    # Their line of the register, where they are expected; none: to be looked at by whoever takes the register.
    attendance = models.ForeignKey(Attendance, models.CASCADE, null=True, blank=True, related_name="arrivals")
    # Who was logged in and is not expected.
    person = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="arrivals")
    # What was typed by who is neither.
    name = models.CharField(max_length=100, blank=True)
    school = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    dismissed_at = models.DateTimeField(null=True, blank=True)

    objects = ArrivalQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["attendance"],
                condition=Q(dismissed_at__isnull=True),
                name="arrival_is_one_per_line_of_the_register",
                violation_error_message="They have said already that they are here.",
            ),
            models.UniqueConstraint(
                fields=["session", "person"],
                condition=Q(dismissed_at__isnull=True),
                name="arrival_is_one_per_person_and_session",
                violation_error_message="You have said already that you are here.",
            ),
            models.CheckConstraint(
                condition=Q(attendance__isnull=False, person__isnull=True, name="")
                | Q(attendance__isnull=True, person__isnull=False, name="")
                | Q(attendance__isnull=True, person__isnull=True) & ~Q(name=""),
                name="arrival_is_of_a_line_a_person_or_a_name",
                violation_error_message="Say who is here.",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | Q(dismissed_at__isnull=True),
                name="arrival_is_not_confirmed_and_turned_away",
                violation_error_message="This has been answered already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.called} at {self.session}"

    @property
    def called(self) -> str:
        """Who is here, by name."""
        if self.attendance:
            return self.attendance.person.name
        return self.person.name if self.person else self.name

    @property
    def minutes_late(self) -> int:
        """How many minutes after the start they said so; 0 for who was in time."""
        starts = self.session.starts_at
        return max(0, int((self.at - starts).total_seconds() // 60)) if starts else 0


MISSED = (Mark.What.APOLOGIES, Mark.What.ABSENT)
CAME = [Mark.What.PRESENT, Mark.What.LATE, Mark.What.LEFT_EARLY, Mark.What.ONLINE]
# The session was longer than they were there: minutes can be said.
CUT_SHORT = (Mark.What.LATE, Mark.What.LEFT_EARLY)
# Expected, and told us that they do not come themselves; the row stays for the register.
NOT_COMING = [Mark.What.APOLOGIES, Mark.What.SUBSTITUTE]
