"""The waiting lists of a group, and what staff may do out of turn: always with a reason that the school reads."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.access import PersonRequest, hub_staff_required
from accounts.typed import page_in
from booking.actions import offers
from booking.avoiding import against_coming
from booking.clashes import clashes
from booking.forms.waiting import MoveForm, OfferForm, WhyForm
from booking.models import Booking, WorkGroup
from booking.models.places import Status
from booking.reports import waiting


@hub_staff_required
def office_waiting(request: PersonRequest, pk: int) -> HttpResponse:
    """Who waits for a group, in their order; in a network one line for each meeting."""
    work_group = get_object_or_404(WorkGroup, pk=pk)
    meetings = waiting.meetings_with_a_line(work_group) if work_group.is_network else []
    asked, number = request.GET.get("meeting", ""), request.GET.get("page", "1")
    session = next((one for one in meetings if str(one.pk) == asked), meetings[0] if meetings else None)
    page = page_in(number)
    line = waiting.line_of(work_group, session, timezone.now(), page=page)
    context = {
        "work_group": work_group,
        "meetings": meetings,
        "session": session,
        "line": line,
        "page": line.page,
        "query": f"meeting={session.pk}" if session else "",
    }
    return render(request, "booking/office_waiting.html", context)


@hub_staff_required
def office_waiting_booking(request: PersonRequest, pk: int) -> HttpResponse:
    """One booking in the line: offered out of turn, moved, held back, let on, or its offer taken back."""
    bookings = Booking.objects.filter(status__in=[Status.WAITING, Status.OFFERED])
    booking = get_object_or_404(bookings.select_related("work_group", "school", "session", "held_back_by"), pk=pk)
    act, position = request.POST.get("act", ""), booking.position()
    offer = OfferForm(request.POST if act == "offer" else None, prefix="offer", booking=booking, is_first=position == 1)
    move = MoveForm(request.POST if act == "move" else None, prefix="move", last=booking.line().count())
    hold = WhyForm(request.POST if act == "hold" else None, prefix="hold")
    take_back = WhyForm(request.POST if act == "take_back" else None, prefix="back")
    form = {"offer": offer, "move": move, "hold": hold, "take_back": take_back}.get(act)
    if act == "let_on" or (form is not None and form.is_valid()):
        given = form.cleaned_data if form else {}
        try:
            match act:
                case "offer":
                    offers.offer(booking=booking, by=request.user, **given)
                    done = f"{booking.school} has been offered the places."
                case "move":
                    moved = offers.move(booking=booking, by=request.user, **given)
                    done = f"{booking.school} is number {moved.position()} now."
                case "hold":
                    offers.hold_back(booking=booking, by=request.user, **given)
                    done = f"{booking.school} waits until you let it go on."
                case "take_back":
                    offers.take_back(booking=booking, by=request.user, **given)
                    done = f"The offer is taken back. {booking.school} waits, held back."
                case _:
                    offers.let_on(booking=booking, by=request.user)
                    done = f"{booking.school} takes its turn again."
        except ValidationError as refusal:
            if form:
                form.add_error(None, refusal)
            else:
                messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, done)
            meeting = f"?meeting={booking.session_id}" if booking.session_id else ""
            return redirect(f"{reverse('office_waiting', args=[booking.work_group_id])}{meeting}")
    places = list(booking.places.live().select_related("person"))
    named = [place.person for place in places if place.person]
    school, group = booking.school, booking.work_group
    context = {
        "booking": booking,
        "work_group": group,
        "places": places,
        "position": position,
        "clashes": clashes(named, school, group, booking.session),
        "against": against_coming(school, group, booking.session, is_ours=False),
        "form": form,
        "offer": offer,
        "move": move,
        "hold": hold,
        "take_back": take_back,
    }
    return render(request, "booking/office_waiting_booking.html", context)
