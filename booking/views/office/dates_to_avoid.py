"""Dates to avoid: of tests and examinations, for whom; and a file of term dates, looked at before it is kept."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.access import PersonRequest, hub_staff_required
from accounts.acts import acts_about
from accounts.schoolyear import school_year_label, school_year_of, year_choices
from accounts.typed import number_in, year_in
from booking.actions import phase_dates, term_dates
from booking.actions.term_dates import HolidayRow
from booking.copying import YEAR
from booking.forms.phase_dates import NextYearForm, PhaseDatesForm
from booking.forms.term_files import TermFileForm
from booking.models import PhaseDates
from booking.reports.shown import window
from booking.reports.term_files import Row, rows_of

SALT = "term dates looked at"
LOOKED_AT = timedelta(days=1)


@hub_staff_required
def office_phase_dates(request: PersonRequest) -> HttpResponse:
    """The dates of a school year, by day, with where each was published."""
    year, this_year = _year(request), school_year_of(timezone.localdate())
    context = {
        "dates": _of_year(year),
        "year": year,
        "years": year_choices(range(this_year - 1, this_year + 3), year),
        "label": school_year_label(year),
        "next_label": school_year_label(year + 1),
    }
    return render(request, "booking/office_phase_dates.html", context)


@hub_staff_required
def office_phase_dates_edit(request: PersonRequest, pk: int | None = None) -> HttpResponse:
    """Enter dates to avoid, change them, or take them out."""
    dates = get_object_or_404(PhaseDates, pk=pk) if pk else None
    name = dates.name if dates else "Add dates to avoid"
    if dates and "remove" in request.POST:
        year = school_year_of(dates.first_on)
        phase_dates.remove_dates(dates=dates, by=request.user)
        messages.success(request, f"Taken out: {name}.")
        return redirect(_url(year))
    form = PhaseDatesForm(request.POST or None, instance=dates)
    if form.is_valid():
        try:
            saved = phase_dates.save_dates(dates=form.save(commit=False), by=request.user)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, f"Kept: {saved.name}.")
            for words in form.warnings():
                messages.warning(request, words)
            return redirect(_url(school_year_of(saved.first_on)))
    context = {"form": form, "dates": dates, "name": name, "history": acts_about(dates) if dates else []}
    return render(request, "booking/office_phase_dates_edit.html", context)


@hub_staff_required
def office_phase_dates_copy(request: PersonRequest) -> HttpResponse:
    """Take a year's dates over to the next: the same weekdays are proposed, and looked up before they are ticked."""
    year = _year(request)
    there = {one.name.casefold() for one in _of_year(year + 1)}
    rows = [(one, one.name.casefold() in there, _next_form(request, one)) for one in _of_year(year)]
    forms = {one.pk: form for one, is_there, form in rows if not is_there}
    if request.method == "POST" and not [form for form in forms.values() if not form.is_valid()]:
        ticked = {pk: form.cleaned_data for pk, form in forms.items() if form.cleaned_data["take"]}
        days = {pk: (given["first_on"], given["last_on"]) for pk, given in ticked.items()}
        try:
            made = phase_dates.copy_dates(days=days, by=request.user)
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, f"Taken over: {', '.join(one.name for one in made)}.")
            return redirect(_url(year + 1))
    context = {"rows": rows, "year": year, "label": school_year_label(year), "next_label": school_year_label(year + 1)}
    return render(request, "booking/office_phase_dates_copy.html", context)


@hub_staff_required
def office_holiday_import(request: PersonRequest) -> HttpResponse:
    """A file of term dates: every line stands in a preview, and only what is ticked there is written."""
    if "agreed" in request.POST:
        return _take_in(request)
    code = request.GET.get("authority", "")[:3]
    form = TermFileForm(request.POST or None, request.FILES or None, initial={"authority": code} if code else {})
    if not form.is_valid():
        return render(request, "booking/office_holiday_import.html", {"form": form})
    data = form.cleaned_data
    rows = rows_of(form.lines, data["la_code"], timezone.localdate())
    shown = [asdict(row) | {"first": str(row.first or ""), "last": str(row.last or "")} for row in rows]
    agreed = signing.dumps({"rows": shown, "source": data["source"]}, salt=SALT, compress=True)
    ticked = {number for number, row in enumerate(rows) if not row.doubt}
    return _preview(request, rows, ticked, agreed)


def _preview(request: PersonRequest, rows: Sequence[Row], ticked: Collection[int], agreed: str) -> HttpResponse:
    """Every row with its tick; `agreed`: the same rows signed, as they come back."""
    context = {
        "rows": [(number, row, number in ticked) for number, row in enumerate(rows)],
        "good": sum(row.can_be_taken and not row.doubt for row in rows),
        "doubtful": sum(bool(row.doubt) for row in rows),
        "bad": sum(not row.can_be_taken for row in rows),
        "agreed": agreed,
    }
    return render(request, "booking/office_holiday_import.html", context)


def _take_in(request: PersonRequest) -> HttpResponse:
    """What was looked at comes back signed, so that nothing else is taken in than what stood on the page."""
    try:
        looked_at: dict[str, Any] = signing.loads(request.POST["agreed"], salt=SALT, max_age=LOOKED_AT)
    except signing.BadSignature:
        messages.error(request, "This page is too old. Send the file again.")
        return redirect("office_holiday_import")
    ticked = {number_in(one) for one in request.POST.getlist("take") if one.isdecimal()}
    shown = [Row(**row | {name: _day(row[name]) for name in ("first", "last")}) for row in looked_at["rows"]]
    rows = [
        HolidayRow(row.la_code, row.name, row.first, row.last)
        for number, row in enumerate(shown)
        if number in ticked and row.can_be_taken and row.first and row.last
    ]
    try:
        made = term_dates.take_in(rows=rows, source=looked_at["source"], by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return _preview(request, shown, ticked, request.POST["agreed"])
    messages.success(request, f"{made} holiday{'s are' if made != 1 else ' is'} kept. Number lines show them.")
    return redirect(f"{reverse('office_term_dates')}?year={school_year_of(rows[0].first_on)}")


def _day(words: str) -> date | None:
    return date.fromisoformat(words) if words else None


def _year(request: PersonRequest) -> int:
    return year_in(request.GET.get("year", ""), school_year_of(timezone.localdate()))


def _url(year: int) -> str:
    return f"{reverse('office_phase_dates')}?year={year}"


def _of_year(year: int) -> list[PhaseDates]:
    first, last = window(year)
    return list(PhaseDates.objects.filter(first_on__range=(first, last)))


def _next_form(request: PersonRequest, dates: PhaseDates) -> NextYearForm:
    proposed = {"first_on": dates.first_on + YEAR, "last_on": dates.last_on + YEAR}
    return NextYearForm(request.POST or None, prefix=f"d{dates.pk}", initial=proposed)
