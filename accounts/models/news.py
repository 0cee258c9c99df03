"""What is new at the hub."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models.people import User


class NewsQuerySet(models.QuerySet["NewsItem"]):
    def published(self) -> Self:
        """What everybody reads, newest first."""
        return self.filter(published_at__isnull=False, dated_on__lte=timezone.localdate()).order_by("-dated_on", "-pk")


class NewsItem(models.Model):
    """One dated item of news, written by hub staff: a draft until it is published, and from its day on."""

    title = models.CharField(max_length=120)
    text = models.TextField("what is new", max_length=20_000)
    # The day it stands under; one that is to come keeps it back until then.
    dated_on = models.DateField("date", default=timezone.localdate)
    published_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = NewsQuerySet.as_manager()

    class Meta:
        ordering = ["-dated_on", "-pk"]
        indexes = [
            # The list and the feed: what is new, newest first?
            models.Index(fields=["-dated_on", "-id"], condition=Q(published_at__isnull=False), name="news_published"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(title="") & ~Q(text=""),
                name="news_item_says_something",
                violation_error_message="News needs a title and some words.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("news_item", args=[self.pk])

    @property
    def is_out(self) -> bool:
        """Published; its day may still be to come."""
        return self.published_at is not None

    @property
    def is_shown(self) -> bool:
        return self.is_out and self.dated_on <= timezone.localdate()
