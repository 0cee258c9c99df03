"""Groups, their sessions, venues and term dates, to take away."""

from dataclasses import replace
from datetime import date

from django.db.models import Count, IntegerField, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.typed import words_in
from booking.models import Attendance, Project, SchoolHoliday, Session, WorkGroup
from booking.models.facilitations import Facilitation
from booking.reports.lists import groups as group_list
from booking.reports.lists import sessions as session_list
from booking.reports.lists import venues as venue_list
from booking.reports.tables.listing import Asked, Column, Listing, label_of, years

MODES, STATES = Session.Mode.choices, Session.Status.choices
# Which sessions, in words.
SESSIONS = {session_list.DATED: "all that have a date", session_list.PLANNED: "planned"} | session_list.STATES
PHASES = ("early years", "primary", "secondary", "post-16", "special")


def phases_said(*each: bool) -> str:
    return ", ".join(name for name, one in zip(PHASES, each, strict=True) if one)


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
            phases_said,
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
    """As on their page, or of the groups that theirs shows (`status` and `title` are of groups); all, unless asked."""
    if asked.week:
        # A week says by itself which sessions are meant, whatever the year; what has no date is in none.
        asked = replace(asked, week="") if asked.state == "undated" else replace(asked, year=0)
    wanted = session_list.Wanted.asked(asked.address)
    state = asked.state if asked.state in SESSIONS else session_list.EVERY
    rows = session_list.rows(replace(wanted, year=asked.year, state=state)).filter(groups_asked(asked, "work_group__"))
    if asked.status in WorkGroup.Status.values:
        rows = rows.filter(work_group__status=asked.status)
    rows = rows.filter(words_in(asked.title, "work_group__title")).annotate(
        expected=Attendance.objects.expected().per_session(),
        came=Attendance.objects.came().per_session(),
    )
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
        ("year", "project", "group", "status", "title", "state", "week", "mode", "lead", "venue", "q"),
        {"status": WorkGroup.Status.choices, "state": [*SESSIONS.items()], "mode": MODES},
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
