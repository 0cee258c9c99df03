"""What needs a person now, and the style page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import PersonRequest, hub_staff_required
from booking.forms.registers import TAPS
from booking.reports import examples, office


@hub_staff_required
def office_home(request: PersonRequest) -> HttpResponse:
    return render(request, "booking/office_home.html", {"today": office.today()})


@hub_staff_required
def office_style(request: PersonRequest) -> HttpResponse:
    """Every component on one page, with what it means."""
    context = {"pictures": examples.pictures(), "taps": TAPS, "now": timezone.now()}
    return render(request, "booking/office_style.html", context)
