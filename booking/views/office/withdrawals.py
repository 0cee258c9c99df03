"""Places given up, the late ones first to look at: the hub talks to the school; nobody is sent a bill."""

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import PersonRequest, hub_staff_required
from accounts.schoolyear import school_year_of, year_choices
from accounts.typed import number_in, page_in
from booking.models.places import Reason
from booking.reports import withdrawals


@hub_staff_required
def office_withdrawals(request: PersonRequest) -> HttpResponse:
    this_year = school_year_of(timezone.localdate())
    asked, page = request.GET.get("year", ""), request.GET.get("page", "1")
    year = number_in(asked, digits=4) or this_year
    late, reason = request.GET.get("all") != "1", request.GET.get("reason", "")
    rows = withdrawals.given_up(year=year, late=late, reason=reason, page=page_in(page))
    context = {
        "page": rows,
        "query": urlencode({"year": year, "reason": reason, "all": "" if late else "1"}),
        "late": late,
        "reason": reason,
        "reasons": Reason.choices,
        "year": year,
        "years": year_choices(range(this_year + 1, this_year - 4, -1), year),
        "days": settings.HUB_LATE_NOTICE_DAYS,
    }
    return render(request, "booking/office_withdrawals.html", context)
