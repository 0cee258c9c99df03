"""Past newsletters, for everybody: pages and a feed."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed

from accounts.typed import page_in
from booking.links import absolute
from booking.templatetags.prose import prose
from notifications import news
from notifications.models import Issue

PAGE, IN_FEED = 20, 20


@login_not_required
def newsletter_archive(request: HttpRequest) -> HttpResponse:
    number = request.GET.get("page", "1")
    issues = Issue.objects.published().order_by("-begun_at", "-pk")
    page = Paginator(issues, PAGE).get_page(page_in(number))
    return render(request, "notifications/newsletter_archive.html", {"page": page})


@login_not_required
def newsletter_issue(request: HttpRequest, pk: int) -> HttpResponse:
    """One past newsletter, with the groups for all topics, as they are called now."""
    issue = get_object_or_404(Issue.objects.published(), pk=pk)
    return render(request, "notifications/newsletter_issue.html", {"issue": issue, "body": news.archived([issue])[0]})


@login_not_required
def newsletter_feed(request: HttpRequest) -> HttpResponse:
    """The newest newsletters as Atom (RFC 4287)."""
    feed = Atom1Feed(
        title=f"Newsletter of {settings.HUB_NAME}",
        link=absolute(reverse("newsletter_archive")),
        description="What is on in the hub, a few times a year.",
        language="en-gb",
        feed_url=absolute(request.path),
    )
    newest = list(Issue.objects.published().order_by("-begun_at", "-pk")[:IN_FEED])
    for issue, body in zip(newest, news.archived(newest), strict=True):
        link = absolute(issue.get_absolute_url())
        words = str(prose(body, 1))
        feed.add_item(
            issue.subject,
            link,
            words,
            unique_id=link,
            pubdate=issue.begun_at,
            updateddate=issue.begun_at,
            author_name=settings.HUB_NAME,
        )
    response = HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    response["Cache-Control"] = "public, max-age=600"  # the same for everybody, and readers ask often
    return response
