"""What a phone sends of a register that was taken off line: read tap by tap, so that a bad one holds no other up."""

import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError

from booking.actions.registers import REFUSED, Answer
from booking.marking import LONGEST_NOTE, Said
from booking.taking import Tap

# More than a register has people; a phone that has more to send sends it in turns.
MOST_TAPS = 200
# As far as the ids of the database go.
HIGHEST = 2**63 - 1
NOT_READ = "This tap cannot be read. Mark them again."


@dataclass
class Batch:
    """The taps of one phone on one register, who made them, and what could not be read."""

    person: int
    taps: list[Tap] = field(default_factory=list)
    unread: list[Answer] = field(default_factory=list)


def read(body: bytes, *, now: datetime) -> Batch:
    """Raises ValidationError, and nothing of it is taken, when it is no batch at all."""
    try:
        sent = json.loads(body)
        batch, taps = Batch(_whole(sent["person"])), sent["taps"]
        behind = now - _moment(sent["now"])  # a phone's clock may be days wrong
        if not isinstance(taps, list):
            raise TypeError
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError) as error:
        raise ValidationError("What this phone sent cannot be read. Nothing of it was taken.") from error
    if len(taps) > MOST_TAPS:
        raise ValidationError(f"A phone sends {MOST_TAPS} taps at a time at most. Nothing of it was taken.")
    for one in taps:
        name = one.get("id") if isinstance(one, dict) else None
        try:
            batch.taps.append(_tap(one, behind))
        except ValidationError as refusal:
            batch.unread.append(Answer(str(name)[:36], REFUSED, " ".join(refusal.messages)))
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
            batch.unread.append(Answer(str(name)[:36], REFUSED, NOT_READ))
    return batch


def _tap(one: dict[str, Any], behind: timedelta) -> Tap:
    minutes = one.get("minutes")
    said = Said(
        str(one["what"]),
        None if minutes is None else _whole(minutes),
        _words(one.get("note", "")),
        _words(one.get("amendment", "")),
    )
    replaces = one.get("replaces")
    settles = one.get("settles") or []
    if len(settles) > MOST_TAPS:
        raise ValueError
    return Tap(
        _whole(one["row"]),
        said,
        replaces=uuid.UUID(replaces) if replaces else None,
        settles=frozenset(uuid.UUID(other) for other in settles),
        device_id=uuid.UUID(one["id"]),
        at=_moment(one["at"]) + behind,
    )


def _whole(number: object) -> int:
    if type(number) is not int or not 0 <= number <= HIGHEST:
        raise ValueError
    return number


def _moment(milliseconds: object) -> datetime:
    """As JavaScript's Date.now() says it."""
    if type(milliseconds) not in (int, float):
        raise ValueError
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=float(milliseconds))  # type: ignore[arg-type]  # a number, as asked above


def _words(given: object) -> str:
    if not isinstance(given, str):
        raise ValueError
    given.encode()  # half a character would reach no database
    words = " ".join(given.replace("\0", "").split())
    if len(words) > LONGEST_NOTE:
        raise ValidationError(f"A note has room for {LONGEST_NOTE} characters. Make it shorter.")
    return words
