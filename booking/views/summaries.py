"""What people said about a group, for who leads it and for the office; and the report of who leads it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.access import PersonRequest
from booking.access import work_group_lead_required
from booking.actions import evaluation as actions
from booking.forms.evaluation import ReportForm
from booking.models import GroupReport, WorkGroup
from booking.reports import evaluation as reports
from booking.reports import summary_papers
from booking.templatetags.words import clock
from booking.views.papers import pdf_response
from booking.views.tables import table_response


@work_group_lead_required
def work_group_summary(request: PersonRequest, work_group: WorkGroup) -> HttpResponse:
    """Counts and sentences, session by session and at the end, beside the report; never a name."""
    context = {"summary": reports.summary_of(work_group), "work_group": work_group}
    return render(request, "booking/work_group_summary.html", context)


@work_group_lead_required
def work_group_summary_csv(request: PersonRequest, work_group: WorkGroup) -> HttpResponseBase:
    """The same for a spreadsheet."""
    table = reports.table([reports.summary_of(work_group)], f"summary-{work_group.slug}")
    return table_response(request, table, file="csv")


@work_group_lead_required
def work_group_summary_paper(request: PersonRequest, work_group: WorkGroup) -> HttpResponse:
    """The same as a paper for the board: counts, a few sentences, and the report."""
    return pdf_response(summary_papers.paper(work_group, timezone.now()), f"summary-{work_group.slug}")


@work_group_lead_required
def work_group_report(request: PersonRequest, work_group: WorkGroup) -> HttpResponse:
    """Five boxes. Script saves what is typed, and says when; without it there is the button."""
    report = GroupReport.objects.filter(work_group=work_group).select_related("saved_by").first()
    report = report or GroupReport(work_group=work_group)
    form = ReportForm(request.POST or None, instance=report, initial={"seen": report.revision})
    by_script, refused = "HX-Request" in request.headers and request.method == "POST", ""
    if form.is_valid():
        try:
            report = actions.save_report(
                work_group=work_group,
                boxes=form.boxes,
                may_quote=form.cleaned_data["may_quote"],
                seen=form.cleaned_data["seen"] or 0,
                by=request.user,
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
            refused = " ".join(refusal.messages)
        else:
            if by_script:
                return _saved(report)
            messages.success(request, f"Saved at {clock(report.saved_at)}.")
            return redirect("work_group_report", pk=work_group.pk)
    if by_script:
        words = refused or " ".join(str(words) for errors in form.errors.values() for words in errors)
        return HttpResponse(words, status=422, content_type="text/plain; charset=utf-8")
    stands = GroupReport.objects.filter(work_group=work_group).select_related("saved_by").first()
    context = {"form": form, "work_group": work_group, "report": stands, "is_older": bool(refused)}
    return render(request, "booking/work_group_report.html", context)


def _saved(report: GroupReport) -> HttpResponse:
    """What the page says from now on, and the revision that it shows."""
    response = HttpResponse(f"Saved at {clock(report.saved_at)}.", content_type="text/plain; charset=utf-8")
    response["X-Revision"] = str(report.revision)
    return response
