"""What the hub plans with, to take away: its projects, and the dates to avoid."""

from booking.models import PhaseDates, Project
from booking.models.programme import PHASES as FOR
from booking.reports.shown import window
from booking.reports.tables.listing import Asked, Column, Listing, label_of
from booking.reports.tables.programme import phases_said


def projects(asked: Asked) -> Listing:
    columns = [
        Column("title", "Project"),
        Column("kind", "Kind", says=label_of(Project.Kind.choices)),
        Column("code", "Code this year"),
        Column("description", "Description", default=False),
        Column("number", "Our number", "pk", default=False),
    ]
    return Listing("projects", "Projects", columns, Project.objects.order_by("title", "pk"), asked)


def dates_to_avoid(asked: Asked) -> Listing:
    rows = PhaseDates.objects.all()
    if asked.year:
        rows = rows.filter(first_on__range=window(asked.year))
    columns = [
        Column("name", "What"),
        Column("phases", "For whom", [*FOR.values()], phases_said),
        Column("first", "First day", "first_on"),
        Column("last", "Last day", "last_on"),
        Column("source", "Published"),
    ]
    order = ("first_on", "name", "pk")
    return Listing("dates-to-avoid", "Dates to avoid", columns, rows.order_by(*order), asked, ("year",))
