"""People and schools in the answers: named only for a key that reads names, and then that is written down."""

from typing import Any

from accounts.models import School, SchoolURN, User
from accounts.schoolyear import school_year_label
from booking.actions.keys import note_names
from booking.disclosing import Taken
from booking.models import ApiKey, WorkGroup

# What of a person leaves.
COLUMNS = ["Name", "E-mail", "School"]


def person_out(person: User, key: ApiKey) -> dict[str, Any]:
    """As `schemas.PersonOut`."""
    if not key.reads_people:
        return {"id": person.pk, "name": None, "email": None}
    return {"id": person.pk, "name": person.name, "email": person.email or ""}


def school_out(school: School, urn: str | None) -> dict[str, Any]:
    """As `schemas.SchoolOut`."""
    return {"urn": urn or "", "name": school.name}


def write_down(key: ApiKey, list_code: str, title: str, narrowed: dict[str, Any], *, rows: int) -> None:
    """That so many rows with names left, of the year, group or school that was asked for. Without names: nothing."""
    if not (key.reads_people and rows):
        return
    year, slug, urn = narrowed.get("year"), narrowed.get("work_group"), narrowed.get("school")
    groups = dict(WorkGroup.objects.filter(slug=slug).values_list("pk", "title")) if slug else {}
    schools = dict(SchoolURN.objects.filter(urn=urn).values_list("school", "school__name")) if urn else {}
    words = [f"school year {school_year_label(year)}"] if year else []
    words += [*groups.values(), *schools.values()]
    title, filters = f"{title}, read by a key", ", ".join(words)
    note_names(key=key, taken=Taken(list_code, title, filters, COLUMNS, rows, "json", groups, schools, year))
