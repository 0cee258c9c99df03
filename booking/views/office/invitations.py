"""For which schools a group is."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.access import PersonRequest, hub_staff_required
from accounts.models import School
from accounts.typed import number_in
from booking.actions import invitations
from booking.forms.invitations import SchoolRuleForm
from booking.forms.no_contact import InviteForm
from booking.links import absolute
from booking.models import SchoolRule, WorkGroup


def invite_ticked(request: PersonRequest, form: InviteForm, *, otherwise: str) -> bool:
    """Those ticked in a list are invited to the group that the form names; `otherwise`: why, where nobody said.

    False where nothing was asked, or it was refused: the form says why.
    """
    if not form.is_valid():
        return False
    try:
        done = invitations.list_schools(
            work_group=form.chosen,
            schools=form.cleaned_data["schools"],
            kind=SchoolRule.Kind.ONLY,
            reason=form.cleaned_data["reason"] or otherwise,
            by=request.user,
        )
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return False
    words = f"{len(done)} invited to {form.chosen}. Whoever books for them is told; for others, send the link."
    messages.success(request, words)
    return True


@hub_staff_required
def office_school_rules(request: PersonRequest, pk: int) -> HttpResponse:
    """Only these, not these; each with a reason that no school sees."""
    work_group = get_object_or_404(WorkGroup, pk=pk)
    if gone := number_in(request.POST.get("remove", "")):
        school = get_object_or_404(School, pk=gone)
        invitations.unlist_school(work_group=work_group, school=school, by=request.user)
        messages.success(request, f"{school} is off the list.")
        return redirect("office_school_rules", pk=pk)
    form = SchoolRuleForm(request.POST or None)
    if form.is_valid():
        data = form.cleaned_data
        try:
            done = invitations.list_schools(
                work_group=work_group,
                schools=[school.pk for school in data["schools"]],
                kind=data["kind"],
                reason=data["reason"],
                by=request.user,
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, f"{len(done)} school{'s are' if len(done) != 1 else ' is'} on the list.")
            return redirect("office_school_rules", pk=pk)
    context = {
        "work_group": work_group,
        "form": form,
        "rules": work_group.school_rules.select_related("school").order_by("kind", "school__name", "pk"),
        "link": absolute(work_group.get_absolute_url()),
    }
    return render(request, "booking/office_school_rules.html", context)
