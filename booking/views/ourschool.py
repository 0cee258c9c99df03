"""Our school with the hub: a page and a paper by school year, for who books for the school and for the office."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from accounts.access import PersonRequest, SchoolRequest, confirmed_lead_required, hub_staff_required
from accounts.models import School
from accounts.schoolyear import school_year_of, year_choices
from accounts.typed import number_in
from booking import contact
from booking.actions import quotations
from booking.models import PastEngagement, WorkGroup
from booking.reports import ourschool
from booking.views.papers import pdf_response


@confirmed_lead_required
def our_school(request: SchoolRequest) -> HttpResponse:
    """The year of my school; and which words of our people stand on the paper."""
    year = _year(request)
    found = ourschool.of_year(request.school, year, typed=True)
    if request.method == "POST":
        among = [one.pk for one, _ in found.words]
        chosen = [pk for typed in request.POST.getlist("words") if (pk := number_in(typed))]
        quotations.choose(school=request.school, among=among, chosen=chosen, by=request.user)
        messages.success(request, "Kept: these words stand on the paper.")
        return redirect(f"{reverse('our_school')}?year={year}")
    context = _context(found) | {"paper": reverse("our_school_paper"), "chooses": True}
    return render(request, "booking/our_school.html", context)


@confirmed_lead_required
def our_school_paper(request: SchoolRequest) -> HttpResponse:
    return _paper(ourschool.of_year(request.school, _year(request), typed=True))


@hub_staff_required
def office_our_school(request: PersonRequest, pk: int) -> HttpResponse:
    """The same for any school, to talk about with it; which words stand on the paper is the school's own choice."""
    school = get_object_or_404(School, pk=pk)
    found = ourschool.of_year(school, _year(request), typed=False)
    context = _context(found) | {"paper": reverse("office_our_school_paper", args=[pk]), "chooses": False}
    return render(request, "booking/office_our_school.html", context)


@hub_staff_required
def office_our_school_paper(request: PersonRequest, pk: int) -> HttpResponse:
    return _paper(ourschool.of_year(get_object_or_404(School, pk=pk), _year(request), typed=False))


def _year(request: PersonRequest) -> int:
    asked = request.GET.get("year", "")
    this_year = school_year_of(timezone.localdate())
    return min(number_in(asked, digits=4) or this_year, this_year)


def _context(found: ourschool.Year) -> dict[str, Any]:
    booked = WorkGroup.objects.filter(bookings__school__in=found.ids).order_by().values_list("year")
    former = PastEngagement.objects.filter(school__in=found.ids).order_by().values_list("year")
    years = sorted({*(year for (year,) in booked.union(former)), found.year}, reverse=True)
    first = None if found.groups or found.former else contact.first_year()
    return {
        "found": found,
        "school": found.school,
        "years": year_choices(years),
        "not_held": contact.not_held_words(first) if first and found.year < first else "",
    }


def _paper(found: ourschool.Year) -> HttpResponse:
    return pdf_response(ourschool.paper(found), f"{slugify(found.school.name)}-{found.label}")
