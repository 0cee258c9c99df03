"""A lesson that a Teacher Research Group watches together: where, with whom, and who looks at what."""

from django.db import models

from accounts.models import School, User
from booking.models.sessions import Session


class LessonStudy(models.Model):
    """A session at which a lesson is taught and observed. Nothing in it names a pupil."""

    session = models.OneToOneField(Session, models.CASCADE, related_name="lesson")
    school = models.ForeignKey(School, models.PROTECT, null=True, blank=True, related_name="lessons")
    year_group = models.CharField("class or year group", max_length=40)
    question = models.CharField("what we want to find out", max_length=300, blank=True)
    plan = models.TextField("the lesson in a few words", max_length=2000, blank=True)

    class Meta:
        verbose_name_plural = "lesson studies"

    def __str__(self) -> str:
        return f"{self.year_group} at {self.school}" if self.school else self.year_group


class LessonRole(models.Model):
    """What one person does at an observed lesson, in words: teaches, watches one pair, notes what is said."""

    lesson = models.ForeignKey(LessonStudy, models.CASCADE, related_name="roles")
    person = models.ForeignKey(User, models.PROTECT, related_name="lesson_roles")
    words = models.CharField("what they do", max_length=120)

    class Meta:
        ordering = ["person__name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["lesson", "person"],
                name="lesson_has_one_role_for_a_person",
                violation_error_message="Each person has one part in the lesson.",
            ),
            models.CheckConstraint(
                condition=~models.Q(words=""),
                name="lesson_role_says_what_somebody_does",
                violation_error_message="Say what they do, or leave them out.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.words}"
