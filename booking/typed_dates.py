"""Days and times as people write them: 22/9/2027, Tue 22 Sep, 1.15pm, 13:15, "1.15-4pm". What cannot be is refused."""

import re
from calendar import monthrange
from datetime import date, time

from django.core.exceptions import ValidationError

MONTH_NAMES = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAY_NAMES = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
EARLIEST, LATEST, EXAMPLE = 2000, 2100, 2026
# Nobody meets before: what looks earlier is a slip.
EARLIEST_HOUR = 7

_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?:[T ]00:00(?::00)?)?")
_RUN_TOGETHER = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})")
_FIGURES = re.compile(r"(?P<day>\d{1,2})[/.\-](?P<month>\d{1,2})(?:[/.\-](?P<year>\d{4}|\d{2}))?(?: 00:00(?::00)?)?")
_WORDS = re.compile(r"(?P<day>\d{1,2})(?:st|nd|rd|th)?(?: of)?[ \-]?(?P<month>[a-z]+)[ \-]?(?P<year>\d{4}|\d{2})?")
_AMERICAN = re.compile(r"(?P<month>[a-z]+) (?P<day>\d{1,2})(?:st|nd|rd|th)?(?: (?P<year>\d{4}))?")
_WAYS = (_ISO, _RUN_TOGETHER, _FIGURES, _WORDS, _AMERICAN)
_WEEKDAY = re.compile(r"^(mon|tue|wed|thu|fri|sat|sun)[a-z]*[ .]+")
_CLOCK = re.compile(r"(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2})(?::\d{2})?)?\s*(?P<half>[ap])?\.?(?:m\.?)?")
_FOUR = re.compile(r"(?P<hour>\d{2})(?P<minute>\d{2})")
_BETWEEN = re.compile(r"\s*(?:-|–|—|\bto\b|\buntil\b|\btill\b)\s*")


def read_day(words: str, *, school_year: int | None) -> date:
    """The day that somebody wrote; without a year the one in the school year that begins in `school_year`, if it is so.

    Raises ValidationError in a sentence that follows the words: no day, a 31 June, a weekday that is another.
    """
    text = " ".join(words.lower().replace(",", " ").split())
    weekday = _WEEKDAY.match(text)
    rest = text[weekday.end() :] if weekday else text
    found = next((one for how in _WAYS if (one := how.fullmatch(rest))), None)
    if found is None:
        raise ValidationError(
            f"“{_short(words)}” is not a day as we read one, such as 22 September {school_year or EXAMPLE}."
        )
    month = _month(found["month"], words)
    year = _year(found["year"], month, school_year, words)
    if not EARLIEST <= year < LATEST:
        raise ValidationError(f"“{_short(words)}”: {year} is far from now. Is the year right?")
    day, last = int(found["day"]), monthrange(year, month)[1]
    if not 1 <= day <= last:
        raise ValidationError(f"“{_short(words)}” is no day: {MONTH_NAMES[month - 1]} {year} has {last} days.")
    read = date(year, month, day)
    if weekday and WEEKDAYS.index(weekday[1]) != read.weekday():
        raise ValidationError(f"{read.day} {read:%B %Y} is a {read:%A}, not a {_weekday_name(weekday[1])}.")
    return read


def read_times(words: str) -> tuple[time, time | None]:
    """A time, or from one to another: "1.15pm", "13:15", "1.15-4pm", "9am to 12 noon".

    A bare 1 to 6 is in the afternoon, as schools speak. Raises ValidationError in a sentence.
    """
    text = words.lower().replace("noon", "pm" if re.search(r"12\s*noon", words.lower()) else "12pm").strip()
    parts = _BETWEEN.split(text)
    if len(parts) == 1:
        return _clock(parts[0], words), None
    if len(parts) != 2:
        raise ValidationError(f"“{_short(words)}” is not a time as we read one, such as 1.15pm or 13:15.")
    ends = _clock(parts[1], words)
    begins = _clock(parts[0], words)
    half = _CLOCK.fullmatch(parts[0])
    ends_half = _CLOCK.fullmatch(parts[1])
    if half and not half["half"] and ends_half and ends_half["half"] and int(half["hour"]) <= 12:
        # Of "1.15-4pm" both are in the afternoon; of "11.30-1pm" only the end can be.
        hour = begins.hour % 12
        later = time(hour + (12 if ends_half["half"] == "p" else 0), begins.minute)
        begins = later if later < ends or hour < EARLIEST_HOUR else time(hour, begins.minute)
    return begins, ends


def _clock(words: str, whole: str) -> time:
    text = words.strip()
    found = _CLOCK.fullmatch(text) or _FOUR.fullmatch(text)
    if found is None:
        raise ValidationError(f"“{_short(whole)}” is not a time as we read one, such as 1.15pm or 13:15.")
    hour, minute, half = int(found["hour"]), int(found["minute"] or 0), found.groupdict().get("half")
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    elif not half and 1 <= hour <= 6 and not text.startswith("0"):
        hour += 12
    elif half and hour == 0:
        raise ValidationError(f"“{_short(whole)}”: there is no such time of the day.")
    if hour > 23 or minute > 59:
        raise ValidationError(f"“{_short(whole)}”: there is no such time of the day.")
    return time(hour, minute)


def _month(words: str, whole: str) -> int:
    if words.isdecimal():
        number = int(words)
        if not 1 <= number <= 12:
            raise ValidationError(f"“{_short(whole)}” is no day: there are twelve months, and the day comes first.")
        return number
    for number, name in enumerate(MONTH_NAMES, start=1):
        if len(words) >= 3 and (name.lower().startswith(words) or words == "sept"):
            return 9 if words == "sept" else number
    raise ValidationError(f"“{_short(whole)}” is not a day as we read one: no month is called “{_short(words)}”.")


def _year(words: str | None, month: int, school_year: int | None, whole: str) -> int:
    if words is None:
        if school_year is None:
            raise ValidationError(f"“{_short(whole)}” has no year.")
        return school_year if month >= 9 else school_year + 1
    return int(words) if len(words) == 4 else 2000 + int(words)


def _weekday_name(short: str) -> str:
    return WEEKDAY_NAMES[WEEKDAYS.index(short)]


def _short(words: str) -> str:
    return words if len(words) <= 40 else f"{words[:40]}…"
