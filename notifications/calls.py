"""Whom to ring after a change on the day: everybody expected, and what became of the mail to each."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import School, User
from booking.models import Attendance, CalendarEntry, Call, Mobile, Session
from notifications.models import Notice
from notifications.owed import order_key

ARRIVED = [Notice.State.SENT, Notice.State.UNKNOWN]


@dataclass(frozen=True)
class Line:
    """One person on the list. `mailed`: when the newest mail about the session left; none: not yet, or never."""

    person: User
    school: School | None
    mobile: str
    mailed: datetime | None
    call: Call | None


def list_of(session: Session) -> list[Line]:
    """Those not told first: neither rung, nor mailed since the session changed. A constant number of queries."""
    entries = list(
        CalendarEntry.objects.filter(session=session, changed_at__gte=session.changed_at).select_related("person")
    )
    people = {entry.person_id: entry.person for entry in entries}
    rows = Attendance.objects.filter(session=session).select_related("person", "school")
    schools = {row.person_id: row.school for row in rows}
    people |= {row.person_id: row.person for row in rows}
    for place in session.work_group.places.filter(person__in=people).select_related("booking__school"):
        schools.setdefault(place.person_id or 0, place.booking.school)
    keys = {order_key(entry): entry.person_id for entry in entries}
    mails = Notice.objects.filter(state__in=ARRIVED, sent_at__gte=session.changed_at)
    mailed: dict[int, datetime | None] = {}
    for key, sent_at in mails.filter(order_key__in=keys).values_list("order_key", "sent_at"):
        mailed[keys[key]] = sent_at
    for person, sent_at in mails.filter(person__in=people, kind="session_changed").values_list("person", "sent_at"):
        mailed.setdefault(person, sent_at)
    mobiles = dict(
        Mobile.objects.filter(work_group=session.work_group_id, person__in=people).values_list("person", "number")
    )
    calls = {call.person_id: call for call in Call.objects.filter(session=session).select_related("by")}
    lines = [
        Line(person, schools.get(pk), mobiles.get(pk, ""), mailed.get(pk), calls.get(pk))
        for pk, person in people.items()
    ]
    return sorted(
        lines, key=lambda one: (one.call is not None, one.mailed is not None, str(one.school or ""), one.person.name)
    )
