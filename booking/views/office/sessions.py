"""All sessions of a school year, by week, lead, venue and what is still to do about them."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import PersonRequest, hub_staff_required
from accounts.models import User
from accounts.schoolyear import school_year_of, year_choices
from booking.models import Facilitation, Session, Venue
from booking.reports import office
from booking.reports.keyset import Spot
from booking.reports.lists import sessions as lists
from booking.views.office.lists import Head, listing


@hub_staff_required
def office_session_list(request: PersonRequest) -> HttpResponse:
    wanted = lists.Wanted.asked(request.GET)
    spot = Spot.asked(request.GET, wanted.orders)
    page = lists.page(wanted, spot)
    leads = office.leads_by_group([one.work_group for one in page.rows])
    this_year = school_year_of(timezone.localdate())
    when = "When" if wanted.state == "undated" else lists.WHEN
    columns = [when, lists.GROUP, "Where", "Led by", Head("Expected", is_number=True), "Register"]
    context = {
        "listing": listing(request, page, spot, columns),
        "sessions": [(one, leads[one.work_group_id]) for one in page.rows],
        "wanted": wanted,
        "years": year_choices(range(this_year - 1, this_year + 2), wanted.year),
        "states": lists.STATES.items(),
        "modes": Session.Mode.choices,
        "leaders": User.objects.filter(facilitations__in=Facilitation.objects.on(timezone.localdate())).distinct(),
        "venues": Venue.objects.values_list("pk", "name"),
        "now": timezone.now(),
    }
    return render(request, "booking/office_session_list.html", context)
