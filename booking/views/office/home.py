"""What needs a person now, and the style page."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import PersonRequest, hub_staff_required
from booking.forms.registers import TAPS
from booking.reports import examples, today


@hub_staff_required
def office_home(request: PersonRequest) -> HttpResponse:
    return render(request, "booking/office_home.html", {"today": today.today()})


@hub_staff_required
def office_todo(request: PersonRequest, kind: str) -> HttpResponse:
    """All that needs a person of one kind."""
    if kind not in today.SORTS:
        raise Http404
    return render(request, "booking/office_todo.html", {"kind": today.kind_of(kind)})


@hub_staff_required
def office_style(request: PersonRequest) -> HttpResponse:
    """Every component on one page, with what it means."""
    context = {"pictures": examples.pictures(), "taps": TAPS, "now": timezone.now()}
    return render(request, "booking/office_style.html", context)
