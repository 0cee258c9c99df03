"""A school year's groups at once: drafts published or thrown away, what is over put into the archive."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, hub_staff_required
from accounts.schoolyear import school_year_label, school_year_of, year_choices
from accounts.typed import number_in, year_in
from booking.actions import years
from booking.models import WorkGroup
from booking.reports import years as reports


@hub_staff_required
def office_drafts(request: PersonRequest) -> HttpResponse:
    """The drafts of a year: published several at a time, or thrown away, which is asked twice."""
    year = _year(request)
    chosen = {number_in(one) for one in request.POST.getlist("group")}
    act = request.POST.get("act", "")
    try:
        if act == "publish":
            made = years.publish_several(work_groups=chosen, by=request.user)
            messages.success(request, f"{_groups(len(made))} published: everyone can see them, and schools can book.")
            return redirect(_back("office_work_group_list", year))
        if act == "delete":
            gone = years.remove_drafts(work_groups=chosen, by=request.user)
            messages.success(request, f"{gone} draft{'s' if gone != 1 else ''} deleted.")
            return redirect(_back("office_drafts", year))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    drafts = reports.drafts_of(year)
    context = _context(year) | {
        "drafts": [(one, one.work_group.pk in chosen if chosen else not one.why_not) for one in drafts],
        "clashing": sum(bool(one.clashes) for one in drafts),
        "asks": [one.work_group for one in drafts if one.work_group.pk in chosen] if act == "ask" else [],
    }
    return render(request, "booking/office_drafts.html", context)


@hub_staff_required
def office_archive(request: PersonRequest) -> HttpResponse:
    """A year's groups on their way into the archive, with what stops any of them."""
    year = _year(request)
    if request.method == "POST":
        chosen = {number_in(one) for one in request.POST.getlist("group")}
        try:
            made = years.archive(work_groups=chosen, by=request.user)
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, f"{_groups(len(made))} put into the archive. They stay readable.")
            return redirect(_back("office_archive", year))
    standing = reports.to_archive(year, timezone.now())
    context = _context(year) | {
        "ready": [one.work_group for one in standing if not one.why_not],
        "stopped": [one for one in standing if one.why_not],
        "archived": reports.archived(year),
    }
    return render(request, "booking/office_archive.html", context)


@require_POST
@hub_staff_required
def office_work_group_unarchive(request: PersonRequest, pk: int) -> HttpResponse:
    """Take one group out of the archive."""
    work_group = get_object_or_404(WorkGroup, pk=pk)
    try:
        years.unarchive(work_group=work_group, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, "Taken out of the archive: it stands as published, as before.")
    return redirect("office_work_group", pk=pk)


def _year(request: PersonRequest) -> int:
    return year_in(request.GET.get("year", ""), school_year_of(timezone.localdate()))


def _context(year: int) -> dict[str, Any]:
    this_year = school_year_of(timezone.localdate())
    around = range(this_year - 3, this_year + 3)
    return {"year": year, "label": school_year_label(year), "years": year_choices(around, year)}


def _back(name: str, year: int) -> str:
    return f"{reverse(name)}?{urlencode({'year': year})}"


def _groups(count: int) -> str:
    return f"{count} group{'s' if count != 1 else ''}"
