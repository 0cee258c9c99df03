"""Lists on their way out: in which columns, and to whom what was passed on and why."""

from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts.models import School, User
from booking.models.programme import WorkGroup


class ListProfile(models.Model):
    """The columns of a list as somebody wants them: which, in which order, called what, with which codes for values."""

    list_code = models.CharField("list", max_length=30)
    name = models.CharField("what it is called", max_length=60)
    # Of each column its key, its heading, and what is written for its values: {"Present": "1"}.
    columns = models.JSONField(default=list)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["list_code", "name"],
                name="list_profile_has_a_name_of_its_own",
                violation_error_message="This list has columns of that name already. Give these another.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{reverse('office_list', args=[self.list_code])}?profile={self.pk}"


class Why(models.TextChoices):
    """Why a list with names leaves the hub."""

    FUNDER = "funder", "Our funder asks for it"
    EVALUATION = "evaluation", "A programme is evaluated"
    SCHOOL = "school", "A school asks about its own people"
    RUNNING = "running", "To run a group or a session"
    OURSELVES = "ourselves", "For our own work; it stays in the hub"
    OTHER = "other", "Something else"


def why_words(why: str, words: str) -> str:
    """Why something leaves, with what was said besides."""
    return ": ".join(part for part in (Why(why).label, words) if part)


class Disclosure(models.Model):
    """One list with names that left the hub: what, by whom, when, to whom, why."""

    list_code = models.CharField("list", max_length=30)
    title = models.CharField("what", max_length=120)
    # As they stood on the page: "school year 2026-27, Oakfield".
    filters = models.CharField("narrowed to", max_length=300, blank=True)
    columns = models.JSONField("columns", default=list)
    rows = models.PositiveIntegerField("how many rows")
    file = models.CharField(max_length=4, choices=[("csv", "CSV"), ("xlsx", "Excel"), ("json", "read by a key")])
    # By which another system read it, if it was not taken away by hand.
    key = models.ForeignKey("ApiKey", models.PROTECT, null=True, blank=True, related_name="disclosures")
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    to = models.CharField("to whom", max_length=120)
    why = models.CharField(max_length=10, choices=Why)
    words = models.CharField("why, in words", max_length=200, blank=True)
    # Whose people: of these groups, these schools, that year; of everybody, where there is none of them.
    work_groups = models.ManyToManyField(WorkGroup, related_name="+", blank=True)
    schools = models.ManyToManyField(School, related_name="+", blank=True)
    year = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(to=""),
                name="disclosure_says_to_whom",
                violation_error_message="Say to whom it goes.",
            ),
            models.CheckConstraint(
                condition=~Q(why="other") | ~Q(words=""),
                name="disclosure_for_something_else_says_what",
                violation_error_message="Say in a few words what it is for.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"{reverse('office_disclosures')}#passed-{self.pk}"

    @property
    def why_words(self) -> str:
        return why_words(self.why, self.words)
