"""A work group lead's pages: sessions to come, today's register, the sheet to print."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, asks_again
from accounts.colleagues import NewColleague
from booking.access import facilitator_required, session_lead_required
from booking.actions import needs, registers
from booking.expectations import is_near
from booking.forms.registers import MORE, TAPS, RegisterForm, WalkInForm
from booking.models import Need, Session, WorkGroup
from booking.reports import registers as reports
from booking.reports.people import task_before
from booking.reports.ringing import changed_on_the_day, to_ring


@facilitator_required
def register_list(request: PersonRequest) -> HttpResponse:
    coming, past = reports.led_sessions(request.user)
    led = WorkGroup.objects.led_by(request.user, timezone.localdate())
    heard = list(led.filter(status__in=[WorkGroup.Status.PUBLISHED, WorkGroup.Status.ARCHIVED]))
    groups = [one for one in heard if one.status == WorkGroup.Status.PUBLISHED]
    ring = to_ring(changed_on_the_day(timezone.now()).filter(pk__in=reports.led_by(request.user)))
    context = {"coming": coming, "past": past, "groups": groups, "heard": heard, "to_ring": ring}
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
    """Mark everybody, save, correct. A plain form; script only saves taps as they are made."""
    register = reports.register(session)
    form = RegisterForm(request.POST or None, register=register)
    if form.is_valid():
        try:
            made = registers.mark(session=session, taps=form.taps, by=request.user)
            if request.POST.get("then") == "rest":
                made += registers.mark_rest_present(session=session, by=request.user)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            if request.headers.get("HX-Request"):
                return _saved(request, session)
            messages.success(request, f"Saved at {timezone.localtime():%H:%M}." if made else "Nothing had changed.")
            return redirect("session_register", pk=session.pk)
    if request.headers.get("HX-Request") and request.method == "POST":
        return render(request, "booking/_register_saved.html", {"form": form, "register": register}, status=422)
    return render(request, "booking/session_register.html", _context(session, register, form, WalkInForm()))


def _saved(request: PersonRequest, session: Session) -> HttpResponse:
    register = reports.register(session)
    return render(request, "booking/_register_saved.html", {"register": register, "saved_at": timezone.localtime()})


def _context(
    session: Session, register: reports.Register, form: RegisterForm, walk_in: WalkInForm
) -> dict[str, object]:
    return {
        "session": session,
        "work_group": session.work_group,
        "register": register,
        "form": form,
        "walk_in": walk_in,
        "taps": TAPS,
        "more": MORE,
        "task": task_before(session),
        "locks_at": registers.locks_at(session),
        "is_open": session.is_planned
        and session.starts_at is not None
        and session.starts_at - registers.OPENS_BEFORE <= timezone.now(),
        "is_locked": _is_locked(session),
        "is_near": session.is_planned and is_near(session, timezone.now()),
        "has_needs": Need.objects.standing().filter(place__attendances__session=session).exists(),
    }


def _is_locked(session: Session) -> bool:
    locks = registers.locks_at(session)
    return locks is not None and locks < timezone.now()


@require_POST
@session_lead_required
def register_add(request: PersonRequest, session: Session) -> HttpResponse:
    """Add somebody who is not on the list."""
    walk_in = WalkInForm(request.POST)
    if walk_in.is_valid():
        data = walk_in.cleaned_data
        colleague = NewColleague(data["name"], data["email"])
        try:
            registers.add_person(session=session, colleague=colleague, school=data["school"], by=request.user)
        except ValidationError as refusal:
            walk_in.add_error(None, refusal)
        else:
            messages.success(request, f"{data['name']} is on the register.")
            return redirect("session_register", pk=session.pk)
    register = reports.register(session)
    form = RegisterForm(register=register)
    return render(request, "booking/session_register.html", _context(session, register, form, walk_in), status=422)


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
    register = reports.register(session)
    context = {"session": session, "work_group": session.work_group, "register": register, "blank": range(4)}
    return render(request, "booking/session_sheet.html", context)


@facilitator_required
def register_practice(request: PersonRequest) -> HttpResponse:
    """A register with invented people that saves nothing, to try one's thumbs on."""
    return render(request, "booking/register_practice.html", {"taps": TAPS})
