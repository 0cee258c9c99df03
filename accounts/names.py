"""What may be called a name: words, not links, and nothing that could reach into a mail's headers."""

import re
import unicodedata

from django.core.exceptions import ValidationError

_LINK = re.compile(r"https?:|www\.|//|@|\w\.(com|net|org|uk|ru|info|biz|io|co|xyz|site|online|top|link)\b", re.I)


def clean_name(value: str) -> str:
    """A person's name, with the spaces tidied. Raises ValidationError for links, control characters and emptiness."""
    name = " ".join(unicodedata.normalize("NFC", value).split())
    if not name:
        raise ValidationError("Enter a name.")
    if any(unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs"} for character in name):
        raise ValidationError("A name cannot hold hidden characters. Please type it again.")
    if _LINK.search(name) or "<" in name or ">" in name:
        raise ValidationError("A name cannot hold a link or an address.")
    return name
