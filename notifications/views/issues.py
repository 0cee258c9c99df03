"""The newsletter's office: write, see, try, let go, watch, stop."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.access import PersonRequest, hub_staff_required
from accounts.acts import acts_about
from accounts.forms import TopicsForm
from accounts.models import Subscription
from accounts.typed import page_in
from booking.templatetags.words import clock, day
from notifications import news, written
from notifications.actions import issues
from notifications.forms import IssueForm, MomentForm
from notifications.models import Issue, Notice
from notifications.post import without_copy

PAGE = 30
ON_ITS_WAY = [Notice.State.QUEUED, Notice.State.RETRY, Notice.State.HELD, Notice.State.SENDING]


@hub_staff_required
def office_issue_list(request: PersonRequest) -> HttpResponse:
    number = request.GET.get("page", "1")
    page = Paginator(Issue.objects.all(), PAGE).get_page(page_in(number))
    readers = Subscription.objects.live().count()
    return render(request, "notifications/office_issue_list.html", {"page": page, "readers": readers})


@hub_staff_required
def office_issue_create(request: PersonRequest) -> HttpResponse:
    return _edit(request, None)


@hub_staff_required
def office_issue_edit(request: PersonRequest, pk: int) -> HttpResponse:
    return _edit(request, get_object_or_404(Issue, pk=pk))


def _edit(request: PersonRequest, issue: Issue | None) -> HttpResponse:
    initial = {"subject": issue.subject, "body": issue.body} if issue else {}
    form = IssueForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            saved = issues.save_issue(issue=issue, by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return redirect("office_issue", pk=saved.pk)
    return render(request, "notifications/office_issue_edit.html", {"form": form, "issue": issue})


@hub_staff_required
def office_issue(request: PersonRequest, pk: int) -> HttpResponse:
    """One issue as readers will get it, what may be done with it, and how far it has come."""
    issue = get_object_or_404(Issue.objects.select_related("made_by"), pk=pk)
    moment = MomentForm(request.POST if request.POST.get("act") == "later" else None)
    topics = TopicsForm(request.GET)
    chosen = topics.cleaned_data if topics.is_valid() else {"phases": [], "authorities": []}
    about = news.Topics.of(**chosen)
    if request.method == "POST":
        try:
            said = _act(request, issue, moment, about)
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
            said = ""
        if said:
            messages.success(request, said)
        if not moment.errors:
            return redirect(request.get_full_path())
    if request.headers.get("HX-Request"):
        return render(request, "notifications/_issue_progress.html", {"issue": issue, **_progress(issue)})
    body = news.words(issue.body, news.groups_of(issue, timezone.now()), about)
    context = {
        "issue": issue,
        "moment": moment,
        "topics": topics,
        "body": body,
        "text": written.as_text(body),
        "history": acts_about(issue),
        **_progress(issue),
    }
    return render(request, "notifications/office_issue.html", context)


def _act(request: PersonRequest, issue: Issue, moment: MomentForm, about: news.Topics) -> str:
    """Do what was pressed, and say in one sentence what happened; nothing where the form was not filled in."""
    match request.POST.get("act"):
        case "try":
            issues.try_issue(issue=issue, topics=about, by=request.user)
            return f"A test is on its way to {request.user.email}."
        case "now":
            issues.send_issue(issue=issue, due_at=None, by=request.user)
            return "It goes out now. This page shows how far it has come."
        case "later" if moment.is_valid():
            due_at = moment.cleaned_data["due_at"]
            issues.send_issue(issue=issue, due_at=due_at, by=request.user)
            return f"It goes out by itself on {day(due_at)}, {clock(due_at)}."
        case "stop":
            issues.stop_issue(issue=issue, by=request.user)
            return "Stopped. What has not left does not leave."
        case "go_on":
            issues.go_on(issue=issue, by=request.user)
            return "It goes on, to those who have not got it yet."
    return ""


def _progress(issue: Issue) -> dict[str, int]:
    """How many readers there are, and what has become of their copies; three queries at most."""
    if issue.begun_at is None:
        return {"whole": Subscription.objects.live().count()}
    counted = issue.copies.filter(notice__isnull=False).aggregate(
        made=Count("pk"),
        waiting=Count("pk", filter=Q(notice__state__in=ON_ITS_WAY)),
        failed=Count("pk", filter=Q(notice__state=Notice.State.FAILED)),
    )
    left = 0 if issue.done_at else without_copy(issue).count()
    gone = counted["made"] - counted["waiting"]
    return {"whole": counted["made"] + left, "gone": gone, "failed": counted["failed"]}
