"""A year in figures: for the office, and without a single name for the board and for partners."""

from collections.abc import Callable, Sequence
from datetime import date
from itertools import chain
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.access import PersonRequest, hub_staff_required, reader_required
from accounts.schoolyear import school_year_label, school_year_of, year_choices
from accounts.typed import number_in, page_in
from booking.actions import frozen as actions
from booking.contact import past_words, years_held
from booking.forms.frozen import FreezeForm
from booking.models import FrozenYear, PastEngagement, Project
from booking.reports import year as reports
from booking.reports.paging import page_from, page_of, window
from booking.reports.tables import people
from booking.reports.tables.listing import Asked
from booking.reports.year import beside, papers, schools, sections
from booking.reports.year import frozen as freezings
from booking.reports.year.engagement import STAGES
from booking.reports.year.years import only_listed, sources_of
from booking.tables import Table
from booking.views.papers import pdf_response
from booking.views.tables import table_response

PAGE = 100


@reader_required
def office_figures(request: PersonRequest) -> HttpResponseBase:
    """The year in pictures, each with its table; whoever only reads has the board's copy, as has who asks for it."""
    years = _years()
    year = _asked_year(request, years)
    for_board = not request.user.is_hub_staff or request.GET.get("copy") == "board"
    found = reports.of_year(year)
    found = reports.for_board(found) if for_board else found
    listed = None if found.engagement.project_of else only_listed(year)
    parts = [sections.year_on_year(found)] if listed else sections.sections(found)
    if "as" in request.GET:
        others = [] if listed else [beside.hero_table, beside.said_table]
        return table_response(request, _table(parts, others, found, request.GET.get("table", "")))
    query = {"year": year, **({"copy": "board"} if for_board and request.user.is_hub_staff else {})}
    context = {
        "year": found,
        "listed": listed,
        "sources": sources_of(year) if listed and not for_board else [],
        "sections": parts,
        "hero": sections.hero(found),
        "hero_table": beside.hero_table(found),
        "said_table": beside.said_table(found),
        "started": sections.of_started(found),
        "definitions": reports.DEFINITIONS,
        "freezings": freezings.freezings(year),
        "query": urlencode(query),
        "years": year_choices(years),
        "may_freeze": request.user.is_hub_staff and not for_board and not listed,
    }
    return render(request, "booking/office_figures.html", context)


@reader_required
def office_figures_paper(request: PersonRequest) -> HttpResponse:
    """The board's one page, as a paper: its copy, whoever asks."""
    year = _asked_year(request, _years())
    if only_listed(year):
        return _not_counted(request, year, "and there is no page for the board")
    found = reports.for_board(reports.of_year(year))
    last = next(iter(freezings.freezings(year)), None)
    return pdf_response(papers.board_paper(found, last), f"board-{found.label}")


@hub_staff_required
def office_figures_freeze(request: PersonRequest, year: int) -> HttpResponse:
    """Keep the figures as they are, after a look at them; the second time as a correction."""
    if year not in _years():
        raise Http404
    if only_listed(year):
        return _not_counted(request, year, "and there is nothing to freeze")
    last = next(iter(freezings.freezings(year)), None)
    form = FreezeForm(request.POST or None, last=last.number if last else 0)
    now = reports.of_year(year)
    if form.is_valid():
        try:
            frozen = actions.freeze(
                year=year,
                figures=now.frozen_figures,
                engagements=reports.engagements(now),
                definitions=reports.VERSION,
                seen=form.cleaned_data["seen"],
                note=form.cleaned_data["note"],
                by=request.user,
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, f"The figures of {now.label} are frozen as they are now.")
            return redirect("office_frozen", pk=frozen.pk)
    context = {
        "form": form,
        "year": now,
        "last": last,
        "lines": freezings.beside(last, now) if last else [],
        "whole": [(words, now.whole[name]) for name, words in freezings.MEASURES.items()],
    }
    return render(request, "booking/office_figures_freeze.html", context)


