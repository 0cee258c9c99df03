"""Write the history: called by actions, inside their transaction."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from accounts.models import HistoryLine, HistoryLink, User


def write(
    verb: str,
    *,
    about: Iterable[Model],
    by: User | None,
    at: datetime,
    reason: str = "",
    details: dict[str, Any] | None = None,
    tells: bool = True,
) -> HistoryLine:
    """One line about one act, linked to each thing whose page shows it.

    `details` holds ids and codes, never names. `tells=False` for acts that nobody is told of.
    """
    line = HistoryLine.objects.create(
        verb=verb, by=by, at=at, reason=reason[:300], details=details or {}, told_at=None if tells else at
    )
    things = {(ContentType.objects.get_for_model(thing).pk, thing.pk) for thing in about}
    HistoryLink.objects.bulk_create(
        HistoryLink(line=line, content_type_id=content_type, object_id=pk) for content_type, pk in sorted(things)
    )
    return line
