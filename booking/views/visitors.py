"""People not on the list: found or added on the day, and sorted out by the office."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.access import PersonRequest, hub_staff_required
from accounts.colleagues import NewColleague
from accounts.typed import number_in, page_in
from booking.access import session_lead_required
from booking.actions import visitors
from booking.forms.registers import WalkInForm
from booking.models import Arrival, Attendance, Place, Session
from booking.reports.visitors import known_people, notes_of, schools_by, to_sort_out, ways
from booking.taking import is_locked, is_open


@session_lead_required
def register_add(request: PersonRequest, session: Session) -> HttpResponse:
    """Find somebody of a school by name, or add them as somebody new.

    Whoever is known by that name at that school is shown before somebody new is made of them.
    """
    given = request.POST if request.method == "POST" else request.GET
    name, words = given.get("name", "")[:100], given.get("school", "")[:80]
    schools = schools_by(words) if words else []
    found = known_people(name, schools[0], session) if len(schools) == 1 else []
    arrival = _arrival(session, given.get("arrival", ""))
    form = WalkInForm(request.POST or None, initial={"name": name, "school": words, "email": given.get("email", "")})
    form.fields["amendment"].required = is_locked(session, timezone.now())
    if request.method == "POST" and form.is_valid():
        chosen, data = request.POST.get("person", ""), form.cleaned_data
        is_sure = chosen or data["email"] or "new" in request.POST
        if is_sure or not found:
            person = number_in(chosen) or NewColleague(name, data["email"])
            try:
                row = visitors.add(
                    session=session,
                    person=person,
                    school=data["school"],
                    amendment=data["amendment"],
                    arrival=arrival,
                    by=request.user,
                )
            except ValidationError as refusal:
                form.add_error(None, refusal)
            else:
                messages.success(request, f"{row.person.name} is on the register.")
                return redirect("session_check_in" if arrival else "session_register", pk=session.pk)
    context = {
        "session": session,
        "work_group": session.work_group,
        "form": form,
        "found": found,
        "schools": schools if len(schools) > 1 else [],
        "arrival": arrival,
        "is_open": is_open(session, timezone.now()),
        "is_locked": is_locked(session, timezone.now()),
        "asks": bool(request.method == "POST" and found and not form.errors),
    }
    if request.headers.get("HX-Target") == "found":
        return render(request, "booking/_people_found.html", context)
    return render(request, "booking/register_add.html", context, status=422 if form.errors else 200)


def _arrival(session: Session, chosen: str) -> Arrival | None:
    waiting = Arrival.objects.of_session(session).waiting().filter(attendance__isnull=True)
    return waiting.filter(pk=number_in(chosen)).first()


@hub_staff_required
def office_visitors(request: PersonRequest) -> HttpResponse:
    """Everybody who came and was on no list, until somebody has said where they belong."""
    number = request.GET.get("page", "")
    page = to_sort_out(page_in(number))
    return render(request, "booking/office_visitors.html", {"page": page})


@hub_staff_required
def office_visitor(request: PersonRequest, pk: int) -> HttpResponse:
    """One of them: whose place it is, in whose stead they came, whether they are known already, or a visitor."""
    rows = Attendance.objects.off_the_list().select_related("session__work_group", "session__venue", "person", "school")
    row = get_object_or_404(rows, pk=pk)
    if request.method == "POST" and _sorted_out(request, row):
        return redirect("office_visitors")
    context = {
        "row": row,
        "session": row.session,
        "work_group": row.session.work_group,
        "ways": ways(row),
        "added": notes_of(row),
        "is_locked": is_locked(row.session, timezone.now()),
    }
    return render(request, "booking/office_visitor.html", context)


def _sorted_out(request: PersonRequest, row: Attendance) -> bool:
    how, chosen = request.POST.get("how", ""), request.POST.get("of", "")
    pk = number_in(chosen)
    try:
        if how == "instead":
            of = get_object_or_404(Attendance, pk=pk, session=row.session_id)
            visitors.came_instead(row=row, of=of, by=request.user, why=request.POST.get("why", "")[:200].strip())
            messages.success(request, f"{row.person} came in the stead of {of.person}.")
        elif how == "place":
            place = get_object_or_404(Place, pk=pk, work_group=row.session.work_group_id)
            visitors.belongs_to(row=row, place=place, by=request.user)
            messages.success(request, f"It is {row.person}’s place.")
        else:
            visitors.leave(row=row, by=request.user)
            messages.success(request, f"{row.person} stays a visitor of that day.")
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return False
    return True
