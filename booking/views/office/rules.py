"""Whom a group is for."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.access import PersonRequest, hub_staff_required
from booking.actions import rules
from booking.forms.rules import RulesForm
from booking.models import WorkGroup


@hub_staff_required
def office_rules(request: PersonRequest, pk: int) -> HttpResponse:
    work_group = get_object_or_404(WorkGroup, pk=pk)
    initial = RulesForm.initial_of(list(work_group.eligibility_rules.all()))
    form = RulesForm(request.POST or None, initial=initial)
    if form.is_valid():
        rules.save_rules(work_group=work_group, rules=form.plans, by=request.user)
        messages.success(request, "Kept. What is booked already stays.")
        return redirect("office_work_group", pk=pk)
    return render(request, "booking/office_rules.html", {"work_group": work_group, "form": form})
