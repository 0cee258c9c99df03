"""Words on screen that a hub may say in its own way."""

from collections.abc import Iterable

from django.conf import settings

# What can be changed by HUB_WORDS, as it is said without.
WORDS = ("work group lead", "network meeting")


def own_words(pairs: Iterable[str]) -> dict[str, str]:
    """What HUB_WORDS says ("network meeting=network day"), by ours. ValueError with a sentence where it is amiss."""
    words = {}
    for pair in pairs:
        ours, _, theirs = (each.strip() for each in pair.partition("="))
        if ours not in WORDS:
            raise ValueError(f"HUB_WORDS: {ours} is no word that a hub can change. These are: {', '.join(WORDS)}.")
        if not theirs:
            raise ValueError(f"HUB_WORDS: “{pair}” says nothing in its place, such as “{ours}=our own word”.")
        words[ours] = theirs
    return words


def said(ours: str, *, many: bool = False, first: bool = False) -> str:
    """A word of ours as this hub says it; in the plural, and with a capital where a sentence begins."""
    words = str(settings.HUB_WORDS.get(ours, ours))
    words = f"{words}s" if many else words
    return words[:1].upper() + words[1:] if first else words
