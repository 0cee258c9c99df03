"""Places given up, the late ones first to look at: the hub talks to the school; nobody is sent a bill."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import PersonRequest, hub_staff_required
from accounts.schoolyear import school_year_of, year_choices
from booking.models.places import Reason
from booking.reports.keyset import Spot
from booking.reports.lists import withdrawals as lists
from booking.views.office.lists import Column, listing

LIST: list[Column] = [lists.SCHOOL, lists.GROUP, "Who", lists.WHEN, "Notice", "Why"]


@hub_staff_required
def office_withdrawals(request: PersonRequest) -> HttpResponse:
    wanted = lists.Wanted.asked(request.GET)
    spot = Spot.asked(request.GET, lists.ORDERS)
    this_year = school_year_of(timezone.localdate())
    context = {
        "listing": listing(request, lists.page(wanted, spot), spot, LIST),
        "wanted": wanted,
        "reasons": Reason.choices,
        "years": year_choices(range(this_year + 1, this_year - 4, -1), wanted.year),
        "days": settings.HUB_LATE_NOTICE_DAYS,
    }
    return render(request, "booking/office_withdrawals.html", context)
