"""Projects: national ones, and those the hub designed itself."""

from django.db import models


class ProjectQuerySet(models.QuerySet["Project"]):
    def get_locked(self, pk: int) -> "Project":
        """Before any group of it, so that all its groups of a year have one code."""
        return self.select_for_update(no_key=True).get(pk=pk)


class Project(models.Model):
    """A national project (with a code that changes every year) or one the hub designed itself."""

    class Kind(models.TextChoices):
        NATIONAL = "national", "National project"
        LOCAL = "local", "Locally designed"

    title = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind)
    # The newest; each group keeps that of its own year.
    code = models.CharField(max_length=12, blank=True, help_text="as on the year's national list, if it is on it")
    description = models.TextField(blank=True, help_text="Markdown")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]

    def __str__(self) -> str:
        return self.title

    def set_codes(self, year: int) -> None:
        """Its groups of this school year and later have its code. Locks them, by id."""
        groups = self.work_groups.filter(year__gte=year).exclude(project_code=self.code).order_by("pk")
        pks = list(groups.select_for_update(no_key=True).values_list("pk", flat=True))
        self.work_groups.filter(pk__in=pks).update(project_code=self.code)
