"""A day and a time on the clock, as a moment in London: on two nights of the year not every time is one."""

from datetime import date, datetime, time

from django.core.exceptions import ValidationError
from django.utils import timezone


def moment(day: date, clock: time) -> datetime:
    """That time on that day in London. Raises ValidationError for one that the night skips, or has twice."""
    zone = timezone.get_default_timezone()
    first, second = (datetime.combine(day, clock, tzinfo=zone).replace(fold=fold) for fold in (0, 1))
    # A skipped time has two offsets too, but the later reading of it comes first.
    if first.utcoffset() != second.utcoffset():
        if _is_skipped(first):
            raise ValidationError("On that night the clocks go forward, and this time does not exist.")
        raise ValidationError("On that night the clocks go back, and this time comes twice. Choose another.")
    return first


def _is_skipped(local: datetime) -> bool:
    """Is it a clock time that is left out when summer time begins?"""
    back = datetime.fromtimestamp(local.timestamp(), tz=local.tzinfo)
    return (back.hour, back.minute) != (local.hour, local.minute)