@reader_required
def office_frozen(request: PersonRequest, pk: int) -> HttpResponseBase:
    """Frozen figures beside those of today; for the office, school by school where they differ."""
    frozen = get_object_or_404(FrozenYear.objects.select_related("frozen_by"), pk=pk)
    now = reports.of_year(frozen.year)
    lines = freezings.beside(frozen, now)
    if "as" in request.GET:
        head = ["Figure", "Frozen", "Today", "Difference"]
        rows = [[one.words, one.then, one.now, one.difference] for one in lines]
        return table_response(request, Table(f"Frozen figures {now.label}", head, rows))
    of_year = freezings.freezings(frozen.year)
    context = {
        "frozen": frozen,
        "label": now.label,
        "lines": lines,
        "kept": freezings.kept(frozen, for_board=not request.user.is_hub_staff),
        "register_on": date.fromisoformat(day) if (day := frozen.figures.get("register_on")) else None,
        "changes": freezings.changes(frozen, now) if request.user.is_hub_staff else [],
        "others": [one for one in of_year if one.pk != frozen.pk],
        "holds": of_year[0].pk == frozen.pk,
        "is_older_definition": frozen.definitions != reports.VERSION,
    }
    return render(request, "booking/office_frozen.html", context)


@hub_staff_required
def office_frozen_engagements(request: PersonRequest, pk: int) -> HttpResponseBase:
    """Where each school stood in each project when the figures were frozen; on the page, and as a file."""
    frozen = get_object_or_404(FrozenYear.objects.select_related("frozen_by"), pk=pk)
    if "as" in request.GET:
        return table_response(request, freezings.table(frozen))
    found, number = freezings.school_by_school(frozen), page_in(request.GET.get("page", "1"))
    context = {
        "frozen": frozen,
        "label": school_year_label(frozen.year),
        "count": len(found),
        "page": page_from(found[window(number, PAGE)], number, PAGE),
    }
    return render(request, "booking/office_frozen_engagements.html", context)


@hub_staff_required
def office_engagements(request: PersonRequest) -> HttpResponseBase:
    """Where each school stands in each project, with its URN: what a report by school, project and year asks for."""
    years = _years()
    year, stage = _asked_year(request, years), request.GET.get("stage", "")
    project = number_in(request.GET.get("project", "")) or None
    found = schools.Engagements(year, project=project, stage=stage)
    if not found.of.project_of and only_listed(year):
        return _listed_engagements(request, year, years)
    label = school_year_label(year)
    if "as" in request.GET:
        return table_response(request, schools.table(found, label))
    number = page_in(request.GET.get("page", "1"))
    context = {
        "page": page_from(found.page(window(number, PAGE)), number, PAGE),
        "count": len(found),
        "label": label,
        "year": year,
        "stage": stage,
        "project": project,
        "query": urlencode({"year": year, "stage": stage, "project": project or ""}),
        "years": year_choices(years),
        "projects": Project.objects.filter(work_groups__year=year).distinct(),
        "stages": [(one, sections.STAGE_WORDS[one][0]) for one in STAGES],
    }
    return render(request, "booking/office_engagements.html", context)


def _listed_engagements(request: PersonRequest, year: int, years: list[int]) -> HttpResponseBase:
    """Of a year of which a list alone is held: its lines, as the list has them."""
    listing = people.past_years(Asked(year=year))
    if "as" in request.GET:
        return table_response(request, listing.table(listing.defaults))
    lines = PastEngagement.objects.filter(year=year).select_related("school").order_by("school__name", "pk")
    page = page_of(lines, page_in(request.GET.get("page", "1")), PAGE)
    context = {
        "page": page,
        "listed": [(one, past_words(one)) for one in page.rows],
        "label": school_year_label(year),
        "year": year,
        "query": urlencode({"year": year}),
        "years": year_choices(years),
    }
    return render(request, "booking/office_engagements.html", context)


def _not_counted(request: PersonRequest, year: int, so: str) -> HttpResponse:
    words = f"No group of {school_year_label(year)} is held here: what a list says of it stays as it is, {so}."
    messages.error(request, words)
    return redirect(f"{reverse('office_figures')}?{urlencode({'year': year})}")


def _table(
    parts: list[sections.Section],
    others: Sequence[Callable[[reports.Year], sections.Section]],
    year: reports.Year,
    key: str,
) -> Table:
    for one in chain(parts, (make(year) for make in others)):
        if one.key == key and one.lines:
            return one.table(year.label)
    raise Http404


def _years() -> list[int]:
    """The school years that can be shown: this one, and every one of which something is held."""
    return sorted(years_held() | {school_year_of(timezone.localdate())}, reverse=True)


def _asked_year(request: PersonRequest, years: list[int]) -> int:
    asked = number_in(request.GET.get("year", ""))
    return asked if asked in years else school_year_of(timezone.localdate())
