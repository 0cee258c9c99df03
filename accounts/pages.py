"""Pages whose words are the hub's own, and honest words to begin with."""

from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string

from accounts.models import Page

TITLES = {"privacy": "Privacy", "accessibility": "Accessibility"}


@dataclass(frozen=True)
class Words:
    """What a page says: the hub's own text, or the text it came with."""

    slug: str
    title: str
    text: str
    page: Page | None


def words_of(slug: str) -> Words:
    """The words of one of the TITLES, in Markdown."""
    page = Page.objects.filter(slug=slug).select_related("changed_by").first()
    return Words(slug, TITLES[slug], page.text if page else _first(slug), page)


def _first(slug: str) -> str:
    context = {
        "name": settings.HUB_NAME,
        "lead_school": settings.HUB_LEAD_SCHOOL,
        "email": settings.HUB_EMAIL,
        "telephone": settings.HUB_TELEPHONE,
        "controller": settings.HUB_CONTROLLER,
        "legal_basis": settings.HUB_LEGAL_BASIS,
    }
    return render_to_string(f"accounts/words/{slug}.md", context).strip()
