"""Between two sessions, for who takes part: the task, how it went, what the group shared, and its files."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, by_link, person_required
from accounts.models import User
from accounts.said import said
from accounts.typed import number_in
from booking import belonging, files
from booking.actions import research
from booking.forms.research import CommentForm, ReflectionForm
from booking.models import Attachment, Facilitation, Reflection, WorkGroup
from booking.reports import tried
from booking.views.my import person_by_link


@person_required
def my_reflection(request: PersonRequest, pk: int) -> HttpResponse:
    """How a research task went: tried it, not yet, stuck, a few sentences, a photograph of the work."""
    return _reflection(request, request.user, pk, reverse("my_sessions"), token="")


@by_link
def person_reflection(request: HttpRequest, token: str, pk: int) -> HttpResponse:
    """The same by the signed link in a mail, without an account. Opening it changes nothing."""
    return _reflection(request, person_by_link(token), pk, reverse("person_dates", args=[token]), token=token)


def _reflection(request: HttpRequest, person: User, pk: int, back: str, *, token: str) -> HttpResponse:
    tasks = belonging.tasks_of(person, timezone.now()).select_related("session__work_group")
    task = get_object_or_404(tasks, pk=pk)
    page = tried.writing(task, person)
    # A link for somebody without an address goes to who books for their school: it lets them say, and not read.
    shows = not token or person.email is not None
    written = page.written if shows else None
    initial = {"outcome": written.outcome, "words": written.words} if written else {}
    if page.shared_before is not None:
        initial["shared"] = "group" if page.shared_before else "lead"
    form = ReflectionForm(
        request.POST or None, request.FILES or None, initial=initial, kept=page.files if shows else ()
    )
    if not page.is_closed and form.is_valid():
        try:
            research.reflect(task=task, person=person, **form.said)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, f"Thank you. Your {said('work group lead')} reads this before the next session.")
            return redirect(back)
    context = {"page": page, "task": task, "form": form, "written": written, "back": back, "token": token}
    return render(request, "booking/my_reflection.html", context | {"now": timezone.now()})


@person_required
def my_group(request: PersonRequest, pk: int) -> HttpResponse:
    """What a group keeps of its sessions, for who is, or was, in it and who leads it: materials, and what was tried."""
    group = get_object_or_404(WorkGroup, pk=pk)
    leads = belonging.may_lead(request.user, group)
    lines = tried.shared_of(group, request.user, timezone.now(), leads=leads)
    if lines is None:
        raise Http404
    return render(request, "booking/my_group.html", {"work_group": group, "lines": lines, "leads": leads})


@require_POST
@person_required
def comment_add(request: PersonRequest, pk: int) -> HttpResponse:
    """Say something to what somebody shared."""
    reflection = get_object_or_404(_shared_with(request.user), pk=pk)
    form = CommentForm(request.POST)
    group = reflection.task.session.work_group_id
    try:
        if not form.is_valid():
            raise ValidationError([error for errors in form.errors.values() for error in errors])
        research.comment(reflection=reflection, words=form.cleaned_data["words"], by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    return redirect(f"{reverse('my_group', args=[group])}#said-{reflection.pk}")


@require_POST
@person_required
def comment_remove(request: PersonRequest, pk: int) -> HttpResponse:
    """Take a comment out; of one that is out already nothing is said."""
    reflection = get_object_or_404(_shared_with(request.user), pk=pk)
    wanted = request.POST.get("comment", "")
    comments = reflection.comments.select_related("reflection__task__session__work_group", "by")
    comment = comments.filter(pk=number_in(wanted)).first()
    try:
        if comment is not None:
            research.remove_comment(comment=comment, by=request.user)
            messages.success(request, "The comment is taken out.")
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    return redirect(f"{reverse('my_group', args=[reflection.task.session.work_group_id])}#said-{reflection.pk}")


def _shared_with(person: User) -> QuerySet[Reflection]:
    """What others of their groups shared, and of groups that they lead."""
    open_to = Reflection.objects.filter(shared=True).select_related("task__session__work_group", "person")
    if person.is_hub_staff:
        return open_to
    led = Facilitation.objects.of_person(person).on(timezone.localdate()).values("work_group")
    mine = belonging.reflections_of(person, timezone.now()).values("pk")
    return open_to.filter(Q(pk__in=mine) | Q(task__session__work_group__in=led))


@person_required
def attachment_file(request: PersonRequest, pk: int) -> HttpResponse:
    """A file, to whom it is open: everybody of the group, or who leads it."""
    attachment = get_object_or_404(Attachment.objects.exclude(kind=Attachment.Kind.LINK), pk=pk)
    mine = belonging.attachments_of(request.user, timezone.now())
    if not mine.filter(pk=pk).exists() and not belonging.may_lead(request.user, files.group_of(attachment)):
        raise Http404
    return _file(request, attachment)


@by_link
def person_file(request: HttpRequest, token: str, pk: int) -> HttpResponse:
    """A file of a task or a session, by the signed link; of what people wrote, none."""
    mine = belonging.attachments_of(person_by_link(token), timezone.now()).filter(reflection=None)
    return _file(request, get_object_or_404(mine.exclude(kind=Attachment.Kind.LINK), pk=pk))


def _file(request: HttpRequest, attachment: Attachment) -> HttpResponse:
    """Given out as what it is, to be kept; a picture may stand on our own page. Nothing in it runs."""
    shown = attachment.is_picture and "show" in request.GET
    try:
        with attachment.file.open("rb") as file:
            content = file.read()
    except FileNotFoundError as gone:
        raise Http404 from gone
    response = HttpResponse(content, content_type=files.TYPES[Attachment.Kind(attachment.kind)])
    name = f"{attachment.title}.{attachment.extension}"
    response["Content-Disposition"] = content_disposition_header(not shown, name) or "attachment"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
