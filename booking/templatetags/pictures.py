"""Pictures for templates: a bar model, and the tile of a date."""

from collections.abc import Sequence
from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from booking import pictures

register = template.Library()


@register.simple_tag
def bar_model(parts: Sequence[pictures.Part], whole_label: str, unit: str) -> SafeString:
    return pictures.bar_model(parts, whole_label, unit)


@register.simple_tag
def slim_bar(parts: Sequence[pictures.Part], whole_label: str, unit: str) -> SafeString:
    return pictures.slim_bar(parts, whole_label, unit)


@register.simple_tag
def bar_key(kinds: Sequence[tuple[str, str]]) -> SafeString:
    return pictures.bar_key(kinds)


@register.simple_tag
def bar_strip(parts: Sequence[pictures.Part]) -> SafeString:
    return pictures.bar_strip(parts)


@register.simple_tag
def row_bars(rows: Sequence[pictures.Row], says: str) -> SafeString:
    return pictures.row_bars(rows, says)


@register.simple_tag
def columns(bars: Sequence[pictures.Column], says: str, points: bool = False) -> SafeString:
    return pictures.columns(bars, says, points=points)


@register.simple_tag
def date_tile(moment: datetime | None) -> SafeString:
    """Weekday, day and month as a tile, read aloud as a date; a dash where the date is to be confirmed."""
    if moment is None:
        return format_html('<div class="date-tile is-open"><span>{}</span><b>{}</b></div>', "date", "?")
    day = timezone.localtime(moment)
    return format_html(
        '<time class="date-tile" datetime="{}"><span>{}</span><b>{}</b><span>{}</span></time>',
        day.date().isoformat(),
        f"{day:%a}",
        day.day,
        f"{day:%b}",
    )
