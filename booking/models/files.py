"""Files and links beside a session, a research task or what somebody wrote about one."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from booking.models.research import Reflection, ResearchTask
from booking.models.sessions import Session


def random_name(attachment: "Attachment", name: str) -> str:
    """Where a file lies: nothing of the name that its sender gave it."""
    letters = uuid.uuid4().hex
    return f"{letters[:2]}/{letters}.{attachment.extension}"


class Attachment(models.Model):
    """A file, or a link, in one place: among a session's materials, with a task, or with somebody's reflection.

    Its kind is what its content is, never what it was called. What `booking.files` has not looked through is not here.
    """

    class Kind(models.TextChoices):
        JPEG = "jpeg", "Picture"
        PNG = "png", "Picture (PNG)"
        PDF = "pdf", "PDF"
        DOCX = "docx", "Word"
        PPTX = "pptx", "PowerPoint"
        XLSX = "xlsx", "Excel"
        ODT = "odt", "OpenDocument text"
        ODP = "odp", "OpenDocument slides"
        ODS = "ods", "OpenDocument sheet"
        LINK = "link", "Link"

    session = models.ForeignKey(Session, models.CASCADE, null=True, blank=True, related_name="materials")
    task = models.ForeignKey(ResearchTask, models.CASCADE, null=True, blank=True, related_name="attachments")
    reflection = models.ForeignKey(Reflection, models.CASCADE, null=True, blank=True, related_name="attachments")
    kind = models.CharField(max_length=4, choices=Kind)
    title = models.CharField(max_length=120)
    url = models.URLField("address", max_length=500, blank=True)
    file = models.FileField(upload_to=random_name, max_length=80, blank=True)
    size = models.PositiveIntegerField(default=0, help_text="bytes on the disk")
    # Open to the group before the session it belongs to is over.
    at_once = models.BooleanField("open to the group at once", default=False)
    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="attachments")

    class Meta:
        ordering = ["added_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(session__isnull=False, task__isnull=True, reflection__isnull=True)
                | Q(session__isnull=True, task__isnull=False, reflection__isnull=True)
                | Q(session__isnull=True, task__isnull=True, reflection__isnull=False),
                name="attachment_is_in_one_place",
                violation_error_message="A file belongs to a session, a task or a reflection, and to one of them.",
            ),
            models.CheckConstraint(
                condition=Q(kind="link", file="") & ~Q(url="") | ~Q(kind="link") & Q(url="") & ~Q(file=""),
                name="attachment_is_a_file_or_a_link",
                violation_error_message="Give a file or a link.",
            ),
            models.CheckConstraint(
                condition=Q(url="") | Q(url__startswith="https://"),
                name="attachment_links_to_a_safe_address",
                violation_error_message="A link begins with https://.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_link(self) -> bool:
        return self.kind == self.Kind.LINK

    @property
    def is_picture(self) -> bool:
        return self.kind in (self.Kind.JPEG, self.Kind.PNG)

    @property
    def extension(self) -> str:
        return "jpg" if self.kind == self.Kind.JPEG else self.kind

    @property
    def kind_words(self) -> str:
        """PDF, 240 kB; or Link."""
        if self.is_link:
            return "Link"
        label = "Picture" if self.is_picture else self.get_kind_display()
        size = f"{self.size / 1_000_000:.1f} MB" if self.size >= 1_000_000 else f"{max(1, self.size // 1000)} kB"
        return f"{label}, {size}"
