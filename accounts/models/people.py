"""People and where they work. A named colleague is a User long before they log in, if they ever do."""

from datetime import date, datetime
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models.schools import School


class UserQuerySet(models.QuerySet["User"]):
    def hub_staff(self) -> Self:
        return self.filter(hub_role=User.HubRole.STAFF, is_active=True)

    def of_school(self, school: School) -> Self:
        """People with an un-ended membership of this school."""
        return self.filter(memberships__in=Membership.objects.of_school(school).current())

    def away_on(self, day: date) -> Self:
        """On leave that day."""
        return self.filter(away_from__lte=day).exclude(away_to__lt=day)


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]  # made by a call
    def create_user(self, email: str | None, password: str | None = None, **fields: Any) -> "User":
        """A person; without a password they come in by a code sent to their address, once they want to."""
        user: User = self.model(email=email.lower() if email else None, **fields)
        if password:
            user.set_password(password)
        else:
            user.set_unusable_password()
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person. The e-mail address is the log-in; a colleague without one is told through their school's lead."""

    class HubRole(models.TextChoices):
        NONE = "", "None"
        STAFF = "staff", "Hub staff"
        READER = "reader", "Reader"

    class Invites(models.TextChoices):
        MAIL = "mail", "Mail me an invite for each session"
        FEED = "feed", "I use my calendar link"
        NEITHER = "neither", "Neither"

    name = models.CharField("your name", max_length=100)
    email = models.EmailField("work e-mail", null=True, blank=True, unique=True)
    job = models.CharField("role in school", max_length=60, blank=True)
    # Names and addresses borne here before: by these too somebody is found in texts when they ask to be forgotten.
    former = models.JSONField(default=list, blank=True, editable=False)
    hub_role = models.CharField(max_length=6, choices=HubRole, blank=True, default=HubRole.NONE)
    invites = models.CharField(max_length=7, choices=Invites, default=Invites.MAIL)
    is_active = models.BooleanField(default=True)
    away_from = models.DateField(null=True, blank=True)
    away_to = models.DateField(null=True, blank=True)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)
    # When this person was first let in without the second step that their part in the hub needs; the next time not.
    second_step_asked_at = models.DateTimeField(null=True, blank=True, editable=False)
    # When somebody who had not been here for two years was told that they will be forgotten.
    dormant_warned_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Another account of the same person, in which everything of this one now stands.
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged_from", editable=False
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        ordering = ["name", "pk"]
        indexes = [
            # The office's lists of people and its search: names in order, all that is asked, and no whole row is read.
            models.Index(fields=["merged_into", "name", "email", "id"], name="person_to_be_found"),
        ]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="person_has_an_address_of_their_own",
                violation_error_message="Somebody else already uses this e-mail address.",
            ),
            models.CheckConstraint(
                condition=Q(away_from__isnull=True) | Q(away_to__isnull=True) | Q(away_to__gte=F("away_from")),
                name="person_comes_back_after_leaving",
                violation_error_message="The day you come back must not be before the day you go.",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(is_active=False, email__isnull=True),
                name="person_merged_is_gone",
                violation_error_message="An account that was merged into another has no address and opens nothing.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def leave_behind(self, *words: str | None) -> None:
        """Note names and addresses that are no longer theirs. The caller saves."""
        self.former = [*dict.fromkeys([*self.former, *filter(None, words)])]

    @property
    def is_hub_staff(self) -> bool:
        return self.hub_role == self.HubRole.STAFF

    @property
    def reads_reports(self) -> bool:
        """Hub staff, and strategic partners who see figures and no people."""
        return self.hub_role in (self.HubRole.STAFF, self.HubRole.READER)

    def leads(self, school: School) -> bool:
        """May this person act for the school: one who books for it and is confirmed, or hub staff."""
        return self.is_hub_staff or self.memberships.active().leads().filter(school=school).exists()

    def books_for(self, school: School) -> bool:
        """Is this person one of those who book for the school, confirmed or not yet?"""
        return self.memberships.current().leads().filter(school=school).exists()

    def is_away(self, day: date) -> bool:
        """On leave that day: nobody asks why, and only security mail goes to them."""
        if self.away_from is None or day < self.away_from:
            return False
        return self.away_to is None or day <= self.away_to


class MembershipQuerySet(models.QuerySet["Membership"]):
    def of_school(self, school: School) -> Self:
        return self.filter(school=school)

    def current(self) -> Self:
        return self.filter(ended_at__isnull=True)

    def active(self) -> Self:
        return self.filter(state=Membership.State.ACTIVE)

    def requested(self) -> Self:
        return self.filter(state=Membership.State.REQUESTED)

    def invited(self) -> Self:
        """Named by a colleague, and not yet said yes themselves."""
        return self.filter(state=Membership.State.INVITED)

    def leads(self) -> Self:
        return self.filter(role=Membership.Role.LEAD)


class Membership(models.Model):
    """This person at this school, as teacher or lead, from one moment to another."""

    class Role(models.TextChoices):
        TEACHER = "teacher", "Teacher or teaching assistant"
        LEAD = "lead", "Books for the school"

    class State(models.TextChoices):
        REQUESTED = "requested", "Asked to join"
        INVITED = "invited", "Named by a colleague"
        ACTIVE = "active", "Belongs to the school"
        ENDED = "ended", "Ended"

    school = models.ForeignKey(School, models.PROTECT, related_name="memberships")
    person = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=7, choices=Role, default=Role.TEACHER)
    state = models.CharField(max_length=9, choices=State)
    # What a colleague typed who named them; emptied when the person says yes. Until then the school sees nothing else.
    typed_name = models.CharField(max_length=100, blank=True)
    typed_email = models.EmailField(blank=True)
    # Named by somebody whom the hub does not know yet: their yes is then a request like any other.
    unvouched_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["person__name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["school", "person"],
                condition=~Q(state="ended"),
                name="membership_is_one_per_person_and_school",
                violation_error_message="This person already belongs to the school.",
            ),
            models.CheckConstraint(
                condition=Q(state="ended", ended_at__isnull=False) | (~Q(state="ended") & Q(ended_at__isnull=True)),
                name="membership_ended_has_its_moment",
                violation_error_message="An ended membership needs the moment it ended.",
            ),
        ]
        indexes = [
            # Hub staff: who waits to be confirmed, longest first.
            models.Index(fields=["state", "started_at"], name="membership_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.person} at {self.school}"

    @property
    def known_name(self) -> str:
        """What the school calls this person: the typed name until they have said yes themselves."""
        return self.typed_name or self.person.name

    @property
    def known_email(self) -> str:
        return self.typed_email if self.typed_name else self.person.email or ""

    @property
    def strength(self) -> tuple[bool, bool]:
        """For choosing between two at one school: to belong beats to have asked, to book for it beats to take part."""
        return self.state == self.State.ACTIVE, self.role == self.Role.LEAD

    def end(self, at: datetime) -> None:
        self.state, self.ended_at = self.State.ENDED, at
        self.save(update_fields=["state", "ended_at"])
