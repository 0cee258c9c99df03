"""Groups, sessions, venues and projects: set up, publish, change, cancel; and a booking made for a school."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, hub_staff_required
from accounts.acts import acts_about
from accounts.models import School, User
from accounts.schoolyear import school_year_label, school_year_of
from booking.actions import programme
from booking.forms.programme import CancelSessionForm, ProjectForm, SessionForm, VenueForm, WorkGroupForm
from booking.models import Project, Session, Venue, WorkGroup
from booking.reports import office, registers


@hub_staff_required
def office_work_group_list(request: PersonRequest) -> HttpResponse:
    this_year = school_year_of(timezone.localdate())
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and len(asked) == 4 else this_year
    number = request.GET.get("page", "1")
    page = office.work_groups(
        year=year,
        status=request.GET.get("status", ""),
        q=request.GET.get("q", "")[:80],
        page=int(number) if number.isdecimal() and len(number) < 6 else 1,
    )
    leads = office.leads_by_group(list(page))
    context = {
        "page": page,
        "groups": [(group, leads[group.pk]) for group in page],
        "year": year,
        "years": [(one, school_year_label(one)) for one in range(this_year - 1, this_year + 2)],
        "statuses": WorkGroup.Status.choices,
        "q": request.GET.get("q", ""),
        "status": request.GET.get("status", ""),
    }
    return render(request, "booking/office_work_group_list.html", context)


@hub_staff_required
def office_work_group_create(request: PersonRequest) -> HttpResponse:
    form = WorkGroupForm(request.POST or None)
    if form.is_valid():
        try:
            work_group = programme.save_work_group(
                work_group=form.save(commit=False), leads=form.cleaned_data["leads"], by=request.user
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, "A draft has been made. Add its sessions, then publish it.")
            return redirect("office_work_group", pk=work_group.pk)
    return render(request, "booking/office_work_group_create.html", {"form": form})


@hub_staff_required
def office_work_group(request: PersonRequest, pk: int) -> HttpResponse:
    """A group: its sessions, its bookings in order, and what was done."""
    work_group = get_object_or_404(WorkGroup.objects.select_related("project"), pk=pk)
    context = {
        "work_group": work_group,
        "sessions": work_group.sessions.select_related("venue"),
        "bookings": office.bookings_of(work_group),
        "leads": office.leads_by_group([work_group])[work_group.pk],
        "history": acts_about(work_group, School),
    }
    return render(request, "booking/office_work_group.html", context)


@hub_staff_required
def office_work_group_edit(request: PersonRequest, pk: int) -> HttpResponse:
    work_group = get_object_or_404(WorkGroup, pk=pk)
    form = WorkGroupForm(request.POST or None, instance=work_group)
    if form.is_valid():
        try:
            programme.save_work_group(
                work_group=form.save(commit=False), leads=form.cleaned_data["leads"], by=request.user
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, "Saved.")
            return redirect("office_work_group", pk=pk)
    return render(request, "booking/office_work_group_edit.html", {"form": form, "work_group": work_group})


@require_POST
@hub_staff_required
def office_work_group_publish(request: PersonRequest, pk: int) -> HttpResponse:
    work_group = get_object_or_404(WorkGroup, pk=pk)
    try:
        programme.publish(work_group=work_group, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, "Published: everyone can see it, and schools can book.")
    return redirect("office_work_group", pk=pk)


@hub_staff_required
def office_session_create(request: PersonRequest, pk: int) -> HttpResponse:
    work_group = get_object_or_404(WorkGroup, pk=pk)
    form = SessionForm(request.POST or None, instance=Session(work_group=work_group))
    if form.is_valid():
        try:
            session = programme.add_session(work_group=work_group, plan=form.plan, by=request.user)
            _write_task(form, session, request.user)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, f"Session {session.number} has been added.")
            return redirect("office_work_group", pk=pk)
    return render(request, "booking/office_session_create.html", {"form": form, "work_group": work_group})


@hub_staff_required
def office_session(request: PersonRequest, pk: int) -> HttpResponse:
    """Change a session once: who is told stands beside the form before anything happens."""
    session = get_object_or_404(Session.objects.select_related("work_group", "venue"), pk=pk)
    before = get_object_or_404(Session.objects.select_related("work_group", "venue"), pk=pk)
    form = SessionForm(request.POST or None, instance=session)
    if form.is_valid():
        try:
            programme.change_session(
                session=before, plan=form.plan, by=request.user, reason=form.cleaned_data.get("reason", "")
            )
            _write_task(form, before, request.user)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, "The session is changed. Calendars follow by themselves.")
            return redirect("office_work_group", pk=before.work_group_id)
    context = {
        "form": form,
        "session": before,
        "work_group": before.work_group,
        "told": office.told_by_moving(before),
        "answers": registers.answers_of(before),
        "cancel_form": CancelSessionForm(),
    }
    return render(request, "booking/office_session.html", context)


@require_POST
@hub_staff_required
def office_session_cancel(request: PersonRequest, pk: int) -> HttpResponse:
    session = get_object_or_404(Session.objects.select_related("work_group"), pk=pk)
    form = CancelSessionForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say why the session is cancelled: everyone who was coming is told.")
        return redirect("office_session", pk=pk)
    try:
        programme.cancel_session(session=session, reason=form.cleaned_data["reason"], by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, "Cancelled. It leaves every calendar.")
    return redirect("office_work_group", pk=session.work_group_id)


def _write_task(form: SessionForm, session: Session, by: User) -> None:
    if "task_title" not in form.fields:
        return
    title, body = form.cleaned_data["task_title"], form.cleaned_data["task_body"]
    before = getattr(session, "task", None)
    if (before.title, before.body) != (title, body) if before else bool(title):
        programme.write_task(session=session, title=title, body=body, by=by)


@hub_staff_required
def office_venue_list(request: PersonRequest) -> HttpResponse:
    return render(request, "booking/office_venue_list.html", {"venues": Venue.objects.all()})


@hub_staff_required
def office_venue_edit(request: PersonRequest, pk: int | None = None) -> HttpResponse:
    venue = get_object_or_404(Venue, pk=pk) if pk else None
    form = VenueForm(request.POST or None, instance=venue)
    if form.is_valid():
        programme.save_venue(venue=form.save(commit=False), by=request.user)
        messages.success(request, "Saved.")
        return redirect("office_venue_list")
    return render(request, "booking/office_venue_edit.html", {"form": form, "venue": venue})


@hub_staff_required
def office_project_list(request: PersonRequest) -> HttpResponse:
    return render(request, "booking/office_project_list.html", {"projects": Project.objects.all()})


@hub_staff_required
def office_project_edit(request: PersonRequest, pk: int | None = None) -> HttpResponse:
    project = get_object_or_404(Project, pk=pk) if pk else None
    form = ProjectForm(request.POST or None, instance=project)
    if form.is_valid():
        programme.save_project(project=form.save(commit=False), by=request.user)
        messages.success(request, "Saved.")
        return redirect("office_project_list")
    return render(request, "booking/office_project_edit.html", {"form": form, "project": project})
