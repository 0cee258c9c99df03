"""Write the history: called by actions, inside their transaction."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from accounts.models import HistoryLine, HistoryLink, User

# A thing, or its model and id where nothing else of it is needed.
Thing = Model | tuple[type[Model], int]


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
    named = [thing if isinstance(thing, tuple) else (thing._meta.model, thing.pk) for thing in about]
    named += [(User, pk) for pk in people or ()]
    things = {(ContentType.objects.get_for_model(model).pk, pk) for model, pk in named}
    HistoryLink.objects.bulk_create(
        HistoryLink(line=line, content_type_id=content_type, object_id=pk) for content_type, pk in sorted(things)
    )
    return line
