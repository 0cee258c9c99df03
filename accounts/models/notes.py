"""What the hub and a school last said to each other: dated lines, each with why it is kept."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models.people import User
from accounts.models.schools import School


class SchoolNote(models.Model):
    """Somebody at the hub spoke with a school on a day; whoever is named can have the line erased."""

    school = models.ForeignKey(School, models.PROTECT, related_name="notes")
    on = models.DateField("day")
    # With whom, where it was somebody whom the hub knows.
    person = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="notes_about")
    words = models.CharField("what was said", max_length=300)
    why = models.CharField("why we keep it", max_length=120)
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(words="") & ~Q(why=""),
                name="school_note_says_what_and_why",
                violation_error_message="Write what was said, and why the hub keeps it.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school}, {self.on}"
