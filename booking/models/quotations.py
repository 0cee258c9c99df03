"""Words of its own people that a school shows to its governors."""

from django.db import models
from django.utils import timezone

from accounts.models import School, User
from booking.models.research import Reflection


class Quotation(models.Model):
    """A shared reflection that whoever books for the school has chosen for "Our school with the hub"."""

    school = models.ForeignKey(School, models.CASCADE, related_name="quotations")
    reflection = models.ForeignKey(Reflection, models.CASCADE, related_name="quotations")
    chosen_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    chosen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["school", "reflection"],
                name="quotation_is_chosen_once",
                violation_error_message="These words are chosen already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reflection}, for {self.school}"
