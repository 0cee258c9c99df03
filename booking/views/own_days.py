"""A school's own days: entered by who books for it, or by the office when the school says so by telephone."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.access import PersonRequest, SchoolRequest, confirmed_lead_required, hub_staff_required
from accounts.models import School
from accounts.schoolyear import school_year_label, school_year_of, year_choices
from accounts.typed import number_in, year_in
from booking.actions import own_days
from booking.forms.own_days import OPEN, OwnDaysForm
from booking.models import OwnDays, SchoolHoliday
from booking.reports import term_dates as reports


@confirmed_lead_required
def school_days(request: SchoolRequest) -> HttpResponse:
    """Our days: our authority's, those that differ, and what we add."""
    return _days(request, request.school, reverse("school_days"), "booking/school_days.html")


@confirmed_lead_required
def school_days_edit(request: SchoolRequest, pk: int) -> HttpResponse:
    """Change days of ours, or take them out."""
    days = get_object_or_404(OwnDays.objects.select_related("school"), pk=pk, school=request.school)
    return _edit(request, days, reverse("school_days"), "booking/school_days_edit.html")


@hub_staff_required
def office_school_days(request: PersonRequest, pk: int) -> HttpResponse:
    """The same for any school, when it rings."""
    school = get_object_or_404(School, pk=pk)
    return _days(request, school, reverse("office_school_days", args=[pk]), "booking/office_school_days.html")


@hub_staff_required
def office_school_days_edit(request: PersonRequest, pk: int) -> HttpResponse:
    days = get_object_or_404(OwnDays.objects.select_related("school"), pk=pk)
    back = reverse("office_school_days", args=[days.school_id])
    return _edit(request, days, back, "booking/office_school_days_edit.html")


def _days(request: PersonRequest, school: School, back: str, template: str) -> HttpResponse:
    this_year = school_year_of(timezone.localdate())
    year = year_in(request.GET.get("year", ""), this_year)
    form = OwnDaysForm(request.POST or None, instance=OwnDays(school=school), initial=_initial(request, school))
    if form.is_valid() and _save(request, form):
        return redirect(f"{back}?year={school_year_of(form.instance.first_on)}")
    context = {
        "school": school,
        "form": form,
        "days": reports.days_of_school(school, year),
        "back": back,
        "year": year,
        "years": year_choices(range(this_year, this_year + 2), year),
        "label": school_year_label(year),
    }
    return render(request, template, context)


def _initial(request: PersonRequest, school: School) -> dict[str, object]:
    """A holiday of the authority in which the school is open, as it was pressed beside it."""
    pk = number_in(request.GET.get("open", ""))
    holiday = SchoolHoliday.objects.filter(pk=pk, la_code=school.la_code).first() if pk else None
    if holiday is None:
        return {}
    name = f"Open in {holiday.name}"[:60]
    return {"kind": OPEN, "name": name, "first_on": holiday.first_on, "last_on": holiday.last_on}


def _edit(request: PersonRequest, days: OwnDays, back: str, template: str) -> HttpResponse:
    name, back = days.name, f"{back}?year={school_year_of(days.first_on)}"
    if "remove" in request.POST:
        own_days.remove_days(days=days, by=request.user)
        messages.success(request, f"Taken out: {name}. The dates of the authority hold on these days again.")
        return redirect(back)
    form = OwnDaysForm(request.POST or None, instance=days)
    if form.is_valid() and _save(request, form):
        return redirect(back)
    return render(request, template, {"school": days.school, "form": form, "name": name, "back": back})


def _save(request: PersonRequest, form: OwnDaysForm) -> bool:
    try:
        saved = own_days.save_days(days=form.instance, by=request.user)
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return False
    messages.success(request, f"Kept: {saved.name}.")
    for words in form.warnings():
        messages.warning(request, words)
    return True
