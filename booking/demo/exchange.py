"""Lists that came in and went out: one to look at, one that was taken in, columns that were kept, two that left."""

from datetime import timedelta

from accounts import history
from accounts.schoolyear import school_year_label
from booking.demo.groups import Programme
from booking.demo.people import OFFICE
from booking.models import Disclosure, HandedList, ListProfile, WorkGroup

HEAD = ["School", "URN", "Teacher", "E-mail", "Role"]
ROWS = [
    ["Oakfield Rise Primary (demo)", "", "Imogen Farrow", "imogen.farrow@oakfield.example", "ECT"],
    ["", "900003", "Caleb Stott", "", "Teaching assistant"],
    ["Curlew Green (demo)", "", "Nadia Wren", "nadia.wren@curlew.example", ""],
    ["", "900013", "Luca Frost", "luca.frost at curlew", "Maths lead"],
]
COLUMNS = {"school": 0, "urn": 1, "name": 2, "email": 3, "job": 4}


def pass_lists(programme: Programme, group: WorkGroup) -> None:
    """The office has a list to look at, and has given two away."""
    office, now = programme.cast.log_ins[OFFICE], programme.now
    handed = HandedList(
        kind=HandedList.Kind.PEOPLE,
        state=HandedList.State.READY,
        name="People of the spring term.xlsx",
        columns=COLUMNS,
        sent_at=now - timedelta(hours=2),
        sent_by=office,
    )
    handed.keep("head", HEAD)
    handed.keep("rows", [[number, cells] for number, cells in enumerate(ROWS, start=2)])
    handed.save()
    ListProfile.objects.create(
        list_code="attendance",
        name="Return to our funder",
        columns=[
            ["urn", "School_URN", {}],
            ["project", "Programme", {}],
            ["session", "Session_No", {}],
            ["mark", "Attended", {"Present": "1", "Online": "1", "Late": "1", "Left early": "1", "Absent": "0"}],
        ],
        saved_at=now - timedelta(days=9),
        saved_by=office,
    )
    for days, to, why, of in ((8, "NCETM", "funder", None), (2, "Fran Lovell, who leads the group", "running", group)):
        at = now - timedelta(days=days)
        disclosure = Disclosure.objects.create(
            list_code="bookings",
            title="Bookings",
            filters=str(of or f"school year {school_year_label(group.year)}"),
            columns=["Work group", "School", "URN", "Name", "E-mail"],
            rows=24 if of else 180,
            file="xlsx",
            at=at,
            by=office,
            to=to,
            why=why,
            year=None if of else group.year,
        )
        if of is not None:
            disclosure.work_groups.add(of)
        details = {"disclosure": disclosure.pk}
        history.write("list_passed_on", about=[disclosure], by=office, at=at, details=details, tells=False)
