"""What is held about a person, in words: keys as titles, and values as people write them."""

from datetime import date, datetime
from typing import Any

from django import template

from booking.templatetags.words import ACTS, clock, day

register = template.Library()


@register.filter
def held_title(key: str) -> str:
    """other_addresses: Other addresses."""
    words = key.replace("_", " ")
    return words[:1].upper() + words[1:]


@register.filter
def held_pairs(row: dict[str, Any]) -> list[tuple[str, str]]:
    """What is known of a row: titles and values in words."""
    return [(held_title(key), held_value(value)) for key, value in row.items() if value]


@register.filter
def held_value(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{day(value)}, {clock(value)}"
    if isinstance(value, date):
        return day(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(held_value(one) for one in value if one) or "none"
    return ACTS.get(str(value), str(value)) if value not in (None, "") else "none"
