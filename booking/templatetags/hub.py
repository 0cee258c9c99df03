"""What differs from hub to hub: its words and its colours, in every template."""

from django import template
from django.conf import settings

from accounts.said import said
from config import numbers

register = template.Library()


@register.simple_tag
def word(ours: str, form: str = "") -> str:
    """A word of ours as this hub says it; `form` holds "s" for the plural, "A" where a sentence begins."""
    return said(ours, many="s" in form, first="A" in form)


@register.simple_tag
def colour(name: str, side: str = "light") -> str:
    """A colour of the hub where no stylesheet can be: in mails."""
    return str(settings.HUB_SHADES[name][side == "dark"])


@register.simple_tag
def request_number() -> str:
    """By what number this request stands in the log."""
    return numbers.of_this_request()


@register.simple_tag
def look_version() -> str:
    """Names the hub's own stylesheet by what it says; empty where the hub has no colour of its own."""
    return "" if settings.HUB_HUE is None else str(settings.HUB_HUE)
