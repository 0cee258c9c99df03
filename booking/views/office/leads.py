"""Who leads a group, as what, from when to when."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.access import PersonRequest, hub_staff_required
from booking.actions import leads
from booking.forms.leads import LeadFormSet
from booking.models import WorkGroup
from booking.views.office.rehearsed import Everything, look_first


@hub_staff_required
def office_work_group_leads(request: PersonRequest, pk: int) -> HttpResponse:
    """Hand a group over, or let somebody cover for a while; of a published group its calendars are shown first."""
    work_group = get_object_or_404(WorkGroup, pk=pk)
    parts = {part.pk: part for part in work_group.facilitations.select_related("person").order_by("since", "pk")}
    names = ("role", "since", "until")
    initial = [{"part": one.pk, **{name: getattr(one, name) for name in names}} for one in parts.values()]
    options: dict[str, Any] = {"form_kwargs": {"parts": parts, "school_year": work_group.year}}
    rows = LeadFormSet(request.POST or None, initial=initial, **options)
    if request.method == "POST" and rows.is_valid():
        plans = [plan for row in rows if (plan := row.plan)]
        gone = [row.gone for row in rows if row.gone]
        arguments: dict[str, Any] = {"work_group": work_group, "plans": plans, "gone": gone, "by": request.user}
        try:
            page = (
                look_first(
                    request,
                    Everything(rows.management_form, *rows),
                    leads.save_leads,
                    of=work_group,
                    title="Who leads the group",
                    button="Save",
                    back=request.path,
                    arguments=arguments,
                )
                if work_group.status == WorkGroup.Status.PUBLISHED
                else None
            )
            if page is not None:
                return page
            leads.save_leads(**arguments)
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, "Saved. Calendars of those who lead it follow by themselves.")
            return redirect("office_work_group", pk=pk)
    context = {"work_group": work_group, "rows": rows, "together": Everything(*rows), "today": timezone.localdate()}
    return render(request, "booking/office_work_group_leads.html", context)
