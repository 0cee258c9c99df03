"""The parts that people of a school come as."""

from django.db import models

from booking.models.programme import WorkGroup


class Part(models.Model):
    """A named part in a booking, such as Reception or maths lead."""

    work_group = models.ForeignKey(WorkGroup, models.CASCADE, related_name="parts")
    name = models.CharField(max_length=40)
    required = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["work_group", "name"],
                name="part_is_named_once_in_a_group",
                violation_error_message="This group already has a part of that name.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
