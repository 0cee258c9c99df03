"""The office's pages about the register of schools: a file is sent, looked at, and taken in or dropped."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, hub_staff_required
from accounts.models import RegisterImport
from accounts.typed import page_in
from booking.actions import imports
from booking.forms.schools import RegisterForm
from booking.reports import imports as report

SHOWN = 10


@hub_staff_required
def office_register(request: PersonRequest) -> HttpResponse:
    """When the register was last taken in, what is still to be decided, and a new file."""
    form = RegisterForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            sent = imports.send(
                file=form.cleaned_data["file"],
                links=form.cleaned_data["links"],
                authorities=form.authorities,
                by=request.user,
            )
        except ValidationError as refusal:
            form.add_error("file", refusal)
        else:
            return redirect("office_register_import", pk=sent.pk)
    context = {
        "form": form,
        "imports": RegisterImport.objects.select_related("sent_by")[:SHOWN],
        "to_decide": report.bookings_to_decide(),
    }
    return render(request, "booking/office_register.html", context)


@hub_staff_required
def office_register_import(request: PersonRequest, pk: int) -> HttpResponse:
    """One file: what it would change or has changed. While a worker has it, the page asks again by itself."""
    register_import = get_object_or_404(RegisterImport.objects.select_related("sent_by", "approved_by"), pk=pk)
    page = request.GET.get("page", "1")
    looked = report.looked_at(
        register_import,
        kind=request.GET.get("kind", "")[:20],
        page=page_in(page),
    )
    fragment = request.headers.get("HX-Request")
    template = "booking/_register_import.html" if fragment else "booking/office_register_import.html"
    return render(request, template, {"looked": looked, "one": register_import})


@require_POST
@hub_staff_required
def office_register_answer(request: PersonRequest, pk: int) -> HttpResponse:
    """Take all of it in, or drop it."""
    register_import = get_object_or_404(RegisterImport, pk=pk)
    try:
        if request.POST.get("answer") == "take":
            imports.approve(register_import=register_import, by=request.user)
        else:
            imports.drop(register_import=register_import, by=request.user)
            messages.success(request, "Dropped: nothing was changed, and the file is gone.")
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    return redirect("office_register_import", pk=pk)
