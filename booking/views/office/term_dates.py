"""Term dates: when the schools of an authority are shut, so that nothing is owed, offered or due on those days."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, hub_staff_required
from accounts.acts import acts_about
from accounts.schoolyear import school_year_label, school_year_of, year_choices
from accounts.typed import year_in
from booking.actions import term_dates
from booking.forms.term_dates import HolidayForm
from booking.models import SchoolHoliday
from booking.reports import term_dates as reports
from booking.schooldays import authority_names


@hub_staff_required
def office_term_dates(request: PersonRequest) -> HttpResponse:
    """Every authority's school year, with the bank holidays that nobody need enter."""
    this_year = school_year_of(timezone.localdate())
    year = year_in(request.GET.get("year", ""), this_year)
    context = {
        "year": year,
        "years": year_choices(range(this_year - 1, this_year + 3), year),
        "label": school_year_label(year),
        "authorities": reports.authority_years(year),
        "bank_holidays": reports.bank_holidays_of(year),
        "done": reports.done_lately(),
    }
    return render(request, "booking/office_term_dates.html", context)


@hub_staff_required
def office_holiday_edit(request: PersonRequest, pk: int | None = None) -> HttpResponse:
    """Enter a holiday of an authority, or change one."""
    holiday = get_object_or_404(SchoolHoliday, pk=pk) if pk else None
    code = request.GET.get("authority", "")
    form = HolidayForm(request.POST or None, instance=holiday, initial={} if holiday else {"la_code": code[:3]})
    if form.is_valid():
        try:
            saved = term_dates.save_holiday(holiday=form.save(commit=False), by=request.user)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, f"Kept: {saved.name}, {_authority(saved)}.")
            for words in form.warnings():
                messages.warning(request, words)
            return redirect(f"{reverse('office_term_dates')}?year={school_year_of(saved.first_on)}")
    context = {"form": form, "holiday": holiday, "history": acts_about(holiday) if holiday else []}
    return render(request, "booking/office_holiday_edit.html", context)


@require_POST
@hub_staff_required
def office_holiday_remove(request: PersonRequest, pk: int) -> HttpResponse:
    """Take a holiday out."""
    holiday = get_object_or_404(SchoolHoliday, pk=pk)
    year, words = school_year_of(holiday.first_on), f"{holiday.name}, {_authority(holiday)}"
    term_dates.remove_holiday(holiday=holiday, by=request.user)
    messages.success(request, f"Taken out: {words}. Its days are school days again.")
    return redirect(f"{reverse('office_term_dates')}?year={year}")


def _authority(holiday: SchoolHoliday) -> str:
    return authority_names([holiday.la_code])[holiday.la_code]
