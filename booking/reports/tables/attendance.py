"""Who came to what, who completes what, certificates and visitors, to take away."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts.models import School, User
from accounts.schoolyear import school_year_of
from booking.completion import standings
from booking.models import Attendance, Certificate, Mark, WorkGroup
from booking.reports.tables.listing import Asked, Column, Listing, label_of, or_empty, urn_of, years
from booking.reports.tables.programme import groups_asked

# What a register shows, and no more: why somebody was away, and what was noted, stay in it.
MARKS = [one for one in Mark.What.choices if one[0] != Mark.What.CLEARED]
# So many groups are accounted for at a time.
GROUPS_AT_ONCE = 50


def attendance(asked: Asked) -> Listing:
    """A row for each person and session that has begun, or is asked for by itself."""
    rows = Attendance.objects.filter(groups_asked(asked, "session__work_group__")).annotate(urn=urn_of("school"))
    begun = Q(session__starts_at__lte=timezone.now())
    rows = rows.filter(Q(session=asked.session) if asked.session else begun)
    if asked.school:
        rows = rows.filter(school=asked.school)
    if asked.status == "unmarked":
        rows = rows.unmarked()
    elif asked.status in Mark.What.values:
        rows = rows.filter(standing_mark__what=asked.status)
    columns = [
        Column("group", "Work group", "session__work_group__title"),
        Column("project", "Project", "session__work_group__project__title"),
        Column("code", "Project code", "session__work_group__project_code", default=False),
        Column("year", "School year", "session__work_group__year", years),
        Column("session", "Session", "session__number"),
        Column("starts", "Starts", "session__starts_at"),
        Column("name", "Name", "person__name", personal=True),
        Column("email", "E-mail", "person__email", or_empty, personal=True),
        Column("school", "School", "school__name", or_empty),
        Column("urn", "URN", says=or_empty),
        Column("mark", "Register", "standing_mark__what", label_of(MARKS)),
        Column("minutes", "Minutes late or left early", "standing_mark__minutes"),
        Column("listed", "On the list", ("place_id", "credited_to_id"), lambda place, home: bool(place or home)),
        Column("signed", "Register signed", "session__signed_at", default=False),
    ]
    order = ("session__starts_at", "session", "school__name", "person__name", "pk")
    return Listing(
        "attendance",
        "Who came",
        columns,
        rows.order_by(*order),
        asked,
        ("year", "project", "group", "session", "school", "status"),
        {"status": [*MARKS, ("unmarked", "Not marked")]},
    )


def standing(asked: Asked) -> Listing:
    """Where everybody stands in each group of a year."""
    year = asked.year or school_year_of(timezone.localdate())
    groups = WorkGroup.objects.filter(year=year).exclude(status=WorkGroup.Status.DRAFT)
    groups = groups.filter(groups_asked(asked)).select_related("project").order_by("title", "pk")
    columns = [
        Column("group", "Work group"),
        Column("project", "Project"),
        Column("year", "School year", says=years),
        Column("name", "Name", personal=True),
        Column("email", "E-mail", personal=True),
        Column("school", "School"),
        Column("urn", "URN"),
        Column("attended", "Sessions attended"),
        Column("of", "Of sessions"),
        Column("hours", "Hours attended"),
        Column("tried", "Tasks tried"),
        Column("complete", "Completed"),
    ]
    takes = ("year", "project", "group")
    return Listing(
        "standing", "Who completes what", columns, lambda: _standing(groups), replace(asked, year=year), takes
    )


def _standing(groups: Any) -> Iterator[dict[str, Any]]:
    """A few groups at a time, so that a year of forty hubs needs no more memory than one of ours."""
    every = list(groups)
    for start in range(0, len(every), GROUPS_AT_ONCE):
        found = standings(every[start : start + GROUPS_AT_ONCE])
        people = User.objects.only("name", "email").in_bulk({person for _, person in found})
        schools = School.objects.annotate(urn=urn_of()).in_bulk({one.school for one in found.values() if one.school})
        ordered = sorted(found.items(), key=lambda pair: (pair[1].work_group.title, people[pair[0][1]].name))
        for (_, person), one in ordered:
            school = schools.get(one.school or 0)
            yield {
                "group": one.work_group.title,
                "project": one.work_group.project.title,
                "year": one.work_group.year,
                "name": people[person].name,
                "email": people[person].email or "",
                "school": school.name if school else "",
                "urn": school.urn if school else "",
                "attended": sum(1 for session in one.counted if session.how in ("attended", "caught_up")),
                "of": len(one.counted),
                "hours": round(sum(session.minutes for session in one.counted) / 60, 2),
                "tried": one.tried,
                "complete": one.is_complete,
            }


def certificates(asked: Asked) -> Listing:
    rows = Certificate.objects.filter(groups_asked(asked, "work_group__")).annotate(urn=urn_of("school"))
    if asked.status == "in_force":
        rows = rows.in_force()
    elif asked.status == "revoked":
        rows = rows.filter(revoked_at__isnull=False)
    columns = [
        Column("number", "Number", ("pk", "issued_at"), _number),
        Column("group", "Work group", "work_group__title"),
        Column("project", "Project", "work_group__project__title"),
        Column("year", "School year", "work_group__year", years),
        Column("name", "Name", personal=True),
        Column("school", "School", "school__name", or_empty),
        Column("urn", "URN", says=or_empty),
        Column("sessions", "Sessions attended"),
        Column("of", "Of sessions", "of_sessions"),
        Column("hours", "Hours", "minutes", lambda minutes: round(minutes / 60, 2)),
        Column("issued", "Issued", "issued_at"),
        Column("revoked", "Revoked", "revoked_at"),
    ]
    states = [("in_force", "In force"), ("revoked", "Revoked")]
    return Listing(
        "certificates",
        "Certificates",
        columns,
        rows.order_by("work_group__title", "name", "pk"),
        asked,
        ("year", "project", "group", "status"),
        {"status": states},
    )


def visitors(asked: Asked) -> Listing:
    """Who came and was on no list; sorted out or not."""
    rows = Attendance.objects.off_the_list().filter(groups_asked(asked, "session__work_group__"))
    rows = rows.filter(session__starts_at__lte=timezone.now()).annotate(urn=urn_of("school"))
    if asked.status == "to_sort_out":
        rows = rows.filter(sorted_at__isnull=True)
    columns = [
        Column("name", "Name", "person__name", personal=True),
        Column("email", "E-mail", "person__email", or_empty, personal=True),
        Column("school", "School", "school__name", or_empty),
        Column("urn", "URN", says=or_empty),
        Column("group", "Work group", "session__work_group__title"),
        Column("session", "Session", "session__number"),
        Column("starts", "When", "session__starts_at"),
        Column("sorted", "Left as a visitor", "sorted_at", bool),
    ]
    states = [("to_sort_out", "To sort out")]
    return Listing(
        "visitors",
        "Not on the list",
        columns,
        rows.order_by("-session__starts_at", "pk"),
        asked,
        ("year", "project", "group", "status"),
        {"status": states},
    )


def _number(pk: int, at: datetime) -> str:
    """As `Certificate.number` says it."""
    return Certificate(pk=pk, issued_at=at).number
