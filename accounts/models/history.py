"""One append-only line for each act: who, what, when, why. Names stay out of it; ids and codes go in."""

from typing import Self

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models

from accounts.models.people import User

# A thing, or its model and id where nothing else of it is needed.
Thing = models.Model | tuple[type[models.Model], int]


def link_to(thing: Thing) -> tuple[int, int]:
    """The content type and id by which a line is linked to a thing."""
    model, pk = thing if isinstance(thing, tuple) else (thing._meta.model, thing.pk)
    return ContentType.objects.get_for_model(model).pk, pk


class HistoryLineQuerySet(models.QuerySet["HistoryLine"]):
    def about(self, thing: models.Model) -> Self:
        """Lines linked to this school, person, booking, work group, ..."""
        return self.filter(
            links__content_type=ContentType.objects.get_for_model(thing), links__object_id=thing.pk
        ).distinct()

    def count_about(self, *things: Thing) -> int:
        """How many links acts have to these things: a number that changes with every act that concerns them."""
        wanted = models.Q()
        for thing in things:
            content_type, pk = link_to(thing)
            wanted |= models.Q(content_type=content_type, object_id=pk)
        return HistoryLink.objects.filter(wanted).count()

    def untold(self) -> Self:
        """Lines whose notices have not been made yet, in the order of the acts."""
        return self.filter(told_at__isnull=True).order_by("pk")


class HistoryLine(models.Model):
    at = models.DateTimeField()
    verb = models.CharField(max_length=40)
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="acts")
    reason = models.CharField(max_length=300, blank=True)
    details = models.JSONField(default=dict, blank=True)
    # Set when the notices that grow out of this act stand in the outbox: the line's only later change.
    told_at = models.DateTimeField(null=True, blank=True)

    objects = HistoryLineQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            # The worker's question: whose notices are still to be made?
            models.Index(fields=["id"], condition=models.Q(told_at__isnull=True), name="history_untold"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} at {self.at:%Y-%m-%d %H:%M}"


class HistoryLink(models.Model):
    line = models.ForeignKey(HistoryLine, models.CASCADE, related_name="links")
    content_type = models.ForeignKey(ContentType, models.PROTECT)
    object_id = models.PositiveBigIntegerField()
    thing = GenericForeignKey()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["line", "content_type", "object_id"],
                name="history_line_is_linked_once_to_a_thing",
                violation_error_message="This thing is linked to the line already.",
            ),
        ]
        indexes = [
            # The history on the page of a thing, newest first.
            models.Index(fields=["content_type", "object_id", "-line"], name="history_of_a_thing"),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} about {self.content_type_id}:{self.object_id}"
