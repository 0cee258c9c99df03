"""People say themselves that they are here: the code on the screen, their page, and names to confirm."""

from urllib.parse import urlencode

from allauth.core import ratelimit
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe

from accounts.access import PersonRequest, by_link
from accounts.typed import number_in
from booking import codes, qr
from booking.access import session_lead_required
from booking.actions import arrivals
from booking.forms.arrivals import CheckInForm, RecogniseForm
from booking.models import Arrival, Session
from booking.reports.visitors import arrivals_of, may_be


@session_lead_required
def session_check_in(request: PersonRequest, session: Session) -> HttpResponse:
    """The code that changes, to show on a screen; and the names as they come in, to confirm.

    The two parts are asked for again by themselves, each by its own id; without script a button loads the page.
    """
    if not session.work_group.uses_check_in:
        raise Http404
    if request.method == "POST":
        return _answered(request, session)
    now, only_code = timezone.now(), request.GET.get("show") == "code"
    part = request.headers.get("HX-Target", "")
    context: dict[str, object] = {
        "session": session,
        "work_group": session.work_group,
        "is_window": codes.is_window(session, now),
        "only_code": only_code,
        "now": timezone.localtime(now),
    }
    if context["is_window"] and part != "check-in-names":
        url = codes.screen_url(session, now)
        context |= {"url": url, "code": mark_safe(qr.svg(url))}  # noqa: S308 - drawn by us from an address of ours
    if not only_code and part != "check-in-code":
        context["arrivals"] = arrivals_of(session, grace=arrivals.GRACE)
    page = {"check-in-code": "booking/_check_in_code.html", "check-in-names": "booking/_check_in_names.html"}
    return _fresh(render(request, page.get(part, "booking/session_check_in.html"), context))


def _answered(request: PersonRequest, session: Session) -> HttpResponse:
    act, chosen = request.POST.get("act", ""), request.POST.get("arrival", "")
    waiting = Arrival.objects.of_session(session).waiting()
    arrival = waiting.filter(pk=pk).first() if (pk := number_in(chosen)) else None
    try:
        if act == "all":
            count = arrivals.confirm(session=session, by=request.user)
            messages.success(request, f"{count} confirmed." if count else "Nobody is waiting who came in time.")
        elif arrival is None:
            messages.info(request, "That has been answered already.")
        elif act == "away":
            arrivals.dismiss(arrival=arrival, by=request.user)
        else:
            arrivals.confirm(session=session, arrivals=[arrival.pk], late=act == "late", by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    return redirect("session_check_in", pk=session.pk)


@session_lead_required
def session_arrival(request: PersonRequest, session: Session, arrival: int) -> HttpResponse:
    """Somebody who is not on the list by the name they gave: one of those who are, or somebody to add."""
    waiting = Arrival.objects.of_session(session).waiting().filter(attendance__isnull=True)
    found = get_object_or_404(waiting.select_related("person"), pk=arrival)
    rows = may_be(session)
    form = RecogniseForm(request.POST or None, rows=rows)
    if form.is_valid():
        try:
            arrivals.confirm_as(arrival=found, row=form.cleaned_data["row"], by=request.user)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, f"{form.cleaned_data['row'].person.name} is here.")
            return redirect("session_check_in", pk=session.pk)
    school = found.person.memberships.current().select_related("school").first() if found.person else None
    query = {"name": found.called, "school": str(school.school) if school else found.school, "arrival": found.pk}
    context = {
        "session": session,
        "work_group": session.work_group,
        "arrival": found,
        "form": form,
        "rows": rows,
        "query": urlencode(query),
    }
    return render(request, "booking/session_arrival.html", context)


@by_link
def check_in(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Say that one is here, by account or by name and school: the page looks the same, whoever is expected."""
    session = codes.session_of(pk, code, timezone.now())
    if session is None:
        return render(request, "booking/check_in_over.html", status=404)
    form = CheckInForm(request.POST if request.method == "POST" else None, is_known=request.user.is_authenticated)
    if form.is_valid():
        if not ratelimit.consume(request, action="check_in"):
            return ratelimit.respond_429(request)
        person = request.user if request.user.is_authenticated else None
        try:
            arrivals.check_in(session=session, by=person, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return redirect("check_in_done")
    here = reverse("check_in", args=[session.pk, codes.ticket(session)])
    context = {"session": session, "work_group": session.work_group, "form": form, "here": here}
    return render(request, "booking/check_in.html", context)


@by_link
def check_in_done(request: HttpRequest) -> HttpResponse:
    """Thank you: the same words for everybody."""
    return render(request, "booking/check_in_done.html")


def _fresh(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response
