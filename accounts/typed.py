"""Numbers as they stand in an address or behind a button: anybody may have typed anything there."""


def number_in(text: str, *, digits: int = 14) -> int:
    """The whole number that a text is, of at most so many digits; 0 for anything else: no id and no year is 0."""
    return int(text) if text.isdecimal() and len(text) <= digits else 0


def page_in(text: str) -> int:
    """The page that is asked for; the first, where it is none."""
    return number_in(text, digits=5) or 1
