"""One search over everything the office knows; with script the list follows the typing."""

from django.http import HttpResponse
from django.shortcuts import render

from accounts.access import PersonRequest, hub_staff_required
from booking.reports.finding import find

# On its own page there is room for more than beside the field.
ON_THE_PAGE = 20


@hub_staff_required
def office_find(request: PersonRequest) -> HttpResponse:
    """What the words find: the page, or the list beneath the field while somebody types."""
    typed = request.GET.get("q", "")
    if request.headers.get("HX-Request"):
        return render(request, "booking/_found_here.html", {"found": find(typed)})
    return render(request, "booking/office_find.html", {"found": find(typed, limit=ON_THE_PAGE)})
