"""Carry a cohort on: this year's schools are asked about the next group, and the office sees who has answered."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.access import PersonRequest, hub_staff_required
from accounts.models import User
from accounts.typed import number_in
from booking.actions import carrying
from booking.forms.carrying import CarryOnForm
from booking.models import WorkGroup
from booking.reports import carrying as report
from booking.views.office.rehearsed import look_first


@hub_staff_required
def office_carry_on(request: PersonRequest, pk: int) -> HttpResponse:
    """The answers so far; and a group from which schools are asked, with everybody in it to tick."""
    work_group = get_object_or_404(WorkGroup, pk=pk)
    if "act" in request.POST:
        return _answer_for(request, work_group)
    groups = report.groups_before(work_group)
    chosen = number_in(request.POST.get("before", "") or request.GET.get("before", ""))
    before = next((one for one in groups if one.pk == chosen), None)
    candidates = report.candidates(work_group, before) if before else []
    data = request.POST if request.method == "POST" and before else None
    form = CarryOnForm(data, candidates=candidates)
    if before and form.is_valid():
        arguments = {
            "work_group": work_group,
            "before": before,
            "people": form.proposed,
            "due_on": form.cleaned_data["due_on"],
            "by": request.user,
        }
        try:
            page = look_first(
                request,
                form,
                carrying.ask,
                of=work_group,
                title="Ask whether they carry on",
                button="Ask them",
                back=f"{request.path}?before={before.pk}",
                arguments=arguments,
            )
            if page is not None:
                return page
            asked = carrying.ask(**arguments)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            count = len(asked)
            messages.success(request, f"{count} school{'s are' if count != 1 else ' is'} asked. Answers stand here.")
            return redirect("office_carry_on", pk=pk)
    context = {
        "work_group": work_group,
        "answers": report.answers(work_group, timezone.localdate()),
        "groups": groups,
        "before": before,
        "sessions": report.held_sessions(before) if before else 0,
        "rows": [_row(form, one) for one in candidates],
        "form": form,
    }
    return render(request, "booking/office_carry_on.html", context)


@dataclass(frozen=True)
class _Row:
    """A school to tick, and its people: (person, sessions they came to, what is sent, ticked?)."""

    one: report.Candidate
    is_ticked: bool
    people: list[tuple[User, int, str, bool]]


def _row(form: CarryOnForm, one: report.Candidate) -> _Row:
    people = [
        (person, came, value, form.is_ticked("people", value))
        for person, came in one.people
        for value in [f"{one.booking.pk}-{person.pk}"]
    ]
    return _Row(one, form.is_ticked("schools", str(one.booking.pk)), people)


def _answer_for(request: PersonRequest, work_group: WorkGroup) -> HttpResponse:
    """A school answered on the telephone, or need not be asked any more."""
    proposal = get_object_or_404(work_group.proposals, pk=number_in(request.POST.get("proposal", "")))
    try:
        if request.POST["act"] == "no":
            carrying.decline(proposal=proposal, by=request.user)
            messages.success(request, f"Noted: {proposal.school} does not carry on this year.")
        else:
            carrying.take_back(proposal=proposal, by=request.user)
            messages.success(request, f"{proposal.school} is no longer asked.")
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    return redirect("office_carry_on", pk=work_group.pk)
