"""Out of the history, the messages that are still to be made: found by query, never scheduled."""

import json
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef

from accounts.models import HistoryLine, HistoryLink, SchoolURN
from booking.models import Booking, Session, WorkGroup
from notifications.models import Type, Webhook, WebhookDelivery
from notifications.webhooks.verbs import VERBS, verbs_of

# Whoever's transaction ends later than this after its act is not told of: none takes a minute.
OVERLAP = timedelta(hours=1)
# So many are read and written at once.
BATCH = 200

log = logging.getLogger(__name__)


def make(now: datetime) -> int:
    """Make every message that is owed. Returns how many were made, and perhaps by another worker at the same time."""
    made = 0
    for webhook in Webhook.objects.filter(is_on=True):
        try:
            made += _make_for(webhook, now)
        except Exception:  # whatever is wrong with one, the others are still told
            log.exception("messages of webhook %s could not be made", webhook.pk)
    return made


def body_of(kind: str, at: datetime, data: dict[str, Any]) -> bytes:
    """What is sent, byte for byte."""
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"type": kind, "timestamp": moment, "data": data}, separators=(",", ":")).encode()


def mark_before(now: datetime, after: int = 0) -> int:
    """Up to which line of the history nothing can be added any more."""
    newer = HistoryLine.objects.filter(pk__gt=after).order_by("pk")
    first = newer.filter(at__gte=now - OVERLAP).values_list("pk", flat=True).first()
    settled = newer if first is None else newer.filter(pk__lt=first)
    last = settled.filter(at__lt=now - OVERLAP).order_by("-pk").values_list("pk", flat=True).first()
    return last or after


def _make_for(webhook: Webhook, now: datetime) -> int:
    told = WebhookDelivery.objects.filter(webhook=webhook, line=OuterRef("pk"))
    owed = HistoryLine.objects.filter(
        ~Exists(told),
        at__gte=webhook.tells_from_at,
        verb__in=verbs_of(webhook.types),
    )
    made, read = 0, webhook.settled_line
    while lines := list(owed.filter(pk__gt=read).order_by("pk")[:BATCH]):
        rows = [
            WebhookDelivery(webhook=webhook, line=line, type=VERBS[line.verb], body=body, made_at=now, next_try_at=now)
            for line, body in _bodies(lines)
        ]
        WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True)  # another worker may have been as quick
        made, read = made + len(rows), lines[-1].pk
    mark = mark_before(now, webhook.settled_line)
    Webhook.objects.filter(pk=webhook.pk, settled_line__lt=mark).update(settled_line=mark)
    return made


def _bodies(lines: Sequence[HistoryLine]) -> list[tuple[HistoryLine, bytes]]:
    """What is said of each act, in a few queries for all of them; nothing of one about what is here no more."""
    links = _links(lines)
    about = {line.pk: _booking_ids(line, links[line.pk, Booking]) for line in lines}
    bookings = _rows(Booking, (pk for pks in about.values() for pk in pks))
    sessions = _rows(Session, (pk for line in lines for pk in _session_ids(line, links[line.pk, Session])))
    groups = WorkGroup.objects.filter(
        pk__in={one.work_group_id for one in [*bookings.values(), *sessions.values()]}
        | {pk for (_, model), pks in links.items() if model is WorkGroup for pk in pks}
    )
    # Of a draft nothing is told: that it is published says all of it.
    slugs = {group.pk: (group.slug, group.status) for group in groups if group.status != WorkGroup.Status.DRAFT}
    schools = {booking.school_id for booking in bookings.values()}
    urns = dict(SchoolURN.objects.filter(school__in=schools, closed_on=None).values_list("school", "urn"))
    made = []
    for line in lines:
        kind = VERBS[line.verb]
        of_booking = kind in (Type.BOOKING_MADE, Type.BOOKING_CHANGED, Type.BOOKING_WITHDRAWN)
        if of_booking:
            known_ones = (bookings[pk] for pk in about[line.pk] if pk in bookings)
            found = [booking for booking in known_ones if booking.work_group_id in slugs]
            if not found:
                continue
            data = _of_bookings(found, slugs, urns)
            if line.verb == "transferred" and "from" in line.details:
                data["follows"] = line.details["from"]
        else:
            named = _session_ids(line, links[line.pk, Session])
            known = sessions.get(named[0]) if named else None
            of = [known.work_group_id] if known else links[line.pk, WorkGroup]
            if (named and known is None) or not of or of[0] not in slugs:
                continue  # a draft, or one that has been deleted since
            data = _of_session(known, slugs[of[0]])
        made.append((line, body_of(kind, line.at, data)))
    return made


def _of_bookings(bookings: list[Booking], slugs: dict[int, tuple[str, str]], urns: dict[int, str]) -> dict[str, Any]:
    first = bookings[0]
    known: dict[str, Any] = {}
    if len(bookings) == 1:
        known = {"booking": first.pk, "work_group": slugs[first.work_group_id][0], "status": first.status}
        if first.session_id:
            known["session"] = first.session_id
    else:
        known = {"bookings": [booking.pk for booking in bookings]}
    if first.school_id in urns and len({booking.school_id for booking in bookings}) == 1:
        known["school"] = urns[first.school_id]
    return known


def _of_session(session: Session | None, group: tuple[str, str]) -> dict[str, Any]:
    """Of a session; or of a whole group, which is about every session of it."""
    slug, status = group
    if session is not None:
        return {"session": session.pk, "work_group": slug, "status": session.status}
    return {"work_group": slug, "status": status}


def _links(lines: Sequence[HistoryLine]) -> dict[tuple[int, type], list[int]]:
    """What each line is linked to, of the kinds of things that messages name."""
    kinds = {ContentType.objects.get_for_model(model).pk: model for model in (Booking, Session, WorkGroup)}
    found: dict[tuple[int, type], list[int]] = defaultdict(list)
    for line, kind, pk in (
        HistoryLink.objects.filter(line__in=lines, content_type__in=kinds)
        .order_by("pk")
        .values_list("line", "content_type", "object_id")
    ):
        found[line, kinds[kind]].append(pk)
    return found


def _booking_ids(line: HistoryLine, linked: list[int]) -> list[int]:
    return [line.details["booking"]] if "booking" in line.details else sorted(linked)


def _session_ids(line: HistoryLine, linked: list[int]) -> list[int]:
    return [line.details["session"]] if "session" in line.details else linked


def _rows(model: type[Any], pks: Iterable[int]) -> dict[int, Any]:
    return dict(model.objects.in_bulk(set(pks)))
