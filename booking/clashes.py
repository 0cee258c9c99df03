"""The same person twice in one afternoon, or too far away to come in time."""

from collections.abc import Collection, Sequence

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import Membership, School, User
from accounts.places_near import METRES_PER_MILE, Point, metres_between
from booking.models import Attendance, CalendarEntry, Session, WorkGroup
from booking.templatetags.words import clock, miles

# Across country, with parking and finding the room.
MINUTES_PER_MILE, MINUTES_TO_ARRIVE = 2.5, 10


def clashes(
    people: Sequence[User],
    school: School,
    work_group: WorkGroup,
    session: Session | None,
    *,
    only: Collection[int] | None = None,
    apart_from: WorkGroup | None = None,
) -> list[str]:
    """What stands in these people's calendars at the time of this group's coming sessions, or too near to travel.

    Also where they lead. Of somebody who has not said yes to the school, only what they do for this school is told.
    `only`: at these sessions of the group; `apart_from`: a group that they leave, so what they do there does not count.
    """
    now = timezone.now()
    coming = work_group.sessions.coming(now).select_related("venue")
    wanted = [one for one in coming if (not session or one == session) and (only is None or one.pk in only)]
    days = {timezone.localdate(one.starts_at) for one in wanted}
    elsewhere = (
        CalendarEntry.objects.wanted()
        .filter(person__in=people, session__in=Session.objects.coming(now), session__starts_at__date__in=days)
        .exclude(session__work_group=work_group)
        .select_related("session__work_group", "session__venue")
        .order_by("session__starts_at", "pk")
    )
    belong = Membership.objects.of_school(school).active().values("person")
    for_us = Attendance.objects.filter(session=OuterRef("session"), person=OuterRef("person"), school=school)
    elsewhere = elsewhere.filter(Q(person__in=belong) | Exists(for_us))
    if apart_from is not None:
        elsewhere = elsewhere.exclude(session__work_group=apart_from)
    called = {person.pk: person.name for person in people}
    return [
        words for entry in elsewhere for one in wanted if (words := _clash(called[entry.person_id], entry.session, one))
    ]


def at_session(session: Session) -> list[str]:
    """Of those who have this session in their calendar: what else stands there at the time, each as a sentence."""
    if session.starts_at is None:
        return []
    people = CalendarEntry.objects.wanted().filter(session=session).values("person")
    elsewhere = (
        CalendarEntry.objects.wanted()
        .filter(person__in=people, session__starts_at__date=timezone.localdate(session.starts_at))
        .filter(session__status=Session.Status.PLANNED)
        .exclude(session=session)
        .select_related("person", "session__work_group", "session__venue")
        .order_by("person__name", "pk")
    )
    here = Session.objects.select_related("venue").get(pk=session.pk)
    return [words for entry in elsewhere if (words := _clash(entry.person.name, entry.session, here))]


def is_too_far(metres: int, minutes: float) -> bool:
    """Does the way between two venues take longer than there is between two sessions?"""
    return minutes < MINUTES_TO_ARRIVE + MINUTES_PER_MILE * metres / METRES_PER_MILE


def _clash(name: str, other: Session, one: Session) -> str:
    """Why somebody who is at the other session can hardly be at this one; nothing where they can."""
    if one.overlaps(other):
        return f"{name} is at {other.work_group} on {day_words(one)} at the same time."
    first, second = sorted((one, other), key=lambda session: (session.starts_at is None, session.starts_at))
    there, here = Point.of(first.venue) if first.venue else None, Point.of(second.venue) if second.venue else None
    online = Session.Mode.ONLINE in (first.mode, second.mode)
    if online or there is None or here is None or not (first.ends_at and second.starts_at):
        return ""
    metres, gap = metres_between(there, here), (second.starts_at - first.ends_at).total_seconds() / 60
    if not is_too_far(metres, gap):
        return ""
    when = f"until {clock(first.ends_at)}" if other == first else f"from {clock(second.starts_at)}"
    away = f"{miles(metres)} away: too far to travel in between."
    return f"{name} is at {other.work_group} {when} on {day_words(one)}, {away}"


def day_words(session: Session) -> str:
    """ "3 March": when a session that clashes is."""
    on = timezone.localdate(session.starts_at)
    return f"{on.day} {on:%B}"
