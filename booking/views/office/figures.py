"""A year in figures: for the board and for partners, without a single name."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import PersonRequest, reader_required
from accounts.schoolyear import school_year_label, school_year_of
from accounts.typed import number_in
from booking.models import WorkGroup
from booking.reports import figures


@reader_required
def office_figures(request: PersonRequest) -> HttpResponse:
    """Schools signed up and engaged, by project, authority and phase."""
    this_year = school_year_of(timezone.localdate())
    years = sorted({*WorkGroup.objects.values_list("year", flat=True).distinct(), this_year}, reverse=True)
    asked = request.GET.get("year", "")
    year = number_in(asked) if number_in(asked) in years else this_year
    context = {
        "figures": figures.of_year(year),
        "label": school_year_label(year),
        "years": [(one, school_year_label(one)) for one in years],
    }
    return render(request, "booking/office_figures.html", context)
