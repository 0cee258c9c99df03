"""Where groups meet, and the projects they belong to."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.access import PersonRequest, hub_staff_required
from accounts.places_near import locate, not_located
from booking.actions import programme
from booking.forms.programme import ProjectForm, VenueForm
from booking.models import Project, Session, Venue, WorkGroup
from booking.reports.keyset import Spot
from booking.reports.lists import venues as lists
from booking.reports.placing import whereabouts
from booking.reports.venues import clashes_at, coming_at
from booking.reports.years import groups_by_year
from booking.views.office.lists import Column, Head, listing
from booking.views.office.rehearsed import look_first


@hub_staff_required
def office_venue_list(request: PersonRequest) -> HttpResponse:
    wanted = lists.Wanted.asked(request.GET)
    spot = Spot.asked(request.GET, lists.ORDERS)
    columns: list[Column] = [
        lists.NAME,
        lists.TOWN,
        "Room",
        Head("Chairs", is_number=True),
        Head("To come", is_number=True),
    ]
    context = {"listing": listing(request, lists.page(wanted, spot), spot, columns), "wanted": wanted}
    return render(request, "booking/office_venue_list.html", context)


@hub_staff_required
def office_venue_edit(request: PersonRequest, pk: int | None = None) -> HttpResponse:
    venue = get_object_or_404(Venue, pk=pk) if pk else None
    before = get_object_or_404(Venue, pk=pk) if pk else None
    form = VenueForm(request.POST or None, instance=venue)
    if form.is_valid():
        arguments = {"venue": form.save(commit=False), "by": request.user}
        try:
            page = (
                look_first(
                    request,
                    form,
                    programme.save_venue,
                    of=form.instance,
                    title=f"Change {before}",
                    button="Save",
                    back=request.path,
                    arguments=arguments,
                )
                if before and _is_told(before, form.changed_data)
                else None
            )
            if page is not None:
                return page
            programme.save_venue(**arguments)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, "Saved." if form.changed_data else "Nothing had changed.")
            return redirect("office_venue_list")
    context: dict[str, Any] = {"form": form, "venue": before} | on_the_map(request, before)
    if before is not None:
        context |= {"coming": coming_at(before, timezone.now()), "clashes": clashes_at(before, timezone.now())}
    return render(request, "booking/office_venue_edit.html", context)


def on_the_map(request: PersonRequest, venue: Venue | None) -> dict[str, Any]:
    """Where a venue stands, and how far it is from a place that was typed."""
    near = " ".join(request.GET.get("near", "").split())[:80]
    home = locate(near) if near else None
    error = not_located(near) if near and home is None else ""
    return {"where": whereabouts([venue] if venue else [], home=home), "near": near, "near_error": error}


def _is_told(venue: Venue, changed: list[str]) -> bool:
    """Does anybody who is to come there carry what has changed?"""
    coming = Session.objects.coming(timezone.now()).filter(venue=venue, work_group__status=WorkGroup.Status.PUBLISHED)
    return bool(programme.CARRIED & set(changed)) and coming.exists()


@hub_staff_required
def office_project_list(request: PersonRequest) -> HttpResponse:
    return render(request, "booking/office_project_list.html", {"projects": Project.objects.all()})


@hub_staff_required
def office_project_edit(request: PersonRequest, pk: int | None = None) -> HttpResponse:
    project = get_object_or_404(Project, pk=pk) if pk else None
    form = ProjectForm(request.POST or None, instance=project)
    if form.is_valid():
        saved = programme.save_project(project=form.save(commit=False), by=request.user, code_from=form.code_holds_from)
        messages.success(request, "Saved.")
        return redirect("office_project_edit", pk=saved.pk)
    years = groups_by_year(project) if project else []
    return render(request, "booking/office_project_edit.html", {"form": form, "project": project, "years": years})
