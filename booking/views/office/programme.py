"""Groups and their sessions: set up, publish, change, decide whether they run, cancel."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, hub_staff_required
from accounts.models import User
from accounts.schoolyear import school_year_of, year_choices
from accounts.typed import page_in
from booking.actions import programme, series
from booking.avoiding import against_day
from booking.changing import SessionPlan
from booking.diary import clashes_of
from booking.forms.programme import CancelGroupForm, CancelSessionForm, SessionForm
from booking.forms.work_groups import WorkGroupForm
from booking.models import Project, Session, WorkGroup
from booking.models.places import Status
from booking.reports import happened, office, registers
from booking.reports.keyset import Spot
from booking.reports.lists import groups
from booking.reports.programme import what_completes
from booking.reports.ringing import is_changed_on_the_day
from booking.reports.todo.places import groups_to_decide
from booking.reports.years import counts_of
from booking.views.office.lists import Column, listing
from booking.views.office.rehearsed import look_first


@hub_staff_required
def office_work_group_list(request: PersonRequest) -> HttpResponse:
    """The groups of a school year."""
    wanted = groups.Wanted.asked(request.GET)
    spot = Spot.asked(request.GET, groups.ORDERS)
    page = groups.page(wanted, spot)
    leads = office.leads_by_group(page.rows)
    columns: list[Column] = [groups.TITLE, "Led by", groups.PLACES, groups.SCHOOLS, groups.STATUS]
    this_year = school_year_of(timezone.localdate())
    context = {
        "listing": listing(request, page, spot, columns),
        "groups": [(group, leads[group.pk]) for group in page.rows],
        "wanted": wanted,
        "years": year_choices(range(this_year - 1, this_year + 2), wanted.year),
        "projects": Project.objects.values_list("pk", "title"),
        "statuses": WorkGroup.Status.choices,
        "counts": [(one, WorkGroup.Status(one).label, many) for one, many in counts_of(wanted.year).items() if many],
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
            starts = " It starts without tasks, evaluation and the like; Edit switches on what it uses."
            words = "A draft has been made. Add its sessions, then publish it."
            messages.success(request, words + (starts if work_group.is_network else ""))
            return redirect("office_work_group", pk=work_group.pk)
    return render(request, "booking/office_work_group_create.html", {"form": form})


@hub_staff_required
def office_work_group(request: PersonRequest, pk: int) -> HttpResponse:
    """A group: its sessions, its bookings in order, and what was done."""
    work_group = get_object_or_404(WorkGroup.objects.select_related("project", "runs_decided_by"), pk=pk)
    status, number = request.GET.get("status", ""), request.GET.get("page", "1")
    counts = office.bookings_by_status(work_group)
    page = page_in(number)
    sessions = list(work_group.sessions.select_related("venue", "task"))
    context = {
        "work_group": work_group,
        "sessions": sessions,
        "asked": what_completes(work_group, sessions, timezone.now()),
        "page": office.bookings_of(work_group, status=status, page=page),
        "status": status,
        "statuses": [(one, Status(one).label, count) for one, count in counts.items()],
        "query": urlencode({"status": status}),
        "has_line": bool(counts.keys() & {Status.WAITING, Status.OFFERED}),
        "leads": office.leads_by_group([work_group])[work_group.pk],
        "beside": WorkGroup.objects.beside(work_group.parallel_to_id or work_group.pk, work_group.pk),
        "asks_to_run": bool(work_group.fewest_schools) and groups_to_decide(timezone.now()).filter(pk=pk).exists(),
        "clashes": clashes_of(one for one in sessions if one.starts_at and one.starts_at > timezone.now()),
        "history": happened.of_group(work_group),
    }
    return render(request, "booking/office_work_group.html", context)


@hub_staff_required
def office_work_group_edit(request: PersonRequest, pk: int) -> HttpResponse:
    work_group = get_object_or_404(WorkGroup, pk=pk)
    before = get_object_or_404(WorkGroup, pk=pk)
    form = WorkGroupForm(request.POST or None, instance=work_group)
    if form.is_valid():
        arguments = {
            "work_group": form.save(commit=False),
            "leads": form.cleaned_data["leads"],
            "reason": form.cleaned_data.get("reason", ""),
            "by": request.user,
        }
        try:
            page = (
                look_first(
                    request,
                    form,
                    programme.save_work_group,
                    of=before,
                    title=f"Change {before}",
                    button="Save",
                    back=request.path,
                    arguments=arguments,
                )
                if _is_told(before, work_group, arguments["leads"])
                else None
            )
            if page is not None:
                return page
            programme.save_work_group(**arguments)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, "Saved.")
            return redirect("office_work_group", pk=pk)
    sessions = before.sessions.select_related("task")
    asked = what_completes(before, list(sessions), timezone.now())
    over = _over(before, form) if form.errors else None
    context = {"form": form, "work_group": before, "over": over, "asked": asked}
    return render(request, "booking/office_work_group_edit.html", context)


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


@require_POST
@hub_staff_required
def office_work_group_run(request: PersonRequest, pk: int) -> HttpResponse:
    """Fewer schools than it was to have, and it runs all the same."""
    work_group = get_object_or_404(WorkGroup, pk=pk)
    try:
        programme.decide_to_run(work_group=work_group, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, "It runs. Its page says so, and nobody is asked again.")
    return redirect("office_work_group", pk=pk)


@hub_staff_required
def office_session_create(request: PersonRequest, pk: int) -> HttpResponse:
    work_group = get_object_or_404(WorkGroup, pk=pk)
    form = SessionForm(request.POST or None, instance=Session(work_group=work_group))
    if form.is_valid():
        arguments: dict[str, Any] = {"work_group": work_group, "plans": [form.plan], "by": request.user}
        beware = against_day(work_group, form.plan.starts_at, form.plan.venue)
        try:
            page = (
                look_first(
                    request,
                    form,
                    series.add_sessions,
                    of=work_group,
                    title="Add a session",
                    button="Add the session",
                    back=request.path,
                    arguments=arguments,
                    beware=beware,
                )
                if work_group.status == WorkGroup.Status.PUBLISHED or beware
                else None
            )
            if page is not None:
                return page
            [session] = series.add_sessions(**arguments)
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
        arguments = {
            "session": before,
            "plan": form.plan,
            "by": request.user,
            "reason": form.cleaned_data.get("reason", ""),
        }
        if form.plan == SessionPlan.of(before) and not {"task_title", "task_body"} & set(form.changed_data):
            messages.info(request, "Nothing has been changed, and nobody is told.")
            return redirect("office_work_group", pk=before.work_group_id)
        try:
            page = look_first(
                request,
                form,
                programme.change_session,
                of=before.work_group,
                title=f"Change session {before.number}",
                button="Change the session",
                back=request.path,
                arguments=arguments,
                beware=_against_move(before, form.plan),
            )
            if page is not None:
                return page
            programme.change_session(**arguments)
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
        "over": _over(before, form) if form.errors else None,
        "clashes": clashes_of([before]) if before.starts_at and before.starts_at > timezone.now() else [],
        "to_ring": is_changed_on_the_day(before, timezone.now()),
    }
    return render(request, "booking/office_session.html", context)


@hub_staff_required
def office_session_cancel(request: PersonRequest, pk: int) -> HttpResponse:
    """Call one session off."""
    session = get_object_or_404(Session.objects.select_related("work_group"), pk=pk)
    form = CancelSessionForm(request.POST or None)
    if form.is_valid():
        arguments = {"session": session, "reason": form.cleaned_data["reason"], "by": request.user}
        try:
            page = look_first(
                request,
                form,
                programme.cancel_session,
                of=session.work_group,
                title=f"Cancel session {session.number}",
                button="Cancel the session",
                back=request.path,
                arguments=arguments,
            )
            if page is not None:
                return page
            programme.cancel_session(**arguments)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, "Cancelled. It leaves every calendar.")
            return redirect("office_work_group", pk=session.work_group_id)
    context = {"form": form, "session": session, "work_group": session.work_group}
    return render(request, "booking/office_session_cancel.html", context)


@hub_staff_required
def office_work_group_cancel(request: PersonRequest, pk: int) -> HttpResponse:
    """Call a whole group off."""
    work_group = get_object_or_404(WorkGroup.objects.published(), pk=pk)
    form = CancelGroupForm(request.POST or None)
    if form.is_valid():
        arguments = {"work_group": work_group, "reason": form.cleaned_data["reason"], "by": request.user}
        try:
            page = look_first(
                request,
                form,
                programme.call_group_off,
                of=work_group,
                title=f"Call {work_group} off",
                button="Call the group off",
                back=request.path,
                arguments=arguments,
            )
            if page is not None:
                return page
            programme.call_group_off(**arguments)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, "Called off. Everybody is told, and it leaves every calendar.")
            return redirect("office_work_group", pk=pk)
    return render(request, "booking/office_work_group_cancel.html", {"form": form, "work_group": work_group})


def _is_told(before: WorkGroup, after: WorkGroup, leads: Sequence[User]) -> bool:
    """Does anybody hear of this change: by an invite anew, by an offer, or because they begin or cease to lead?"""
    names = ("title", "bring", "capacity", "capacity_schools", "smaller_may_pass")
    if before.status != WorkGroup.Status.PUBLISHED:
        return False
    led = set(before.facilitations.filter(until__isnull=True).values_list("person_id", flat=True))
    return led != {one.pk for one in leads} or any(getattr(before, name) != getattr(after, name) for name in names)


def _against_move(before: Session, after: SessionPlan) -> list[str]:
    """What speaks against the day, where the day or the place is another."""
    moves = before.starts_at != after.starts_at or before.venue != after.venue
    return against_day(before.work_group, after.starts_at, after.venue) if moves else []


def _over(before: WorkGroup | Session, form: WorkGroupForm | SessionForm) -> office.Over | None:
    """Who took the last places, where the form asks for fewer than are taken."""
    asked = form.data.get("capacity", ""), form.data.get("capacity_schools", "")
    people, schools = (int(one) if one.isdecimal() and len(one) < 8 else None for one in asked)
    return office.over_capacity(before, people=people, schools=schools)


def _write_task(form: SessionForm, session: Session, by: User) -> None:
    if "task_title" not in form.fields:
        return
    title, body = form.cleaned_data["task_title"], form.cleaned_data["task_body"]
    before = getattr(session, "task", None)
    if (before.title, before.body) != (title, body) if before else bool(title):
        programme.write_task(session=session, title=title, body=body, by=by)
