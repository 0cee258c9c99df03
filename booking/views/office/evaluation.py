"""The office: what people said across groups, and what each project asks at the end."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.access import PersonRequest, hub_staff_required
from accounts.schoolyear import school_year_label, school_year_of, year_choices
from accounts.typed import number_in
from booking.actions import evaluation as actions
from booking.evaluation import EVALUATION
from booking.forms.evaluation import EvaluationFormSet, initial_of, plans_of
from booking.models import EvaluationQuestion, Project, Round, WorkGroup
from booking.question_sets import fresh_questions
from booking.reports import evaluation as reports
from booking.reports.paging import page_after
from booking.reports.year import beside
from booking.tables import Table
from booking.views.tables import table_response

PAGE = 50


@hub_staff_required
def office_evaluations(request: PersonRequest) -> HttpResponseBase:
    """A year's groups together, or those of one project; as a file group by group, or all answers together."""
    year, project, groups = _asked_for(request)
    label, of_answers = school_year_label(year), request.GET.get("table") == beside.SAID
    if "as" in request.GET and not of_answers:
        return table_response(request, _by_group(groups, label))
    across = reports.across(groups)
    answers = beside.answers_table(across.evaluation, across.impact, across.pulses)
    if "as" in request.GET:
        return table_response(request, answers.table(label))
    years, projects = reports.years_and_projects(year)
    context = {
        "across": across,
        "answers": answers,
        "page": page_after(across.lines, request.GET.get("after", ""), PAGE, key=lambda one: str(one.work_group.pk)),
        "query": urlencode({"year": year, "project": project or ""}),
        "year": year,
        "label": label,
        "project": project,
        "years": year_choices(years),
        "projects": projects,
    }
    return render(request, "booking/office_evaluations.html", context)


def _by_group(groups: QuerySet[WorkGroup], label: str) -> Table:
    return reports.table(reports.summaries(groups), f"evaluations-{label}")


def _asked_for(request: PersonRequest) -> tuple[int, int | None, QuerySet[WorkGroup]]:
    asked, project = request.GET.get("year", ""), request.GET.get("project", "")
    year = number_in(asked, digits=4) or school_year_of(timezone.localdate())
    groups = WorkGroup.objects.of_year(year).exclude(status=WorkGroup.Status.DRAFT).order_by("title", "pk")
    if pk := number_in(project):
        return year, pk, groups.filter(project=pk)
    return year, None, groups


@hub_staff_required
def office_evaluation(request: PersonRequest, pk: int) -> HttpResponse:
    """What a project asks at the end of its groups."""
    project = get_object_or_404(Project, pk=pk)
    rows = initial_of(fresh_questions(EVALUATION, project.pk))
    forms = EvaluationFormSet(request.POST or None, initial=rows)
    if "ours" in request.POST or forms.is_valid():
        try:
            plans = [] if "ours" in request.POST else plans_of(forms.forms)
            actions.save_evaluation(project=project, plans=plans, by=request.user)
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, "Kept." if plans else "This project asks our own questions now.")
            return redirect("office_project_edit", pk=pk)
    context = {
        "forms": forms,
        "project": project,
        "has_own": EvaluationQuestion.objects.filter(project=project).exists(),
        "begun": Round.objects.filter(work_group__project=project, kind=EVALUATION).exists(),
    }
    return render(request, "booking/office_evaluation.html", context)
