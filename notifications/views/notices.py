"""Mail as people see it: every one and its state, for hub staff; and whom to ring because none has arrived."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, hub_staff_required
from booking.access import session_lead_required
from booking.actions import today
from booking.models import Session, WorkGroup
from booking.reports.keyset import Spot
from booking.reports.tables.listing import NAMED, Asked
from booking.views.office.lists import Column, listing
from notifications import calls, ledger, lists, mails
from notifications.actions import notices as decide
from notifications.actions.wordings import send_sample
from notifications.kinds import WORDED, kind_words
from notifications.models import Notice

LIST: list[Column] = ["Subject", "To", "Why", mails.MADE, "What became of it"]


# What can be done about a mail besides sending it again.
ACTS = {
    "arrived": (decide.note_arrival, "Noted: it arrived."),
    "done": (decide.deal_with, "Done: nobody is asked about it any more."),
}


@hub_staff_required
def office_notice_list(request: PersonRequest) -> HttpResponse:
    """Every mail: looked for by words, by what became of it, its kind, and whom or what it is about."""
    wanted = mails.Wanted.asked(request.GET)
    spot = Spot.asked(request.GET, mails.ORDERS)
    page = mails.page(wanted, spot)
    choices = lists.mails(Asked()).choices
    context = {
        "listing": listing(request, page, spot, LIST),
        "wanted": wanted,
        "rows": ledger.explain(page.rows),
        "only": [get_object_or_404(NAMED[name], pk=pk) for name in mails.ABOUT if (pk := getattr(wanted, name))],
        "groups": WorkGroup.objects.exclude(status=WorkGroup.Status.DRAFT).order_by("title", "pk"),
        "states": choices["state"],
        "kinds": choices["kind"],
    }
    return render(request, "notifications/office_notice_list.html", context)


@hub_staff_required
def office_notice(request: PersonRequest, pk: int) -> HttpResponse:
    """A mail, and what became of it; one that may not have arrived, or did not, can be sent again, or settled."""
    notice = get_object_or_404(Notice.objects.select_related("person", "school", "work_group", "session"), pk=pk)
    if request.method == "POST":
        act, words = ACTS.get(request.POST.get("do", ""), (decide.send_again, "It is on its way again."))
        try:
            act(notice=notice, by=request.user)
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, words)
        return redirect("office_notice", pk=pk)
    [(_, state, stops)] = ledger.explain([notice])
    context = {
        "notice": notice,
        "state": state,
        "stops": stops,
        "kind": kind_words(notice.kind),
        "is_worded": notice.kind in WORDED,
        "is_settled": notice.state in decide.SETTLED,
        "why": decide.why_not_again(notice),
        "bounces": notice.bounces.order_by("pk"),
    }
    return render(request, "notifications/office_notice.html", context)


@require_POST
@hub_staff_required
def office_notice_sample(request: PersonRequest, pk: int) -> HttpResponse:
    """The same mail to who asks for it, marked as a sample."""
    notice = get_object_or_404(Notice, pk=pk)
    try:
        send_sample(notice=notice, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, f"A sample is on its way to {request.user.email}.")
    return redirect("office_notice", pk=pk)


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
