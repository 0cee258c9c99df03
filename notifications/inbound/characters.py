"""Words that anybody wrote, made such as a database and a page can hold."""

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BLANK = re.compile(r"\n\s*\n\s*\n+")


def clean(text: str) -> str:
    """No control characters, no halves of characters, no wide gaps."""
    whole = text.encode("utf-8", errors="replace").decode().replace("\r\n", "\n").replace("\r", "\n")
    return _BLANK.sub("\n\n", _CONTROL.sub("", whole)).strip()
