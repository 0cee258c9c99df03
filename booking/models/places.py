"""A school's booking, and the places in it that stay together."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, School, User
from booking.models.facilitations import Facilitation
from booking.models.parts import Part
from booking.models.programme import WorkGroup
from booking.models.sessions import Session


class Status(models.TextChoices):
    """Where a booking stands. The first five are live; of those, the last three take places."""

    APPLIED = "applied", "Applied"
    WAITING = "waiting", "On the waiting list"
    OFFERED = "offered", "Places offered"
    HELD = "held", "Held"
    CONFIRMED = "confirmed", "Confirmed"
    NOT_SELECTED = "not_selected", "Not this time"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"
    LAPSED = "lapsed", "Lapsed"
    CANCELLED = "cancelled", "Cancelled by the hub"
    TRANSFERRED = "transferred", "Moved to another group"


LIVE = [Status.APPLIED, Status.WAITING, Status.OFFERED, Status.HELD, Status.CONFIRMED]
TAKING = [Status.OFFERED, Status.HELD, Status.CONFIRMED]


class Reason(models.TextChoices):
    ILLNESS = "illness", "Illness"
    COVER = "cover", "Cover refused"
    INSPECTION = "inspection", "Inspection"
    CLOSED = "closed", "School closed"
    LEFT = "left", "Left the school"
    OTHER = "other", "Something else"


class Decision(models.TextChoices):
    """What is to become of an application, once it is released."""

    ACCEPT = "accept", "Accept"
    WAIT = "wait", "Waiting list"
    DECLINE = "decline", "Not this time"


class BookingQuerySet(models.QuerySet["Booking"]):
    def live(self) -> Self:
        return self.filter(status__in=LIVE)

    def taking(self) -> Self:
        """Bookings whose places count as taken: offered, held and confirmed."""
        return self.filter(status__in=TAKING)

    def confirmed(self) -> Self:
        return self.filter(status=Status.CONFIRMED)

    def held(self) -> Self:
        return self.filter(status=Status.HELD)

    def waiting(self) -> Self:
        """Longest-waiting first: by application, unless hub staff moved somebody."""
        return self.filter(status=Status.WAITING).order_by("turn", "pk")

    def of_school(self, school: School) -> Self:
        return self.filter(school=school)

    def to_come(self, now: datetime) -> Self:
        """Of published groups and meetings that have sessions to come, or none as yet."""
        left = Session.objects.planned().filter(Q(starts_at__gt=now) | Q(starts_at__isnull=True))
        series = Q(session__isnull=True) & (
            Exists(left.filter(work_group=OuterRef("work_group")))
            | ~Exists(Session.objects.filter(work_group=OuterRef("work_group")))
        )
        return self.filter(series | Q(session__in=left), work_group__status=WorkGroup.Status.PUBLISHED)

    def of_member(self, membership: Membership) -> Self:
        """What somebody who books for a school sees of it: all, or only their own until the hub has confirmed them."""
        own = self.filter(school=membership.school_id)
        if membership.state == Membership.State.ACTIVE:
            return own
        return own.filter(made_by=membership.person_id, made_at__gte=membership.started_at)

    def visible_to(self, user: User) -> Self:
        """Hub staff see all, leads their school's, work group leads their groups', anyone what they made themselves.

        Whoever sees a booking may change it: hub staff and work group leads act for schools that ask them to.
        """
        if user.is_hub_staff:
            return self
        schools = user.memberships.active().leads().values("school")
        led = Facilitation.objects.of_person(user).on(timezone.localdate()).values("work_group")
        return self.filter(Q(school__in=schools) | Q(work_group__in=led) | self._asked_by(user))

    @staticmethod
    def _asked_by(user: User) -> Q:
        """What somebody booked since they asked to book for the school: their own until the school is."""
        asked = (
            user.memberships.current().leads().filter(school=OuterRef("school"), started_at__lte=OuterRef("made_at"))
        )
        return Q(Exists(asked), made_by=user)


class Booking(models.Model):
    """A school's booking on a work group, or on one meeting of a network."""

    class Via(models.TextChoices):
        WEB = "web", "On this site"
        TELEPHONE = "telephone", "By telephone"
        EMAIL = "email", "By e-mail"
        PAPER = "paper", "On paper"
        IN_PERSON = "in_person", "In person"

    work_group = models.ForeignKey(WorkGroup, models.PROTECT, related_name="bookings")
    session = models.ForeignKey(Session, models.PROTECT, null=True, blank=True, related_name="bookings")
    school = models.ForeignKey(School, models.PROTECT, related_name="bookings")
    status = models.CharField(max_length=12, choices=Status)
    # A double click, a retry or two tabs carry the same key and book once; the fingerprint is of what was asked.
    key = models.UUIDField(unique=True, editable=False)
    fingerprint = models.CharField(max_length=64, editable=False, default="")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, related_name="bookings_made")
    via = models.CharField(max_length=9, choices=Via, default=Via.WEB)
    cover_email = models.EmailField("copy to whoever arranges cover", blank=True)
    note = models.CharField(max_length=300, blank=True)
    turn = models.PositiveBigIntegerField(default=0, editable=False)
    offered_at = models.DateTimeField(null=True, blank=True)
    offer_ends_at = models.DateTimeField(null=True, blank=True)
    # Why places are free and yet not offered to this booking; the school reads it. By whom, if not by a rule.
    held_back = models.CharField(max_length=300, blank=True)
    held_back_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=10, choices=Reason, blank=True)
    # School days between giving up and the next session then; none where nothing had a date.
    notice_days = models.PositiveSmallIntegerField(null=True, blank=True)
    # Prepared by the hub, and seen by nobody else until all of a group's decisions are released.
    decision = models.CharField(max_length=7, choices=Decision, blank=True)
    decision_words = models.CharField(max_length=300, blank=True)
    follows = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="followed_by")

    objects = BookingQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            # The waiting list of a group in its order, and counting what is taken.
            models.Index(fields=["work_group", "status", "turn", "id"], name="booking_queue"),
            # A school's bookings.
            models.Index(fields=["school", "status"], name="booking_of_school"),
            # The office's list of bookings, newest first, a page on from any row.
            models.Index(fields=["made_at", "id"], name="booking_by_moment"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=LIVE, ended_at__isnull=True) | (~Q(status__in=LIVE) & Q(ended_at__isnull=False)),
                name="booking_ended_has_its_moment",
                violation_error_message="An ended booking needs the moment it ended; a live one has none.",
            ),
            models.CheckConstraint(
                condition=~Q(status="offered") | Q(offered_at__isnull=False, offer_ends_at__isnull=False),
                name="booking_offered_says_until_when",
                violation_error_message="An offer needs the moment it was made and the moment it ends.",
            ),
            models.CheckConstraint(
                condition=Q(held_back="") | Q(status="waiting"),
                name="booking_held_back_is_waiting",
                violation_error_message="Only a booking that waits can be held back.",
            ),
            models.CheckConstraint(
                condition=Q(held_back_by__isnull=True) | ~Q(held_back=""),
                name="booking_held_back_by_somebody_says_why",
                violation_error_message="Say why the booking is held back.",
            ),
            models.UniqueConstraint(
                fields=["work_group", "school"],
                condition=Q(status__in=LIVE, session__isnull=True),
                name="booking_one_live_per_school",
                violation_error_message="Your school has already booked this group.",
            ),
            models.UniqueConstraint(
                fields=["session", "school"],
                condition=Q(status__in=LIVE, session__isnull=False),
                name="booking_one_live_per_school_and_meeting",
                violation_error_message="Your school has already booked this meeting.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school} on {self.work_group}"

    def get_absolute_url(self) -> str:
        return reverse("booking_detail", args=[self.pk])

    def line(self) -> BookingQuerySet:
        """The waiting list on which this booking stands, or would."""
        return Booking.objects.waiting().filter(work_group=self.work_group_id, session=self.session_id)

    def position(self) -> int:
        """Its number in the line, 1 for the first."""
        before = Q(turn__lt=self.turn) | Q(turn=self.turn, pk__lt=self.pk)
        return self.line().filter(before).count() + 1

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    @property
    def is_interest(self) -> bool:
        """Only a school and how many, on a group that asks who would come: no names, and no place taken."""
        return self.status == Status.APPLIED and self.work_group.recruitment == WorkGroup.Recruitment.INTEREST

    @property
    def status_words(self) -> str:
        """Where it stands, as pages say it."""
        return "Interested" if self.is_interest else self.get_status_display()

    @property
    def is_acted_for(self) -> bool:
        """Made for the school by the hub, or by who leads the group, as the school had asked."""
        return self.via != self.Via.WEB

    @property
    def is_standing(self) -> bool:
        """Confirmed, or held until somebody says yes."""
        return self.status in (Status.CONFIRMED, Status.HELD)

    @property
    def is_taking(self) -> bool:
        return self.status in TAKING


class PlaceQuerySet(models.QuerySet["Place"]):
    def live(self) -> Self:
        return self.filter(live=True)

    def named(self) -> Self:
        return self.filter(person__isnull=False)

    def to_name(self) -> Self:
        """Held for a name to follow."""
        return self.filter(live=True, person__isnull=True)


class Place(models.Model):
    """One person's place in a booking; without a person it is held, name to follow."""

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="places")
    person = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="places")
    part = models.ForeignKey(Part, models.SET_NULL, null=True, blank=True, related_name="places")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=10, choices=Reason, blank=True)
    # School days between giving up and the next session then; none where nothing had a date.
    notice_days = models.PositiveSmallIntegerField(null=True, blank=True)
    # Copies of the booking's own, so that "one live place per person" can be a constraint; check_integrity proves them.
    work_group = models.ForeignKey(WorkGroup, models.PROTECT, related_name="places", editable=False)
    session = models.ForeignKey(Session, models.PROTECT, null=True, blank=True, related_name="places", editable=False)
    live = models.BooleanField(default=True, editable=False)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["work_group", "person"],
                condition=Q(live=True, session__isnull=True),
                name="place_one_live_per_person_and_group",
                violation_error_message="This person already has a place in this group.",
            ),
            models.UniqueConstraint(
                fields=["session", "person"],
                condition=Q(live=True, session__isnull=False),
                name="place_one_live_per_person_and_meeting",
                violation_error_message="This person already has a place at this meeting.",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(live=False),
                name="place_withdrawn_is_not_live",
                violation_error_message="A withdrawn place is no longer taken.",
            ),
        ]

    def __str__(self) -> str:
        return str(self.person) if self.person else "Name to follow"
