"""Write the history: called by actions, inside their transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from accounts.models import HistoryLine, HistoryLink, User
from accounts.models.history import Thing, link_to


def write(
    verb: str,
    *,
    about: Iterable[Thing],
    people: Iterable[int] | None = None,
    by: User | None,
    at: datetime,
    reason: str = "",
    details: dict[str, Any] | None = None,
    tells: bool = True,
) -> HistoryLine:
    """One line about one act, linked to each thing whose page shows it.

    `people` are the ids of those whom the act concerns: linked too, and kept in the details. `details` holds ids and
    codes, never names. `tells=False` for acts that nobody is told of.
    """
    details = dict(details or {})
    if people is not None:
        details["people"] = people = list(people)
    line = HistoryLine.objects.create(
        verb=verb, by=by, at=at, reason=reason[:300], details=details, told_at=None if tells else at
    )
    things = {link_to(thing) for thing in about} | {link_to((User, pk)) for pk in people or ()}
    HistoryLink.objects.bulk_create(
        HistoryLink(line=line, content_type_id=content_type, object_id=pk) for content_type, pk in sorted(things)
    )
    return line


def write_many(
    acts: Sequence[tuple[str, Thing, dict[str, Any]]], *, by: User | None, at: datetime, batch: int = 1000
) -> None:
    """A line for each of many acts (verb, about what, details) at once; nobody is told of them."""
    for start in range(0, len(acts), batch):
        some = acts[start : start + batch]
        lines = HistoryLine.objects.bulk_create(
            HistoryLine(verb=verb, by=by, at=at, details=details, told_at=at) for verb, _, details in some
        )
        links = [(line, link_to(thing)) for line, (_, thing, _) in zip(lines, some, strict=True)]
        HistoryLink.objects.bulk_create(
            HistoryLink(line=line, content_type_id=content_type, object_id=pk) for line, (content_type, pk) in links
        )
