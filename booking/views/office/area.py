"""The area: a map of the schools reached and not reached, and what it says as tables and as a list."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils import timezone

from accounts.access import PersonRequest, hub_staff_required
from accounts.schoolyear import school_year_label, school_year_of, year_choices
from accounts.typed import number_in
from booking import contact
from booking.models import Project
from booking.models.programme import PHASES
from booking.pictures.area import BEFORE, NEVER, NOW
from booking.reports import area
from booking.reports.reached import Wish
from booking.views.catalogue import PHASE_CHOICES
from booking.views.tables import table_response

FILTERS = ("year", "project", "phase", "la", "reached", "near")


@hub_staff_required
def office_area(request: PersonRequest) -> HttpResponseBase:
    """The map, its tables, and the schools one by one; or the same schools as a file."""
    first, this_year = contact.first_year(), school_year_of(timezone.localdate())
    wish, asked = wish_in(request, this_year), request.GET.get("reached", "")
    never = contact.never_words(first)
    label = school_year_label(wish.year)
    words = {NOW: label, BEFORE: "In former years", NEVER: never}
    found = area.area_of(wish, near=" ".join(request.GET.get("near", "").split())[:80])
    if request.GET.get("as") in ("csv", "xlsx"):
        name = f"Schools of the area {label}"
        return table_response(request, area.table_of(found, asked, words, name=name))
    is_held = first is not None and wish.year >= first
    title = f"The schools of the area in {label}"
    drawing, key = area.picture(found, asked, title=title, never=never)
    context: dict[str, Any] = {
        "area": found,
        "map": drawing if is_held else "",
        "key": key,
        "is_held": is_held,
        "not_held": contact.not_held_words(first),
        "sentence": area.sentence(found.whole, never),
        "words": words,
        "listed": area.page_of_schools(found, asked, after=request.GET.get("after", "")),
        "count": len(found.of_state(asked)),
        "wish": wish,
        "label": label,
        "years": year_choices(range(this_year + 1, (first or this_year) - 1, -1), wish.year),
        "reached": asked,
        "kinds": [
            ("", "All schools"),
            (NOW, f"Reached in {label}"),
            (BEFORE, "In former years only"),
            ("reached", "Ever reached"),
            (NEVER, never),
        ],
        "near": request.GET.get("near", "")[:80],
        "query": query_of(request, FILTERS),
        **choices(),
    }
    return render(request, "booking/office_area.html", context)


def wish_in(request: HttpRequest, this_year: int) -> Wish:
    """What an address asks for; what is no year, project, phase or authority of ours is left out."""
    asked = request.GET
    year = number_in(asked.get("year", ""), digits=4)
    project = number_in(asked.get("project", ""))
    return Wish(
        year if 2000 <= year <= this_year + 1 else this_year,
        Project.objects.filter(pk=project).first() if project else None,
        asked.get("phase", "") if asked.get("phase") in PHASES else "",
        asked.get("la", "") if asked.get("la", "") in settings.HUB_AUTHORITIES else "",
    )


def choices() -> dict[str, Any]:
    return {
        "projects": list(Project.objects.values_list("pk", "title")),
        "phases": PHASE_CHOICES,
        "authorities": list(settings.HUB_AUTHORITIES.items()),
    }


def query_of(request: HttpRequest, names: tuple[str, ...]) -> str:
    """The filters of an address, to go on with."""
    query = QueryDict(mutable=True)
    query.update({name: request.GET[name][:80] for name in names if request.GET.get(name)})
    return query.urlencode()
