"""The office's pages for lists it had elsewhere: handed in, given their columns, looked at, and taken in or dropped."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, hub_staff_required
from accounts.typed import page_in
from booking.actions import handed as actions
from booking.forms.handed import ColumnsForm, HandInForm
from booking.intake.columns import FIELDS
from booking.intake.lines import words_of
from booking.models import HandedList
from booking.models.handed import HandedKind, HandedState
from booking.reports import handed as reports
from booking.views.tables import table_response

SHOWN = 20
# So many rows show what stands in which column.
SAMPLE = 3
# What each kind of list brings in, for who chooses between them.
ABOUT = {
    HandedKind.PEOPLE: "Who works at which school, with an address or without; nobody is known twice.",
    HandedKind.BOOKINGS: "Which school booked what, with names or names to follow; each is a booking like any other.",
    HandedKind.PAST_YEARS: "What schools did before this year: project, year, started, completed or withdrew.",
    HandedKind.ATTENDANCE: "Who came to the sessions that are over this year: marks on their registers.",
}


@hub_staff_required
def office_handed_lists(request: PersonRequest) -> HttpResponse:
    """What can be taken in, and what was."""
    context = {
        "kinds": [(kind, kind.label, ABOUT[kind]) for kind in HandedKind],
        "lists": HandedList.objects.select_related("sent_by").defer("head", "rows", "left", "done")[:SHOWN],
    }
    return render(request, "booking/office_handed_lists.html", context)


@hub_staff_required
def office_handed_create(request: PersonRequest, kind: str) -> HttpResponse:
    """Send a file, or paste its rows."""
    if kind not in HandedKind.values:
        raise Http404
    form = HandInForm(request.POST, request.FILES) if request.method == "POST" else HandInForm()
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            sent = actions.hand_in(kind=kind, name=file.name if file else "", read=form.read, by=request.user)
        except ValidationError as refusal:
            form.add_error("file" if file else "rows", refusal)
        else:
            return redirect("office_handed_columns", pk=sent.pk)
    context = {
        "form": form,
        "kind": HandedKind(kind),
        "about": ABOUT[HandedKind(kind)],
        "fields": FIELDS[kind],
        "most": actions.MOST_ROWS,
    }
    return render(request, "booking/office_handed_create.html", context)


@hub_staff_required
def office_handed_columns(request: PersonRequest, pk: int) -> HttpResponse:
    """Say which column is what."""
    handed = get_object_or_404(HandedList, pk=pk)
    if handed.state not in (HandedState.COLUMNS, HandedState.READY):
        return redirect(handed)
    given = request.POST if request.method == "POST" else None
    form = ColumnsForm(given, handed=handed, known=reports.known_headings(handed.kind))
    if form.is_valid():
        try:
            actions.say_columns(
                handed=handed,
                columns=form.columns,
                words=form.cleaned_data.get("words", ""),
                tells=form.cleaned_data.get("tells", False),
                by=request.user,
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return redirect(handed)
    context = {"form": form, "one": handed, "head": handed.heading, "sample": handed.lines[:SAMPLE]}
    return render(request, "booking/office_handed_columns.html", context)


@hub_staff_required
def office_handed(request: PersonRequest, pk: int) -> HttpResponse:
    """What each row would do, or has done. While a worker has it, the page asks again by itself."""
    handed = get_object_or_404(HandedList.objects.select_related("sent_by", "agreed_by").defer("rows"), pk=pk)
    if handed.state == HandedState.COLUMNS:
        return redirect("office_handed_columns", pk=pk)
    number = page_in(request.GET.get("page", "1"))
    context = {
        "one": handed,
        "looked": reports.looked_at(handed, page=number) if handed.state == HandedState.READY else None,
        "done": reports.done(handed, page=number) if handed.state == HandedState.DONE else None,
        "left": [(number, words_of(cells), why) for number, cells, why in handed.not_taken],
    }
    fragment = request.headers.get("HX-Request")
    return render(request, "booking/_handed.html" if fragment else "booking/office_handed.html", context)


@require_POST
@hub_staff_required
def office_handed_answer(request: PersonRequest, pk: int) -> HttpResponse:
    """Take the good rows in, or drop all of it."""
    handed, answer = get_object_or_404(HandedList, pk=pk), request.POST.get("answer")
    try:
        if answer == "take":
            actions.agree(handed=handed, by=request.user)
        elif answer == "drop":
            actions.drop(handed=handed, by=request.user)
            messages.success(request, "Dropped: nothing was changed, and the list is gone.")
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    return redirect(handed)


@hub_staff_required
def office_handed_rest(request: PersonRequest, pk: int) -> HttpResponseBase:
    """The rows that are not taken in, with why, as a file: to be put right and sent again."""
    ended_well = (HandedState.READY, HandedState.DONE)
    handed = get_object_or_404(HandedList, pk=pk, state__in=ended_well)
    return table_response(request, reports.rest_of(handed))
