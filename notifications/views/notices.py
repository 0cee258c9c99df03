"""Mail as people see it: every one and its state, for hub staff; and whom to ring because none has arrived."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.access import PersonRequest, hub_staff_required
from booking.access import session_lead_required
from booking.actions import today
from booking.models import Session
from notifications import calls
from notifications.actions import notices
from notifications.models import Notice

PAGE = 50


@hub_staff_required
def office_notice_list(request: PersonRequest) -> HttpResponse:
    state, q = request.GET.get("state", ""), request.GET.get("q", "")[:80]
    notices = Notice.objects.select_related("person").defer("raw", "text")
    if state in Notice.State.values:
        notices = notices.filter(state=state)
    if q:
        notices = notices.filter(Q(to__icontains=q) | Q(subject__icontains=q) | Q(person__name__icontains=q))
    number = request.GET.get("page", "1")
    page = Paginator(notices, PAGE).get_page(number if number.isdecimal() and len(number) < 6 else 1)
    context = {"page": page, "state": state, "q": q, "states": Notice.State.choices}
    return render(request, "notifications/office_notice_list.html", context)


@hub_staff_required
def office_notice(request: PersonRequest, pk: int) -> HttpResponse:
    """A mail, and what became of it; one that may not have arrived can be sent again, or settled."""
    notice = get_object_or_404(Notice.objects.select_related("person"), pk=pk)
    if request.method == "POST":
        arrived = request.POST.get("do") == "arrived"
        try:
            (notices.note_arrival if arrived else notices.send_again)(notice=notice, by=request.user)
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, "Noted: it arrived." if arrived else "It is on its way again.")
        return redirect("office_notice", pk=pk)
    context = {
        "notice": notice,
        "is_settled": notice.state in notices.SETTLED,
        "why": notices.why_not_again(notice),
        "bounces": notice.bounces.order_by("pk"),
    }
    return render(request, "notifications/office_notice.html", context)


@session_lead_required
def session_calls(request: PersonRequest, session: Session) -> HttpResponse:
    """Whom to ring: those not told yet first, with the school's telephone; ticked when told."""
    if request.method == "POST":
        told = request.POST.get("told", "")
        lines = {str(line.person.pk): line.person for line in calls.list_of(session)}
        if told in lines:
            today.note_call(session=session, person=lines[told], by=request.user)
        return redirect("session_calls", pk=session.pk)
    response = render(
        request, "notifications/session_calls.html", {"session": session, "lines": calls.list_of(session)}
    )
    response["Cache-Control"] = "no-store"
    return response
