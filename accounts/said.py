"""Words on screen that a hub may say in its own way."""

from django.conf import settings

# What can be changed by HUB_WORDS, as it is said without.
WORDS = ("work group lead", "network meeting")


def said(ours: str, *, many: bool = False, first: bool = False) -> str:
    """A word of ours as this hub says it; in the plural, and with a capital where a sentence begins."""
    words = str(settings.HUB_WORDS.get(ours, ours))
    words = f"{words}s" if many else words
    return words[:1].upper() + words[1:] if first else words
