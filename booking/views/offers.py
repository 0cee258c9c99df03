"""Answering an offer of free places: on the booking's page, or by the signed link in the mail, without a log-in."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.access import PersonRequest, by_link, person_required
from accounts.colleagues import show_as_typed
from accounts.models import User
from booking.actions import offers
from booking.avoiding import against_coming
from booking.clashes import clashes
from booking.forms.places import ReachedForm
from booking.links import offer_of
from booking.models import Booking
from booking.models.places import Status
from booking.reports import asked


@person_required
def offer_answer(request: PersonRequest, pk: int) -> HttpResponse:
    """Take places that were offered, or let them go to the next in the line."""
    booking = get_object_or_404(Booking.objects.visible_to(request.user).select_related("school"), pk=pk)
    if request.method != "POST":  # back from a log-in that was asked for meanwhile
        return redirect(booking)
    reached = None if request.user.books_for(booking.school) else ReachedForm(request.POST)
    if reached is not None and not reached.is_valid():
        messages.error(request, "Say how the school’s answer reached you.")
    else:
        _answer(request, booking, request.user, reached=reached.words if reached else "")
    return redirect(booking)


@by_link
def offer_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The same by the link in the mail: one tap. Opening it changes nothing: mail scanners open links."""
    found = offer_of(token)
    if found is None:
        raise Http404
    booking, person, stands = found
    if request.method == "POST":
        if stands:
            _answer(request, booking, person)
        else:
            messages.info(request, "This offer has been answered already, or has ended. This is how it stands now.")
        return redirect("offer_by_link", token=token)
    named = [place.person for place in booking.places.live().select_related("person") if place.person]
    show_as_typed(booking.school_id, named)
    context = {
        "booking": booking,
        "stands": stands and booking.offer_ends_at and booking.offer_ends_at > timezone.now(),
        "asked": asked.of_school(booking, timezone.now()),
        "clashes": _against(booking, named) if stands else [],
    }
    return render(request, "booking/offer_by_link.html", context)


def _against(booking: Booking, named: list[User]) -> list[str]:
    """Where people are at the time, and on which days their school had better not go."""
    found = clashes(named, booking.school, booking.work_group, booking.session)
    return found + against_coming(booking.school, booking.work_group, booking.session, is_ours=True)


def _answer(request: HttpRequest, booking: Booking, by: User | None, *, reached: str = "") -> None:
    act = offers.accept if request.POST.get("answer") == "accept" else offers.decline
    try:
        booking = act(booking=booking, by=by, reached=reached)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        took = booking.status in (Status.CONFIRMED, Status.HELD)
        messages.success(request, "The places are yours." if took else "Thank you. The places go to the next school.")
