"""What somebody needs us to arrange. Health and faith can be read from it, so it is kept apart, and not for long."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Max, Q

from accounts.models import User
from booking.models.places import Place

# After the last session of the group nothing is to be arranged any more.
KEPT_FOR = timedelta(days=30)
# The sentence somebody agrees to (explicit consent, UK GDPR article 9(2)(a)); changed words get a new version.
WORDING = (
    "I agree that those who run my sessions read this, to arrange it. I can change my mind at any time; it is deleted "
    "30 days after the last session."
)


class NeedQuerySet(models.QuerySet["Need"]):
    def standing(self) -> Self:
        """Those of whoever has the place now. A place passes on to others; what its former owner said does not."""
        return self.filter(place__live=True, place__person=F("person"))

    def outlived(self, now: datetime) -> Self:
        """Those whose last session is more than thirty days ago, or that stand no longer."""
        last = Max("place__work_group__sessions__ends_at", filter=Q(place__session__isnull=True))
        own = Max("place__session__ends_at")
        over = Q(last__lt=now - KEPT_FOR) | Q(own__lt=now - KEPT_FOR)
        return self.annotate(last=last, own=own).filter(over | ~Q(pk__in=Need.objects.standing()))


class Need(models.Model):
    """One person's wishes for one place, in their own words, with what they agreed to and when."""

    place = models.OneToOneField(Place, models.CASCADE, related_name="need")
    person = models.ForeignKey(User, models.CASCADE, related_name="needs")
    access = models.CharField("to take part", max_length=300, blank=True)
    food = models.CharField("to eat and drink", max_length=300, blank=True)
    contact_me = models.BooleanField("please ask me instead", default=False)
    wording = models.CharField(max_length=300)
    agreed_at = models.DateTimeField()

    objects = NeedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(wording=""),
                name="need_says_what_was_agreed_to",
                violation_error_message="Nothing is kept here without what was agreed to.",
            ),
        ]

    def __str__(self) -> str:
        return f"Need of place {self.place_id}"
