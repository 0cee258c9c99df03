"""A work group lead's pages: sessions to come, today's register, the sheet to print."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, asks_again
from booking.access import facilitator_required, session_lead_required, work_group_lead_required
from booking.actions import needs, registers
from booking.expectations import is_near
from booking.forms.registers import TAPS, RegisterForm, WalkInForm
from booking.gaps import task_before
from booking.models import RegisterLink, Session, WorkGroup
from booking.reports import registers as reports
from booking.reports.leading import led_groups, past_groups
from booking.reports.ringing import changed_on_the_day, to_ring
from booking.reports.sheets import sheet, sheets
from booking.taking import is_locked, is_open, locks_at
from booking.views.papers import pdf_response


@facilitator_required
def register_list(request: PersonRequest) -> HttpResponse:
    coming, past = reports.led_sessions(request.user)
    now = timezone.now()
    ring = to_ring(changed_on_the_day(now).filter(pk__in=reports.led_by(request.user)))
    context = {"coming": coming, "past": past, "to_ring": ring}
    context |= {"groups": led_groups(request.user, now), "years": past_groups(request.user, now)}
    return render(request, "booking/register_list.html", context)


@session_lead_required
@asks_again
def session_needs(request: PersonRequest, session: Session) -> HttpResponse:
    """What people need at this session: for those who run it. Who looked, and when, is kept."""
    needs.note_seen(session=session, by=request.user)
    rows = reports.needs_of(session)
    response = render(request, "booking/session_needs.html", {"session": session, "rows": rows})
    response["Cache-Control"] = "no-store"
    return response


@session_lead_required
def session_register(request: PersonRequest, session: Session) -> HttpResponse:
    """Mark everybody, save, correct. A plain form; script keeps and sends taps as they are made (`views.phones`)."""
    register = reports.register(session)
    form = RegisterForm(request.POST or None, register=register)
    if form.is_valid():
        rest = request.POST.get("then") == "rest"
        try:
            made = registers.mark(session=session, taps=form.taps, by=request.user, rest=rest)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, f"Saved at {timezone.localtime():%H:%M}." if made else "Nothing had changed.")
            return redirect("session_register", pk=session.pk)
    status = 422 if form.errors else 200
    context = register_context(session, register, form, WalkInForm())
    return render(request, "booking/session_register.html", context, status=status)


def register_context(
    session: Session,
    register: reports.Register,
    form: RegisterForm,
    walk_in: WalkInForm,
    *,
    link: RegisterLink | None = None,
    token: str = "",
) -> dict[str, object]:
    """What the page of a register shows; by a colleague's link nothing that people need, or wrote, is on it."""
    now = timezone.now()
    return {
        "session": session,
        "work_group": session.work_group,
        "register": register,
        "form": form,
        "walk_in": walk_in,
        "link": link,
        "here": 0 if link or not session.work_group.uses_check_in else session.arrivals.waiting().count(),
        "add_url": reverse("register_link_add", args=[token]) if link else reverse("register_add", args=[session.pk]),
        "taps": TAPS,
        "task": None if link else task_before(session),
        "locks_at": locks_at(session),
        "is_open": is_open(session, now),
        "is_locked": is_locked(session, now),
        "is_near": link is None and session.is_planned and is_near(session, now),
        "has_needs": link is None and reports.has_needs(session),
    }


@require_POST
@session_lead_required
def register_sign(request: PersonRequest, session: Session) -> HttpResponse:
    try:
        registers.sign(session=session, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, "Signed. You can correct it until the end of the next school day.")
    return redirect("session_register", pk=session.pk)


@session_lead_required
def session_sheet(request: PersonRequest, session: Session) -> HttpResponse:
    """The sign-in sheet, to print."""
    return pdf_response(sheet(session, at=timezone.now()), f"sign-in-sheet-{session.work_group.slug}-{session.number}")


@work_group_lead_required
def work_group_sheets(request: PersonRequest, work_group: WorkGroup) -> HttpResponse:
    """The sign-in sheets of all sessions to come, in one PDF."""
    return pdf_response(sheets(work_group, at=timezone.now()), f"sign-in-sheets-{work_group.slug}")


@facilitator_required
def register_practice(request: PersonRequest) -> HttpResponse:
    """A register with invented people that saves nothing, to try one's thumbs on."""
    return render(request, "booking/register_practice.html", {"taps": TAPS})
