"""Between two sessions, for who leads the group: the task, the materials, the lesson to watch, and who tried what."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, person_required
from accounts.typed import number_in, page_in
from booking.access import session_lead_required, work_group_lead_required
from booking.actions import lessons, materials, programme, research
from booking.belonging import may_lead
from booking.forms.research import LessonForm, MaterialsForm, TaskForm
from booking.models import Attendance, Facilitation, LessonStudy, Reflection, ResearchTask, Session, WorkGroup
from booking.reports import shown, tried
from booking.reports.paging import page_of

# Tasks on one page of the library.
LIBRARY_PAGE = 20


@work_group_lead_required
def work_group_tasks(request: PersonRequest, work_group: WorkGroup) -> HttpResponse:
    """The tasks of a group between its sessions, on its number line."""
    line = shown.backdrop_of(work_group, "", timezone.localdate()).line
    gaps = tried.gaps_of(work_group, timezone.now())
    return render(request, "booking/work_group_tasks.html", {"work_group": work_group, "line": line, "gaps": gaps})


@session_lead_required
def task_edit(request: PersonRequest, session: Session) -> HttpResponse:
    """What is to be tried after a session: written, or taken from the library, with files and links."""
    if request.headers.get("HX-Request") and request.method == "POST":
        return render(request, "booking/_task_preview.html", {"body": request.POST.get("body", "")[:8000]})
    task = ResearchTask.objects.filter(session=session).first()
    takes = tried.library(request.user, session)
    copied = takes.filter(pk=number_in(request.GET.get("from", ""))).first()
    source = copied or task
    initial = {"title": source.title, "body": source.body, "copied_from": copied} if source else {}
    beside = list(task.attachments.all()) if task else []
    form = TaskForm(request.POST or None, request.FILES or None, initial=initial, beside=beside)
    form.fields["copied_from"].queryset = takes  # type: ignore[attr-defined]  # a choice of a model
    if form.is_valid() and "preview" not in request.POST:
        data = form.cleaned_data
        try:
            programme.write_task(
                session=session,
                title=data["title"],
                body=data["body"],
                new_files=data["new_files"],
                link=form.link,
                drop=form.dropped,
                copied_from=data["copied_from"],
                by=request.user,
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, f"“{data['title']}” is kept.")
            return redirect("work_group_tasks", pk=session.work_group_id)
    context = {
        "form": form,
        "session": session,
        "task": task,
        "copied": copied,
        "beside": beside,
        "brought": list(copied.attachments.all()) if copied else [],
        "body": request.POST.get("body", initial.get("body", "")),
        "is_given": task is not None and session.ends_at is not None and session.ends_at <= timezone.now(),
    }
    return render(request, "booking/task_edit.html", context)


@session_lead_required
def task_library(request: PersonRequest, session: Session) -> HttpResponse:
    """Tasks to take from: of the same project in any year, and of groups that one led."""
    words = request.GET.get("q", "")[:60].strip()
    page = page_of(tried.library(request.user, session, words), page_in(request.GET.get("page", "")), LIBRARY_PAGE)
    return render(
        request,
        "booking/task_library.html",
        {"session": session, "page": page, "q": words, "query": urlencode({"q": words})},
    )


@require_POST
@session_lead_required
def task_remove(request: PersonRequest, session: Session) -> HttpResponse:
    """Take a task away that nobody has written about."""
    try:
        programme.write_task(session=session, title="", body="", by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, "The task is taken away.")
    return redirect("work_group_tasks", pk=session.work_group_id)


@session_lead_required
def session_materials(request: PersonRequest, session: Session) -> HttpResponse:
    """The materials of a session: added, opened, taken out."""
    beside = list(session.materials.all())
    is_over = session.ends_at is not None and session.ends_at <= timezone.now()
    form = MaterialsForm(request.POST or None, request.FILES or None, beside=beside, is_over=is_over)
    if form.is_valid():
        try:
            materials.save_materials(
                session=session,
                new_files=form.cleaned_data["new_files"],
                link=form.link,
                at_once=form.at_once,
                new_at_once=form.cleaned_data.get("new_at_once", False),
                drop=form.dropped,
                by=request.user,
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, "Kept.")
            return redirect("session_materials", pk=session.pk)
    context = {"form": form, "session": session, "beside": beside, "is_over": is_over}
    return render(request, "booking/session_materials.html", context)


@session_lead_required
def session_tried(request: PersonRequest, session: Session) -> HttpResponse:
    """Before a session: who tried what, words worth discussing, who is stuck, who has not said. To read or print."""
    return render(request, "booking/session_tried.html", {"session": session, "page": tried.tried_before(session)})


@require_POST
@person_required
def reflection_star(request: PersonRequest, pk: int) -> HttpResponse:
    """Put a star on words worth discussing, or take it off."""
    reflection = get_object_or_404(Reflection.objects.select_related("task__session__work_group"), pk=pk)
    group = reflection.task.session.work_group
    if not may_lead(request.user, group):
        raise Http404
    research.star(reflection=reflection, on=request.POST.get("star") == "on", by=request.user)
    back = Session.objects.filter(work_group=group, pk=number_in(request.POST.get("session", "")))
    session = back.first() or reflection.task.session
    return redirect("session_tried", pk=session.pk)


@session_lead_required
def session_lesson(request: PersonRequest, session: Session) -> HttpResponse:
    """The lesson that is watched at a session: host school, class, question, and who does what."""
    stored = LessonStudy.objects.filter(session=session).select_related("school").first()
    if "remove" in request.POST and stored:
        lessons.remove_lesson(session=session, by=request.user)
        messages.success(request, "No lesson is watched at this session.")
        return redirect("work_group_tasks", pk=session.work_group_id)
    form = LessonForm(request.POST or None, instance=stored or LessonStudy(session=session), people=_people_of(session))
    if form.is_valid():
        try:
            lessons.save_lesson(lesson=form.instance, roles=form.roles, by=request.user)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, "Kept. The group sees it with the session.")
            return redirect("work_group_tasks", pk=session.work_group_id)
    return render(request, "booking/session_lesson.html", {"form": form, "session": session, "lesson": stored})


def _people_of(session: Session) -> list[tuple[int, str]]:
    """Who can have a part in the lesson: who leads the group today, then who is expected."""
    leads = Facilitation.objects.filter(work_group=session.work_group_id).on(timezone.localdate())
    rows = Attendance.objects.of_session(session).select_related("person").order_by("person__name")
    people = [(part.person_id, part.person.name) for part in leads.select_related("person")]
    return list(dict([*people, *((row.person_id, row.person.name) for row in rows)]).items())
