"""Copy last year: which groups, then every date with what speaks against it, then drafts."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.access import PersonRequest, hub_staff_required
from accounts.schoolyear import school_year_label, school_year_of, year_choices
from accounts.typed import number_in, year_in
from booking.actions import copies
from booking.forms.copies import CopyForm
from booking.models import WorkGroup
from booking.reports import copies as reports

# More ticks and days than a browser may send at once.
MOST_SESSIONS = 400
# From January on the next school year is planned; until then this one may still be.
PLANS_AHEAD_FROM = 1
PLANS_AHEAD_TO = 8


@hub_staff_required
def office_copy_choose(request: PersonRequest) -> HttpResponse:
    """Which groups of which year to copy: all that are not there yet are ticked."""
    this_year = school_year_of(timezone.localdate())
    ahead = PLANS_AHEAD_FROM <= timezone.localdate().month <= PLANS_AHEAD_TO
    source = year_in(request.GET.get("from", ""), this_year if ahead else this_year - 1)
    target = max(year_in(request.GET.get("to", ""), 0), source + 1)
    project = number_in(request.GET.get("project", ""))
    groups = reports.groups_of(source, project)
    there = reports.copied_already(groups, target)
    context = {
        "groups": [(group, group.pk in there) for group in groups],
        "left": len(groups) - len(there),
        "projects": reports.projects_of(source),
        "project": project,
        "source": source,
        "target": target,
        "sources": year_choices(range(this_year + 1, this_year - 5, -1), source),
        "targets": year_choices(range(source + 1, max(this_year + 2, source + 1) + 1), target),
    }
    return render(request, "booking/office_copy_choose.html", context)


@hub_staff_required
def office_copy_check(request: PersonRequest) -> HttpResponse:
    """Every date of the drafts that would be made; nothing is written before it is agreed."""
    target = year_in(request.GET.get("to", ""), 0)
    chosen = {number_in(one) for one in request.GET.getlist("group")}
    groups = [] if len(chosen) > MOST_SESSIONS else _groups(chosen, target)
    if not groups:
        messages.error(request, "Choose at least one group, of a year before the one you copy into.")
        return redirect("office_copy_choose")
    proposals = reports.proposed(groups, target)
    count = sum(len(one.sessions) for one in proposals)
    if count > MOST_SESSIONS:
        words = f"These are {count} sessions; {MOST_SESSIONS} can be looked at in one go. Copy them project by project."
        messages.error(request, words)
        return redirect(f"{reverse('office_copy_choose')}?from={groups[0].year}&to={target}")
    begun = target <= school_year_of(timezone.localdate())
    form = CopyForm(request.POST or None, copies=proposals, year=target, initial={"empty_codes": begun})
    changed = False
    if form.is_valid():
        changed = not set(form.looked().split()) <= set(request.POST.get("looked", "").split())
        if not changed and (done := _copy(request, form, target)):
            return done
    reports.add_warnings(proposals, form.days(), target)
    reports.add_clashes(proposals, form.planned())
    context: dict[str, Any] = {
        "form": form,
        "rows": form.rows(),
        "target": school_year_label(target),
        "groups": len(proposals),
        "count": count,
        "warned": sum(one.warned for one in proposals),
        "to_look_at": [one for one in proposals if one.warned or one.is_there] if len(proposals) > 1 else [],
        "changed": changed,
        "back": f"{reverse('office_copy_choose')}?from={groups[0].year}&to={target}",
    }
    return render(request, "booking/office_copy_check.html", context)


def _copy(request: PersonRequest, form: CopyForm, target: int) -> HttpResponse | None:
    """Make the drafts; None where that is refused, and the page says why."""
    try:
        empty = form.cleaned_data.get("empty_codes", False)
        made = copies.copy_groups(copies=form.groups(), year=target, by=request.user, empty_codes=empty)
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return None
    words = f"{len(made)} draft{'s have' if len(made) > 1 else ' has'} been made"
    messages.success(request, f"{words} for {school_year_label(target)}. Nobody sees them until you publish.")
    if len(made) == 1:
        return redirect("office_work_group", pk=made[0].pk)
    return redirect(f"{reverse('office_drafts')}?year={target}")


def _groups(chosen: set[int], target: int) -> list[WorkGroup]:
    found = WorkGroup.objects.filter(pk__in=chosen, year__lt=target).select_related("project")
    return list(found.order_by("project__title", "title", "pk"))
