"""Pausing mail about a group, and letting it go on."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.access import PersonRequest, hub_staff_required
from booking.models import WorkGroup
from notifications.actions import pauses
from notifications.forms import PauseForm
from notifications.models import Notice, Pause


@hub_staff_required
def office_mail_pause(request: PersonRequest, pk: int) -> HttpResponse:
    """Whether mail about a group leaves, what is kept back, and the switch."""
    work_group = get_object_or_404(WorkGroup, pk=pk)
    standing = Pause.objects.open().filter(work_group=work_group).select_related("by").first()
    form = PauseForm(request.POST if request.POST.get("act") == "pause" else None)
    try:
        if request.POST.get("act") == "go_on":
            count = pauses.go_on(work_group=work_group, by=request.user)
            messages.success(request, f"Mail goes on. {count or 'No'} mail{'' if count == 1 else 's'} let go.")
            return redirect("office_mail_pause", pk=pk)
        if form.is_valid():
            pauses.pause(work_group=work_group, reason=form.cleaned_data["reason"], by=request.user)
            messages.success(request, "Paused. Only what cannot wait still leaves.")
            return redirect("office_mail_pause", pk=pk)
    except ValidationError as refusal:
        form.add_error(None, " ".join(refusal.messages))
    held = Notice.objects.filter(work_group=work_group, state=Notice.State.HELD, stop=Notice.Stop.PAUSE)
    context = {
        "work_group": work_group,
        "pause": standing,
        "form": form,
        "held": held.count(),
        "before": Pause.objects.filter(work_group=work_group, ended_at__isnull=False).select_related("by")[:10],
    }
    return render(request, "notifications/office_mail_pause.html", context)
