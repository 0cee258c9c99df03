"""Markdown that people type, on a page or in a mail."""

from django import template
from django.utils.safestring import SafeString, mark_safe

from accounts.prose import html_of

register = template.Library()


@register.filter
def prose(text: str, below: int = 2) -> SafeString:
    """Plain prose; `below`: how many levels its headings sit lower."""
    return mark_safe(html_of(text, below=below))  # noqa: S308  # cleaned by nh3
