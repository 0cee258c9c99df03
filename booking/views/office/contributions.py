"""Contributions to cover: the rule of a group, and the list for finance."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.access import PersonRequest, hub_staff_required
from accounts.schoolyear import school_year_label, school_year_of, year_choices
from accounts.typed import number_in
from booking.actions import contributions
from booking.forms.contributions import ContributionForm, chosen_pairs
from booking.models import Contribution, WorkGroup
from booking.reports import contributions as report
from booking.templatetags.words import pounds
from booking.views.office.area import query_of
from booking.views.tables import table_response

FILTERS = ("year", "group", "shown")


@hub_staff_required
def office_contributions(request: PersonRequest) -> HttpResponseBase:
    """What each school is due, has met or not, and what was passed to finance."""
    this_year = school_year_of(timezone.localdate())
    asked = number_in(request.GET.get("year", ""), digits=4)
    year = asked if 2000 <= asked <= this_year + 1 else this_year
    group, shown = number_in(request.GET.get("group", "")), request.GET.get("shown", "")
    errors: list[str] = []
    if request.method == "POST":
        chosen = chosen_pairs(request.POST.getlist("rows"))
        try:
            if "take_back" in request.POST:
                whole = contributions.take_back(chosen=chosen, by=request.user)
                messages.success(request, f"{pounds(whole)} taken back: it counts as not passed to finance.")
            else:
                passed = contributions.pass_on(chosen=chosen, by=request.user)
                whole = sum((row.amount for row in passed), start=passed[0].amount * 0)
                messages.success(request, f"{pounds(whole)} for {len(passed)} noted as passed to finance today.")
            return redirect(f"{reverse('office_contributions')}?{request.GET.urlencode()}")
        except ValidationError as refusal:
            errors = refusal.messages
    found = report.of_year(year, group=group, shown=shown)
    if request.GET.get("as") in ("csv", "xlsx"):
        return table_response(request, report.table_of(found, name=f"Contributions {school_year_label(year)}"))
    here = request.GET.get("after", "")[:30]
    page = found.page(here)
    every = request.GET.get("all") == "1"
    context: dict[str, Any] = {
        "found": found,
        "totals": found.totals,
        "errors": errors,
        "ticked": [row.key for row in page.rows if row.due.left > 0] if every else request.POST.getlist("rows"),
        "every": every,
        "page": page,
        "rows": page.rows,
        "here": here,
        "year": year,
        "label": school_year_label(year),
        "years": year_choices(range(this_year + 1, this_year - 4, -1), year),
        "group": group,
        "shown": shown,
        "kinds": report.SHOWN,
        "query": query_of(request, FILTERS),
    }
    return render(request, "booking/office_contributions.html", context)


@hub_staff_required
def office_contribution(request: PersonRequest, pk: int) -> HttpResponse:
    """What the hub contributes to the schools of a group, and once what is met."""
    work_group = get_object_or_404(WorkGroup, pk=pk)
    before = Contribution.objects.filter(work_group=work_group).first()
    form = ContributionForm(request.POST or None, initial=ContributionForm.initial_of(before))
    if form.is_valid():
        try:
            contributions.save_contribution(work_group=work_group, contribution=form.contribution, by=request.user)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, "Kept." if form.contribution else "The hub contributes nothing to this group.")
            return redirect("office_work_group", pk=pk)
    return render(request, "booking/office_contribution.html", {"form": form, "work_group": work_group})
