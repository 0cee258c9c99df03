"""Pages whose words are the hub's own, and honest words to begin with."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string

from accounts.models import HistoryLine, Page, User

TITLES = {"about": "About the hub", "privacy": "Privacy", "accessibility": "Accessibility"}
# Of these the office is offered an outline; nobody else reads it until it has been written.
OUTLINES = {"about"}
VERSIONS = 20


@dataclass(frozen=True)
class Words:
    """What a page says: the hub's own text, or the text it came with."""

    slug: str
    title: str
    text: str
    page: Page | None


@dataclass(frozen=True)
class Version:
    """What a page said until somebody changed it."""

    pk: int
    until_at: datetime
    by: User | None
    text: str


def words_of(slug: str) -> Words:
    """The words of one of the TITLES, in Markdown."""
    page = Page.objects.filter(slug=slug).select_related("changed_by").first()
    return Words(slug, TITLES[slug], page.text if page else _first(slug), page)


def with_outline(words: Words) -> str:
    """The words with headings below them that a hub may want to fill in; empty where there are none, or they stand."""
    if words.slug not in OUTLINES:
        return ""
    outline = _first(f"{words.slug}_outline")
    heading = outline.partition("\n")[0]
    return "" if heading in words.text else f"{words.text}\n\n{outline}"


def versions_of(page: Page | None) -> list[Version]:
    """What the page said before, newest first; before its first change it said what it came with."""
    if page is None:
        return []
    lines = HistoryLine.objects.about(page).filter(verb="page_changed").select_related("by").order_by("-at", "-pk")
    return [
        Version(line.pk, line.at, line.by, line.details.get("before") or _first(page.slug)) for line in lines[:VERSIONS]
    ]


def _first(slug: str) -> str:
    context = {
        "name": settings.HUB_NAME,
        "lead_school": settings.HUB_LEAD_SCHOOL,
        "email": settings.HUB_EMAIL,
        "telephone": settings.HUB_TELEPHONE,
        "controller": settings.HUB_CONTROLLER,
        "legal_basis": settings.HUB_LEGAL_BASIS,
        "authorities": [*settings.HUB_AUTHORITIES.values()],
    }
    return render_to_string(f"accounts/words/{slug}.md", context).strip()
