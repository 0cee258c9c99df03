"""What a project asks of those who book its groups, and what they answered."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Max, Q

from accounts.models import School, User
from booking.models.places import Booking, Place
from booking.models.projects import Project

# Answers are of use as long as a group runs and is reported on.
KEPT_FOR = timedelta(days=365)
# How many characters of a number that is masked are shown.
SHOWN = 3


class Of(models.TextChoices):
    BOOKING = "booking", "Once for a booking"
    PERSON = "person", "Of each person"


class Lacks(models.TextChoices):
    """Why a question has no answer in words."""

    NONE = "none", "Does not have one"
    UNKNOWN = "unknown", "Not known"


class QuestionQuerySet(models.QuerySet["Question"]):
    def asked(self) -> Self:
        """Those still asked; others only have answers of former years."""
        return self.filter(asked=True)

    def of_people(self) -> Self:
        return self.filter(of=Of.PERSON)

    def seen_by(self, user: User) -> Self:
        """Whose answers this person reads of a group they run; a school always reads its own."""
        return self if user.is_hub_staff else self.filter(seen_by=Question.SeenBy.LEADS)


class Question(models.Model):
    """One question of a project, asked once for a booking or of each person in it."""

    class Kind(models.TextChoices):
        # Ready-made: remembered from project to project.
        ROLE = "role", "Role in the school"
        YEARS = "years", "Year groups taught"
        TRN = "trn", "Teacher reference number"
        # The hub's own words.
        SHORT = "short", "A few words"
        LONG = "long", "A few sentences"
        NUMBER = "number", "A number"
        YES_NO = "yes_no", "Yes or no"
        ONE = "one", "One of a list"
        SOME = "some", "Some of a list"

    class SeenBy(models.TextChoices):
        HUB = "hub", "The hub’s office"
        LEADS = "leads", "The hub’s office and who leads the group"

    READY_MADE = (Kind.ROLE, Kind.YEARS, Kind.TRN)

    project = models.ForeignKey(Project, models.CASCADE, related_name="questions")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=6, choices=Kind)
    of = models.CharField("asked", max_length=7, choices=Of, default=Of.PERSON)
    words = models.CharField("question", max_length=150)
    hint = models.CharField(max_length=200, blank=True)
    choices = models.JSONField(default=list, blank=True)
    required = models.BooleanField("needs an answer", default=False)
    seen_by = models.CharField(max_length=5, choices=SeenBy, default=SeenBy.HUB)
    asked = models.BooleanField(default=True, editable=False)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["number", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "words", "of"],
                condition=Q(asked=True),
                name="question_is_asked_once_in_a_project",
                violation_error_message="The project asks this already.",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["one", "some"]) | ~Q(choices=[]),
                name="question_with_a_list_has_one",
                violation_error_message="Give the answers to choose from, one a line.",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["role", "years", "trn"]) | Q(of="person"),
                name="question_about_a_person_is_asked_of_one",
                violation_error_message="This is asked of each person.",
            ),
            models.CheckConstraint(
                condition=~Q(kind="trn") | Q(seen_by="hub"),
                name="question_for_a_teacher_number_is_for_the_office",
                violation_error_message="Teacher reference numbers are for the hub’s office alone.",
            ),
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def is_masked(self) -> bool:
        """Is the answer shown by its last characters only?"""
        return self.kind == self.Kind.TRN

    @property
    def seen_words(self) -> str:
        """Who reads the answer, told to who gives it."""
        own = "You, the person and those who book for your school" if self.of == Of.PERSON else "Your school"
        others = "the hub’s office and who leads the group" if self.seen_by == self.SeenBy.LEADS else "the hub’s office"
        return f"Seen by: {own[0].lower()}{own[1:]}, and {others}."


class AnswerQuerySet(models.QuerySet["Answer"]):
    def standing(self) -> Self:
        """Of a booking itself, and of whoever has a place in it now; a place passes on, what was answered does not."""
        return self.filter(Q(place__isnull=True) | Q(place__live=True, place__person=F("person")))

    def standing_of(self, booking: Booking) -> Self:
        """The same of one booking, also of one that has just ended and whose places are live no more."""
        return self.filter(Q(place__isnull=True) | Q(place__person=F("person")), booking=booking)

    def given_for(self, school: School) -> Self:
        """What was answered for one school: no school is shown what somebody said at another."""
        return self.filter(booking__school=school)

    def outlived(self, now: datetime) -> Self:
        """Those of groups whose last session is more than a year ago."""
        return self.annotate(last=Max("booking__work_group__sessions__ends_at")).filter(last__lt=now - KEPT_FOR)


class Answer(models.Model):
    """What was answered: words, or that there is nothing to say yet."""

    question = models.ForeignKey(Question, models.PROTECT, related_name="answers")
    booking = models.ForeignKey(Booking, models.CASCADE, related_name="answers")
    place = models.ForeignKey(Place, models.CASCADE, null=True, blank=True, related_name="answers")
    person = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="answers")
    words = models.CharField(max_length=600, blank=True)
    lacks = models.CharField(max_length=7, choices=Lacks, blank=True)
    answered_at = models.DateTimeField()

    objects = AnswerQuerySet.as_manager()

    class Meta:
        ordering = ["question__number", "question", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["question", "booking"],
                condition=Q(place__isnull=True),
                name="answer_is_one_for_a_booking",
                violation_error_message="This has been answered for the booking.",
            ),
            models.UniqueConstraint(
                fields=["question", "place", "person"],
                condition=Q(place__isnull=False),
                name="answer_is_one_for_a_person_in_a_place",
                violation_error_message="This has been answered for this person.",
            ),
            models.CheckConstraint(
                condition=Q(place__isnull=True, person__isnull=True) | Q(place__isnull=False, person__isnull=False),
                name="answer_for_a_place_is_somebodys",
                violation_error_message="An answer for a place is about the person who has it.",
            ),
            models.CheckConstraint(
                condition=Q(words="") ^ Q(lacks=""),
                name="answer_says_something_or_what_it_lacks",
                violation_error_message="Give an answer, or say why there is none.",
            ),
        ]

    def __str__(self) -> str:
        if self.lacks:
            return str(self.get_lacks_display())
        return masked(self.words) if self.question.is_masked else self.words


def masked(number: str) -> str:
    """A number by its last characters: enough to know it again, too little to use it."""
    return f"•••• {number[-SHOWN:]}"
