"""One thing with a number of places, its bookings, and an outbox."""

from django.conf import settings
from django.db import models


class Thing(models.Model):
    title = models.CharField(max_length=100)
    taken = models.PositiveIntegerField(default=0)


class Booking(models.Model):
    thing = models.ForeignKey(Thing, models.PROTECT)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT)


class Outbox(models.Model):
    booking = models.ForeignKey(Booking, models.PROTECT)
    text = models.TextField()
