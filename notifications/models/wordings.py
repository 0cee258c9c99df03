"""The hub's own words in its mails."""

from django.db import models
from django.utils import timezone

from accounts.models import User


class WordingQuerySet(models.QuerySet["Wording"]):
    def in_force(self) -> dict[str, "Wording"]:
        """The newest of each kind, by kind."""
        newest = self.values("kind").annotate(newest=models.Max("pk")).values("newest")
        return {one.kind: one for one in self.filter(pk__in=newest)}


class Wording(models.Model):
    """One version of the hub's own words for a kind of mail; the newest is in force. Empty: our words."""

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=150, blank=True)
    paragraph = models.TextField("one paragraph of your own", max_length=1500, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    objects = WordingQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            # What is said now, and what was said before?
            models.Index(fields=["kind", "-id"], name="wording_of_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.subject or 'our words'}"
