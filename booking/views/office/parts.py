"""The parts of a group: who a school sends as what."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.access import PersonRequest, hub_staff_required
from booking.actions import parts
from booking.forms.parts import PartFormSet, initial_of
from booking.models import WorkGroup


@hub_staff_required
def office_parts(request: PersonRequest, pk: int) -> HttpResponse:
    work_group = get_object_or_404(WorkGroup, pk=pk)
    sessions = list(work_group.sessions.prefetch_related("parts").order_by("number"))
    initial = initial_of(list(work_group.parts.all()), sessions)
    forms = PartFormSet(request.POST or None, initial=initial, form_kwargs={"sessions": sessions})
    if forms.is_valid():
        plans = [form.plan for form in forms]
        try:
            parts.save_parts(work_group=work_group, parts=[plan for plan in plans if plan], by=request.user)
        except ValidationError as refusal:
            forms[0].add_error(None, refusal)
        else:
            messages.success(request, "The parts are kept. Who is expected where has followed.")
            return redirect("office_work_group", pk=pk)
    used = 1 + max(len(initial), sum(bool(form["name"].value()) for form in forms))
    context = {"work_group": work_group, "forms": forms, "shown": list(forms)[:used], "more": list(forms)[used:]}
    return render(request, "booking/office_parts.html", context)
