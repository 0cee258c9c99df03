"""Bookings, waiting lists, applications and places given up, to take away."""

from dataclasses import replace

from django.conf import settings
from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber

from booking.models import Booking, Place, WorkGroup
from booking.models.places import Decision, Status
from booking.reports.lists import bookings as booking_list
from booking.reports.lists import withdrawals as withdrawal_list
from booking.reports.tables.listing import Asked, Column, Listing, label_of, or_empty, urn_of, years
from booking.reports.tables.programme import groups_asked

STATUS = label_of(Status.choices)
_SCHOOL = [
    Column("school", "School", "school__name"),
    Column("urn", "URN"),
    Column("authority", "Authority", "school__la_name"),
]
_GROUP = [
    Column("group", "Work group", "work_group__title"),
    Column("project", "Project", "work_group__project__title"),
    Column("code", "Project code", "work_group__project_code", default=False),
    Column("year", "School year", "work_group__year", years),
    Column("meeting", "Meeting", "session__starts_at"),
]


def bookings(asked: Asked) -> Listing:
    """A row for each place of the bookings that their page shows, so that each person stands beside their booking.

    A name to follow is an empty one. Of all years, where none is asked for.
    """
    asked = replace(asked, state=asked.state or asked.status)
    wanted = replace(booking_list.Wanted.asked(asked.address), year=asked.year)
    of_page = booking_list.rows(wanted).filter(groups_asked(asked, "work_group__"))
    if asked.school:
        of_page = of_page.filter(school=asked.school)
    rows = Place.objects.filter(booking__in=of_page.values("pk")).annotate(urn=urn_of("booking__school"))
    if asked.session:
        rows = rows.filter(session=asked.session)
    columns = [
        *_GROUP,
        Column("school", "School", "booking__school__name"),
        Column("urn", "URN"),
        Column("authority", "Authority", "booking__school__la_name"),
        Column("status", "Booking", "booking__status", STATUS),
        Column("name", "Name", "person__name", or_empty, personal=True),
        Column("email", "E-mail", "person__email", or_empty, personal=True),
        Column("part", "Comes as", "part__name", or_empty),
        Column("stands", "Place stands", "live"),
        Column("made", "Booked", "booking__made_at"),
        Column("via", "How", "booking__via", label_of(Booking.Via.choices)),
        Column("by", "Booked by", "booking__made_by__name", personal=True, default=False),
        Column("ended", "Ended", "booking__ended_at"),
        Column("number", "Our number of the booking", "booking_id", default=False),
    ]
    order = ("work_group__year", "work_group__title", "booking__school__name", "booking", "pk")
    return Listing(
        "bookings",
        "Bookings",
        columns,
        rows.order_by(*order),
        asked,
        ("year", "project", "group", "school", "session", "state", "via", "q"),
        {"state": [*booking_list.STATES.items(), *Status.choices], "via": Booking.Via.choices},
    )


def waiting(asked: Asked) -> Listing:
    """Who waits or is offered places, in the order that counts, each with its number in the line."""
    rows = Booking.objects.filter(groups_asked(asked, "work_group__"), status__in=[Status.WAITING, Status.OFFERED])
    number = Window(RowNumber(), partition_by=[F("work_group"), F("session"), F("status")], order_by=["turn", "pk"])
    people = Count("places", filter=Q(places__live=True))
    rows = rows.annotate(urn=urn_of("school"), place_in_line=number, people=people)
    columns = [
        *_GROUP,
        Column("status", "Status", says=STATUS),
        Column(
            "line", "Number in the line", ("place_in_line", "status"), lambda n, one: n if one == Status.WAITING else ""
        ),
        *_SCHOOL,
        Column("people", "People"),
        Column("asked", "Since", "made_at"),
        Column("until", "Offer ends", "offer_ends_at"),
        Column("by", "Asked for by", "made_by__name", personal=True),
        Column("email", "Their e-mail", "made_by__email", or_empty, personal=True),
    ]
    order = ("work_group__year", "work_group__title", "session", "-status", "turn", "pk")
    return Listing("waiting", "Waiting lists", columns, rows.order_by(*order), asked, ("year", "project", "group"))


def applications(asked: Asked) -> Listing:
    """Applications, decided or not; what is prepared and not released is there for who asks for that column."""
    chosen = Q(work_group__recruitment=WorkGroup.Recruitment.APPLICATION)
    rows = Booking.objects.filter(chosen | Q(status=Status.APPLIED), groups_asked(asked, "work_group__"))
    if asked.status in Status.values:
        rows = rows.filter(status=asked.status)
    rows = rows.annotate(urn=urn_of("school"), people=Count("places"))
    columns = [
        *_GROUP[:4],
        *_SCHOOL,
        Column("status", "Status", says=STATUS),
        Column("people", "People"),
        Column("pupils", "Pupils", "school__pupils"),
        Column("fsm", "Free school meals, per cent", "school__fsm_percent"),
        Column("asked", "Applied", "made_at"),
        Column("decision", "Prepared, not released", says=label_of(Decision.choices), default=False),
        Column("by", "Applied by", "made_by__name", personal=True),
        Column("email", "Their e-mail", "made_by__email", or_empty, personal=True),
    ]
    order = ("work_group__year", "work_group__title", "made_at", "pk")
    return Listing(
        "applications",
        "Applications",
        columns,
        rows.order_by(*order),
        asked,
        ("year", "project", "group", "status"),
        {"status": Status.choices},
    )


def withdrawals(asked: Asked) -> Listing:
    """Places given up, without names and without why: "illness" of a school that sends one person is of that person."""
    wanted = withdrawal_list.Wanted(asked.year, asked.notice == withdrawal_list.LATE)
    rows = withdrawal_list.rows(wanted).filter(groups_asked(asked, "work_group__"))
    rows = rows.annotate(urn=urn_of("booking__school"))
    columns = [
        *_GROUP,
        Column("school", "School", "booking__school__name"),
        Column("urn", "URN"),
        Column("left", "Given up", "left_at"),
        Column("notice", "Notice, school days"),
        Column("whole", "Whole booking", ("booking__status",), lambda status: status == Status.WITHDRAWN),
    ]
    order = (F("left_at").desc(), "-pk")
    return Listing(
        "withdrawals",
        "Places given up",
        columns,
        rows.order_by(*order),
        asked,
        ("year", "project", "group", "notice"),
        {"notice": [(withdrawal_list.LATE, f"under {settings.HUB_LATE_NOTICE_DAYS} school days’ notice")]},
    )
