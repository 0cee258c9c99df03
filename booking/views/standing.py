"""Where people stand: for who leads a group, for who books for a school, and for the whole hub."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import PersonRequest, SchoolRequest, confirmed_lead_required, hub_staff_required
from accounts.schoolyear import school_year_of
from accounts.typed import page_in
from booking.access import work_group_lead_required
from booking.models import WorkGroup
from booking.reports import certificates, standing


@work_group_lead_required
def work_group_standing(request: PersonRequest, work_group: WorkGroup) -> HttpResponse:
    """Everybody in a group: who may not finish stands first."""
    lines = standing.of_group(work_group)
    context = {"work_group": work_group, "lines": lines, "asked": lines[0].standing.asked if lines else None}
    context["key"] = standing.KEY
    return render(request, "booking/work_group_standing.html", context)


@confirmed_lead_required
def school_standing(request: SchoolRequest) -> HttpResponse:
    """Our own people in the groups of this school year."""
    lines = standing.of_school(request.school, school_year_of(timezone.localdate()))
    return render(
        request, "booking/school_standing.html", {"school": request.school, "lines": lines, "key": standing.KEY}
    )


@hub_staff_required
def office_standing(request: PersonRequest) -> HttpResponse:
    """Who may not finish, in all groups that run; and groups that are over, whose certificates are to be issued."""
    page = standing.with_missed(standing.running(), page_in(request.GET.get("page", "1")))
    context = {
        "page": page,
        "lines": standing.may_not_finish(page.rows),
        "key": standing.KEY,
        "to_issue": certificates.to_issue(timezone.now()),
    }
    return render(request, "booking/office_standing.html", context)
