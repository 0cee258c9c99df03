"""The hub's own pages: who it is and what is new, and where hub staff write them."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.http import require_POST

from accounts import pages
from accounts.access import PersonRequest, hub_staff_required
from accounts.actions import news, rights
from accounts.acts import acts_about
from accounts.forms import NewsForm, PageForm
from accounts.models import NewsItem
from accounts.prose import html_of
from accounts.typed import number_in, page_in

PAGE, IN_FEED = 10, 20


@login_not_required
def about(request: HttpRequest) -> HttpResponse:
    """Who this hub is: lead school, area, who leads what, partners, how to reach it."""
    return render(request, "accounts/about.html", {"words": pages.words_of("about")})


@login_not_required
def news_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(NewsItem.objects.published(), PAGE).get_page(page_in(request.GET.get("page", "")))
    return render(request, "accounts/news_list.html", {"page": page})


@login_not_required
def news_item(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "accounts/news_item.html", {"item": get_object_or_404(NewsItem.objects.published(), pk=pk)})


@login_not_required
def news_feed(request: HttpRequest) -> HttpResponse:
    """The newest items as Atom (RFC 4287)."""
    home = settings.HUB_URL
    feed = Atom1Feed(
        title=f"News of {settings.HUB_NAME}",
        link=f"{home}{reverse('news_list')}",
        description="What is new at the hub.",
        language="en-gb",
        feed_url=f"{home}{request.path}",
    )
    for item in NewsItem.objects.published()[:IN_FEED]:
        link = f"{home}{item.get_absolute_url()}"
        feed.add_item(
            item.title,
            link,
            html_of(item.text, below=0),
            unique_id=link,
            pubdate=item.published_at,
            updateddate=max(item.changed_at, item.published_at or item.changed_at),
            author_name=settings.HUB_NAME,
        )
    response = HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    response["Cache-Control"] = "public, max-age=600"
    return response


# ── Where hub staff write them ─────────────────────────────────────────────────────────────────────────────────────
@hub_staff_required
def office_pages(request: PersonRequest) -> HttpResponse:
    """Every page whose words are the hub's own, and the news, drafts too."""
    page = Paginator(NewsItem.objects.all(), PAGE).get_page(page_in(request.GET.get("page", "")))
    own = [pages.words_of(slug) for slug in pages.TITLES]
    context = {"own": own, "page": page, "today": timezone.localdate()}
    return render(request, "accounts/office_pages.html", context)


@hub_staff_required
def office_page(request: PersonRequest, slug: str) -> HttpResponse:
    """Change the words of a page, and see them as they will stand. Earlier words can be taken up again."""
    if slug not in pages.TITLES:
        raise Http404
    if is_preview(request):
        return render(request, "accounts/_preview.html", {"preview": request.POST.get("text", "")[:40_000]})
    words = pages.words_of(slug)
    versions = pages.versions_of(words.page)
    number = number_in(request.GET.get("earlier", ""))
    earlier = next((one for one in versions if one.pk == number), None)
    outline = pages.with_outline(words)
    taken = outline if "outline" in request.GET else ""
    form = PageForm(request.POST or None, initial={"text": earlier.text if earlier else taken or words.text})
    preview = form.data.get("text", form.initial["text"])
    if form.is_valid() and "keep" in request.POST:
        rights.change_page(slug=slug, text=form.cleaned_data["text"], by=request.user)
        messages.success(request, "This is what everybody reads now.")
        return redirect(slug)
    context = {"words": words, "form": form, "preview": preview, "versions": versions, "earlier": earlier}
    context |= {"offers_outline": outline and not taken, "has_outline": bool(taken)}
    return render(request, "accounts/office_page.html", context)


@hub_staff_required
def office_news_create(request: PersonRequest) -> HttpResponse:
    return _edit_news(request, None)


@hub_staff_required
def office_news_edit(request: PersonRequest, pk: int) -> HttpResponse:
    return _edit_news(request, get_object_or_404(NewsItem, pk=pk))


def _edit_news(request: PersonRequest, item: NewsItem | None) -> HttpResponse:
    """Write news: kept as a draft, or for everybody to read."""
    if is_preview(request):
        return render(request, "accounts/_preview.html", {"preview": request.POST.get("text", "")[:20_000]})
    form = NewsForm(request.POST or None, instance=item)
    if form.is_valid() and "preview" not in request.POST:
        given: dict[str, Any] = form.cleaned_data
        try:
            kept = news.write(item=item, **given, publish="publish" in request.POST, by=request.user)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, news.said_of(kept))
            return redirect("office_news_edit", pk=kept.pk)
    context = {
        "form": form,
        "item": item,
        "preview": form.data.get("text", item.text if item else ""),
        "history": acts_about(item) if item else [],
    }
    return render(request, "accounts/office_news_edit.html", context)


@hub_staff_required
@require_POST
def office_news_remove(request: PersonRequest, pk: int) -> HttpResponse:
    """Take an item off the page: it is a draft again."""
    item = news.take_back(item=get_object_or_404(NewsItem, pk=pk), by=request.user)
    messages.success(request, "It is a draft again: nobody but the hub reads it.")
    return redirect("office_news_edit", pk=item.pk)


def is_preview(request: HttpRequest) -> bool:
    """Asked while somebody types: only how it looks is wanted."""
    return request.method == "POST" and bool(request.headers.get("HX-Request"))
