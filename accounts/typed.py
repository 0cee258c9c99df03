"""Numbers and words as they stand in an address or behind a button: anybody may have typed anything there."""

from datetime import date

from django.db.models import Q

# Of more words a database would look for each in every row.
MOST_WORDS = 6


def number_in(text: str, *, digits: int = 14) -> int:
    """The whole number that a text is, of at most so many digits; 0 for anything else: no id and no year is 0."""
    return int(text) if text.isdecimal() and len(text) <= digits else 0


def year_in(text: str, default: int) -> int:
    """The school year that is asked for; `default`, where it is none of this century."""
    year = number_in(text, digits=4)
    return year if 2000 < year < 2100 else default


def page_in(text: str) -> int:
    """The page that is asked for; the first, where it is none."""
    return number_in(text, digits=5) or 1


def day_in(text: str) -> date | None:
    """The day that is asked for, as a browser writes it; none, where it is no day of this century."""
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None


def words_in(typed: str, *fields: str) -> Q:
    """Rows of which each of the first few words stands in one of these fields; all rows, where there is no word."""
    found = Q()
    for word in typed.split()[:MOST_WORDS]:
        found &= Q(*((f"{field}__icontains", word) for field in fields), _connector=Q.OR)
    return found
