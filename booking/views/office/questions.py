"""What a project asks with a booking: the office's list of it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.access import PersonRequest, hub_staff_required
from booking.actions import questions
from booking.forms.questions import QuestionFormSet, initial_of
from booking.models import Project


@hub_staff_required
def office_questions(request: PersonRequest, pk: int) -> HttpResponse:
    project = get_object_or_404(Project, pk=pk)
    asked = list(project.questions.asked())
    forms = QuestionFormSet(request.POST or None, initial=initial_of(asked))
    if forms.is_valid():
        plans = [form.plan for form in forms]
        try:
            questions.save_questions(project=project, plans=[plan for plan in plans if plan], by=request.user)
        except ValidationError as refusal:
            forms[0].add_error(None, refusal)
        else:
            messages.success(request, "The questions are kept. Schools are asked them from now on.")
            return redirect("office_project_edit", pk=pk)
    used = 1 + max(len(asked), sum(form.is_used for form in forms))
    context = {"project": project, "forms": forms, "shown": list(forms)[:used], "more": list(forms)[used:]}
    return render(request, "booking/office_questions.html", context)
