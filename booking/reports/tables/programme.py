"""Groups, their sessions, venues and term dates, to take away."""

from dataclasses import replace
from datetime import date

from django.db.models import Count, IntegerField, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from booking.models import Attendance, Project, SchoolHoliday, Session, WorkGroup
from booking.models.facilitations import Facilitation
from booking.reports.lists import groups as group_list
from booking.reports.lists import venues as venue_list
from booking.reports.tables.listing import Asked, Column, Listing, label_of, years

MODES, STATES = Session.Mode.choices, Session.Status.choices
PHASES = ("early years", "primary", "secondary", "post-16", "special")


def groups_asked(asked: Asked, way: str = "") -> Q:
    """Groups of a year, of a project, or one; `way`: from the row to its group, with its underscores."""
    wanted = Q()
    for name, value in (("year", asked.year), ("project", asked.project), ("pk", asked.group)):
        if value:
            wanted &= Q(**{f"{way}{name}": value})
    return wanted


def _groups(asked: Asked) -> QuerySet[WorkGroup]:
    """As on their page; of all years, where none is asked for."""
    return group_list.rows(replace(group_list.Wanted.asked(asked.address), year=asked.year))


def groups(asked: Asked) -> Listing:
    planned = Session.objects.planned().filter(work_group=OuterRef("pk")).order_by().values("work_group")
    leads = Facilitation.objects.on(timezone.localdate()).filter(work_group=OuterRef("pk")).order_by("pk")
    rows = _groups(asked).annotate(
        planned=Coalesce(Subquery(planned.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0),
        first=Subquery(planned.annotate(at=Min("starts_at")).values("at")),
        last=Subquery(planned.annotate(at=Max("starts_at")).values("at")),
        lead=Subquery(leads.values("person__name")[:1]),
    )
    columns = [
        Column("title", "Work group"),
        Column("project", "Project", "project__title"),
        Column("code", "Project code", "project_code"),
        Column("kind", "Kind of project", "project__kind", label_of(Project.Kind.choices)),
        Column("year", "School year", says=years),
        Column("status", "Status", says=label_of(WorkGroup.Status.choices)),
        Column("recruitment", "How schools join", "recruitment", label_of(WorkGroup.Recruitment.choices)),
        Column(
            "phases",
            "Phases",
            ("for_early_years", "for_primary", "for_secondary", "for_post_16", "for_special"),
            lambda *each: ", ".join(name for name, one in zip(PHASES, each, strict=True) if one),
        ),
        Column("sessions", "Sessions planned", "planned"),
        Column("first", "First session"),
        Column("last", "Last session"),
        Column("capacity", "Places"),
        Column("taken", "Places taken"),
        Column("schools", "Schools", "taken_schools"),
        Column("waiting", "Bookings that wait", "waiting"),
        Column("lead", "Led by (the first)", personal=True, default=False),
        Column("number", "Our number", "pk", default=False),
    ]
    return Listing(
        "groups",
        "Work groups",
        columns,
        rows.order_by("year", "title", "pk"),
        asked,
        ("year", "project", "status", "q"),
        {"status": WorkGroup.Status.choices},
    )


def sessions(asked: Asked) -> Listing:
    """Of the groups that their page shows; `status` is theirs, `state` that of a session."""
    groups = _groups(asked).filter(pk=asked.group) if asked.group else _groups(asked)
    rows = Session.objects.filter(work_group__in=groups.values("pk")).annotate(
        expected=Attendance.objects.expected().per_session(),
        came=Attendance.objects.came().per_session(),
    )
    if asked.state in Session.Status.values:
        rows = rows.filter(status=asked.state)
    columns = [
        Column("group", "Work group", "work_group__title"),
        Column("year", "School year", "work_group__year", years),
        Column("number", "Session"),
        Column("title", "Title"),
        Column("starts", "Starts", "starts_at"),
        Column("ends", "Ends", "ends_at"),
        Column("roughly", "Date to be confirmed", "when_words"),
        Column("mode", "How", says=label_of(MODES)),
        Column("venue", "Venue", "venue__name"),
        Column("postcode", "Postcode", "venue__postcode"),
        Column("status", "Status", says=label_of(STATES)),
        Column("expected", "People expected"),
        Column("came", "People who came"),
        Column("signed", "Register signed", "signed_at"),
    ]
    return Listing(
        "sessions",
        "Sessions",
        columns,
        rows.order_by("starts_at", "pk"),
        asked,
        ("year", "project", "group", "status", "q", "state"),
        {"status": WorkGroup.Status.choices, "state": STATES},
    )


def venues(asked: Asked) -> Listing:
    rows = venue_list.rows(venue_list.Wanted.asked(asked.address))
    columns = [
        Column("name", "Venue"),
        Column("street", "Street"),
        Column("town", "Town"),
        Column("postcode", "Postcode"),
        Column("authority", "Authority", "la_code"),
        Column("room", "Room"),
        Column("chairs", "Chairs"),
        Column("access", "Getting in and around"),
        Column("parking", "Parking"),
        Column("easting", "Easting", default=False),
        Column("northing", "Northing", default=False),
        Column("host", "Who is there for us", "host_name", personal=True, default=False),
        Column("host_email", "Their e-mail", personal=True, default=False),
    ]
    return Listing("venues", "Venues", columns, rows.order_by("name", "pk"), asked, ("q",))


def term_dates(asked: Asked) -> Listing:
    rows = SchoolHoliday.objects.all()
    if asked.year:
        rows = rows.filter(last_on__gte=date(asked.year, 9, 1), first_on__lte=date(asked.year + 1, 8, 31))
    columns = [
        Column("authority", "Authority", "la_code"),
        Column("name", "Holiday"),
        Column("first", "First day", "first_on"),
        Column("last", "Last day", "last_on"),
    ]
    return Listing("term-dates", "Term dates", columns, rows.order_by("la_code", "first_on"), asked, ("year",))
