"""What runs by itself leaves a sign when it has run, so that a person sees when it no longer does."""

from django.db import models


class SignOfLife(models.Model):
    """The last time one thing ran: the clock, the worker, the mailbox, a backup, the proof of the data."""

    class Name(models.TextChoices):
        CLOCK = "clock", "The clock"
        WORKER = "worker", "The worker"
        MAILBOX = "mailbox", "The mailbox"
        BACKUP = "backup", "Backup"
        INTEGRITY = "integrity", "Proof of the data"
        RESTORE = "restore", "Restore"

    name = models.CharField(max_length=12, choices=Name, unique=True)
    at = models.DateTimeField()
    # Did it go well? What went wrong is in its own words, without anybody's name.
    is_well = models.BooleanField(default=True)
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name_plural = "signs of life"

    def __str__(self) -> str:
        return f"{self.get_name_display()}: {self.at}"
