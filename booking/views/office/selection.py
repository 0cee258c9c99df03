"""Choosing between applications: one queue, decisions prepared, and told all at once."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, hub_staff_required
from booking.actions import selection
from booking.forms.selection import DecisionForm, ReleaseForm
from booking.models import WorkGroup
from booking.reports.selection import ORDERS, queue
from booking.views.office.rehearsed import look_first


@hub_staff_required
def office_selection(request: PersonRequest, pk: int) -> HttpResponse:
    work_group = get_object_or_404(WorkGroup, pk=pk)
    order = request.GET.get("order", "asked")
    found = queue(work_group, order=order if order in ORDERS else "asked")
    form = DecisionForm(request.POST or None, applied=[row.booking.pk for row in found.rows])
    if form.is_valid():
        try:
            count = selection.prepare(
                work_group=work_group,
                bookings=form.cleaned_data["bookings"],
                decision=form.chosen,
                words=form.cleaned_data["words"],
                by=request.user,
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, f"Noted for {count}. The schools see nothing until you release it.")
            return redirect(f"{request.path}?order={order}" if order in ORDERS else request.path)
    every = request.GET.get("all") == "1"
    context = {
        "work_group": work_group,
        "queue": found,
        "form": form,
        "orders": ORDERS,
        "order": order,
        "ticked": [str(row.booking.pk) for row in found.rows] if every else request.POST.getlist("bookings"),
        "every": every,
    }
    return render(request, "booking/office_selection.html", context)


@require_POST
@hub_staff_required
def office_selection_release(request: PersonRequest, pk: int) -> HttpResponse:
    """Tell every school at once what was decided, after a look at the mails."""
    work_group = get_object_or_404(WorkGroup, pk=pk)
    arguments: dict[str, Any] = {"work_group": work_group, "by": request.user}
    try:
        page = look_first(
            request,
            ReleaseForm(),
            selection.release,
            of=work_group,
            title="Release the decisions",
            button="Tell the schools",
            back=reverse("office_selection", args=[pk]),
            sends_to=request.path,
            arguments=arguments,
        )
        if page is not None:
            return page
        done = selection.release(**arguments)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("office_selection", pk=pk)
    messages.success(request, f"{len(done)} school{'s are' if len(done) != 1 else ' is'} being told.")
    return redirect(reverse("office_work_group", args=[pk]))
