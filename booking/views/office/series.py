"""Several sessions at once, by a rule or pasted: each date is looked at, with what speaks against it, then added."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, hub_staff_required
from booking.actions import series
from booking.forms.proposals import Places, ProposalForm, ProposalFormSet, initial_of
from booking.forms.series import PasteForm, RuleForm
from booking.models import Session, WorkGroup
from booking.reports.proposals import ProposedSession, Warnings, hosts_of
from booking.reports.venue_names import VenueNames
from booking.views.office.rehearsed import Everything, look_first

PREFIX = "row"


@hub_staff_required
def office_sessions_rule(request: PersonRequest, pk: int) -> HttpResponse:
    """Dates by a rule: every third Tuesday, the first Thursday of each half term."""
    work_group = get_object_or_404(WorkGroup, pk=pk)
    names, hosts = VenueNames.load(), hosts_of(work_group)
    form = RuleForm(request.POST or None, work_group=work_group, names=names, hosts=hosts)
    new = [one.school for one in hosts if one.venue is None]
    if _asks_first(request, form):
        context = {"form": form, "work_group": work_group, "hosts": hosts}
        return render(request, "booking/office_sessions_rule.html", context)
    mode = Session.Mode.HYBRID if form.cleaned_data["hybrid"] else Session.Mode.IN_PERSON
    return _look_and_add(request, work_group, form, form.proposals, Places(names.venues, new, mode=mode))


@hub_staff_required
def office_sessions_paste(request: PersonRequest, pk: int) -> HttpResponse:
    """Dates copied from a spreadsheet."""
    work_group = get_object_or_404(WorkGroup, pk=pk)
    names = VenueNames.load()
    form = PasteForm(request.POST or None, work_group=work_group, names=names)
    if _asks_first(request, form):
        return render(request, "booking/office_sessions_paste.html", {"form": form, "work_group": work_group})
    return _look_and_add(request, work_group, form, form.proposals, Places(names.venues))


@require_POST
@hub_staff_required
def office_session_remove(request: PersonRequest, pk: int) -> HttpResponse:
    """Take a session out of a draft."""
    session = get_object_or_404(Session, pk=pk)
    try:
        series.remove_session(session=session, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("office_session", pk=pk)
    messages.success(request, "Taken out. The other sessions are numbered anew.")
    return redirect("office_work_group", pk=session.work_group_id)


def _asks_first(request: PersonRequest, form: forms.Form) -> bool:
    """Is the first page wanted: not answered yet, not rightly, or to be answered again?"""
    return "again" in request.POST or not form.is_valid()


def _look_and_add(
    request: PersonRequest,
    work_group: WorkGroup,
    form: RuleForm | PasteForm,
    proposals: list[ProposedSession],
    places: Places,
) -> HttpResponse:
    """Each date with what speaks against it; then, of a published group, what would be told; then they are added."""
    options: dict[str, Any] = {"prefix": PREFIX, "form_kwargs": {"places": places, "school_year": work_group.year}}
    if f"{PREFIX}-TOTAL_FORMS" not in request.POST:
        rows = ProposalFormSet(initial=initial_of(proposals), **options)
        return _shown(request, work_group, form, rows, places, proposals)
    rows = ProposalFormSet(request.POST, **options)
    if not rows.is_valid():
        return _shown(request, work_group, form, rows, places, proposals)
    taken = [row for row in rows if row.cleaned_data.get("take")]
    # A day that nobody has seen with its warnings is looked at once more.
    if "seen" not in request.POST and not set(_days(taken).split()) <= set(request.POST.get("looked", "").split()):
        return _shown(request, work_group, form, rows, places, proposals, changed=True)
    arguments: dict[str, Any] = {
        "work_group": work_group,
        "plans": [row.plan for row in taken],
        "by": request.user,
        "hosts": {index: row.host for index, row in enumerate(taken) if row.host},
    }
    try:
        page = (
            look_first(
                request,
                Everything(form, rows.management_form, *rows),
                series.add_sessions,
                of=work_group,
                title="Add sessions",
                button=_button(len(taken)),
                back=request.path,
                arguments=arguments,
            )
            if work_group.status == WorkGroup.Status.PUBLISHED
            else None
        )
        if page is not None:
            return page
        made = series.add_sessions(**arguments)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return _shown(request, work_group, form, rows, places, proposals)
    messages.success(request, f"{len(made)} session{'s have' if len(made) > 1 else ' has'} been added.")
    return redirect("office_work_group", pk=work_group.pk)


def _shown(
    request: PersonRequest,
    work_group: WorkGroup,
    form: RuleForm | PasteForm,
    rows: Any,
    places: Places,
    proposals: list[ProposedSession],
    *,
    changed: bool = False,
) -> HttpResponse:
    """The page of all dates. What was typed may be no date at all; then nothing is said about it but that."""
    days = [_day(row) for row in rows]
    la_codes = [places.la_code(str(row["where"].value() or "")) for row in rows]
    warnings = Warnings(work_group, [day for day in days if day], la_codes)
    notes = [one.notes for one in proposals] if len(proposals) == len(days) and not rows.is_bound else [[]] * len(days)
    lines = [
        (row, day, [*some, *(warnings.beside(day) if day else [])])
        for row, day, some in zip(rows, days, notes, strict=True)
    ]
    taken = [row for row in rows if row["take"].value()]
    context = {
        "work_group": work_group,
        "form": form,
        "rows": rows,
        "together": Everything(*rows),
        "lines": lines,
        "warned": sum(bool(words) for *_, words in lines),
        "looked": _days(taken),
        "button": _button(len(taken)),
        "changed": changed,
        "pasted": getattr(form, "pasted", None),
    }
    return render(request, "booking/office_sessions_check.html", context)


def _day(row: ProposalForm) -> Any:
    if not row.is_bound:
        return row.initial["day"]
    return getattr(row, "cleaned_data", {}).get("day")


def _days(rows: list[ProposalForm]) -> str:
    """The days that are looked at, as words: a later answer may hold fewer of them, but no other."""
    return " ".join(sorted(f"{day:%Y%m%d}" for row in rows if (day := _day(row))))


def _button(count: int) -> str:
    return f"Add {count} session{'' if count == 1 else 's'}" if count else "Add the sessions"
