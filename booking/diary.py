"""The hub's diary: which room is taken, how many chairs it has, and who leads what, so that none is promised twice.

Warnings, never refusals: two groups may share a hall. A venue's row is one room; two rooms of a school are two rows.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.places_near import Point, metres_between
from accounts.schoolyear import day_begins
from booking.clashes import day_words, is_too_far
from booking.models import Attendance, Facilitation, Session, WorkGroup
from booking.templatetags.words import clock, miles

# Who leads each group, from when and until when.
_Parts = defaultdict[int, list[tuple[int, date, date | None]]]
# From one moment to another.
Span = tuple[datetime, datetime]
# So far ahead the office looks for what it has promised twice.
LOOKS_AHEAD = timedelta(weeks=10)


@dataclass(frozen=True)
class Clash:
    """What cannot well be: `session` is where it is put right, `other` what it clashes with (none: too few chairs)."""

    kind: str  # "room", "lead" or "chairs"
    session: Session
    other: Session | None
    words: str


class _Slot(NamedTuple):
    """A session as it stands in the diary."""

    pk: int
    group: int
    starts_at: datetime
    ends_at: datetime
    mode: str
    venue: int | None
    easting: int | None
    northing: int | None

    @property
    def point(self) -> Point | None:
        known = self.easting is not None and self.northing is not None
        return Point(self.easting, self.northing, "") if known else None  # type: ignore[arg-type]  # neither is None

    @property
    def room(self) -> int | None:
        return None if self.mode == Session.Mode.ONLINE else self.venue

    def metres_to(self, other: "_Slot") -> int | None:
        """None where somebody is online, or a venue has no coordinates."""
        if Session.Mode.ONLINE in (self.mode, other.mode) or self.point is None or other.point is None:
            return None
        return metres_between(self.point, other.point)

    def is_too_near(self, other: "_Slot") -> bool:
        """Can nobody be at this one and then at the other, which begins no sooner?"""
        if other.starts_at < self.ends_at:
            return True
        metres, gap = self.metres_to(other), (other.starts_at - self.ends_at).total_seconds() / 60
        return metres is not None and metres > 0 and is_too_far(metres, gap)


class _Found(NamedTuple):
    """Two sessions that clash, before anything is read of them: their ids, and who leads both."""

    kind: str
    first: _Slot
    second: _Slot
    person: int | None


# So many sessions with too few chairs are told of, and counted; whoever has more begins with these.
MOST_CROWDED = 100


def clashes(
    spans: Sequence[Span], *, of: Collection[int] | None = None, venue: int | None = None, most: int | None = 100
) -> tuple[list[Clash], int]:
    """Clashes of rooms and of who leads within these spans of time, the next first, and how many there are in all.

    `of`: only those of these sessions; `venue`: only of this room; `most`: no more than so many are told (None: all).
    A constant number of queries.
    """
    sessions = _sessions(spans)
    slots = _slots(sessions if venue is None else sessions.filter(venue=venue))
    crowded = _crowded(sessions, of=of, venue=venue)
    found = [*_rooms(slots), *(_leads(slots, _parts(slots)) if venue is None else ())]
    if of is not None:
        found = [one for one in found if one.first.pk in of or one.second.pk in of]
    found.sort(key=lambda one: (one.second.starts_at, one.second.pk, one.first.pk, one.kind))
    chairs = list(crowded[:MOST_CROWDED])
    total = len(found) + len(chairs)
    told = [*_told(found[:most]), *map(_too_few_chairs, chairs)]
    return sorted(told, key=lambda one: (one.session.starts_at, one.session.pk))[:most], total


def clashes_ahead(now: datetime, *, venue: int | None = None, most: int) -> tuple[list[Clash], int]:
    """What the office has promised twice in the weeks to come."""
    return clashes([(now, now + LOOKS_AHEAD)], venue=venue, most=most)


def clashes_of(sessions: Iterable[Session]) -> list[Clash]:
    """What speaks against these sessions as they stand, which have their times; only their own days are read."""
    dated = {one.pk: one.starts_at for one in sessions if one.starts_at and one.is_planned}
    if not dated:
        return []
    spans = [_whole(day) for day in sorted({timezone.localdate(starts) for starts in dated.values()})]
    return clashes(spans, of=set(dated))[0]


def clashes_if_made(planned: Collection[Session]) -> list[Clash]:
    """What would be promised twice were these sessions made as they are planned: among them, and with those there are.

    They are not saved, have their times, and `pk`s below nothing; their groups' leads lead them too, to the end.
    """
    if not planned:
        return []
    moments = [one.starts_at for one in planned if one.starts_at]
    span = _whole(timezone.localdate(min(moments)))[0], _whole(timezone.localdate(max(moments)))[1]
    new = [_slot_of(one) for one in planned]
    slots = sorted([*_slots(_sessions([span])), *new], key=lambda slot: slot.starts_at)  # what is there comes first
    parts, groups = _parts(slots), {one.work_group_id for one in planned}
    for group, person in (
        Facilitation.objects.to_the_end().filter(work_group__in=groups).values_list("work_group", "person")
    ):
        parts[-group].append((person, date.min, None))
    found = [one for one in (*_rooms(slots), *_leads(slots, parts)) if min(one.first.pk, one.second.pk) < 0]
    return _told(found, {one.pk: one for one in planned})


def _slot_of(planned: Session) -> _Slot:
    """A planned session in the diary: its group is another than the one it is copied from."""
    venue = planned.venue
    where = (venue.pk, venue.easting, venue.northing) if venue else (None, None, None)
    assert planned.starts_at is not None
    assert planned.ends_at is not None
    return _Slot(planned.pk, -planned.work_group_id, planned.starts_at, planned.ends_at, planned.mode, *where)


def _whole(day: date) -> Span:
    """A day in London, from midnight to midnight."""
    return day_begins(day), day_begins(day + timedelta(days=1))


def _sessions(spans: Sequence[Span]) -> QuerySet[Session]:
    stands = [WorkGroup.Status.DRAFT, WorkGroup.Status.PUBLISHED]
    when = Q()
    for first, last in spans:
        when |= Q(starts_at__gte=first, starts_at__lt=last)
    return Session.objects.planned().filter(when, work_group__status__in=stands)


def _slots(sessions: QuerySet[Session]) -> list[_Slot]:
    """In the order of time. Tuples: a large hub has thousands, and of nearly all of them nothing is to be told."""
    names = ("pk", "work_group", "starts_at", "ends_at", "mode", "venue", "venue__easting", "venue__northing")
    return [_Slot(*row) for row in sessions.order_by("starts_at", "pk").values_list(*names)]


def _rooms(slots: Iterable[_Slot]) -> Iterator[_Found]:
    """Each session whose room is taken already, and by which; of several the one that began first."""
    taken: dict[int, list[_Slot]] = defaultdict(list)
    for slot in slots:
        if slot.room is None:
            continue
        here = [one for one in taken[slot.room] if one.ends_at > slot.starts_at]
        if here:
            yield _Found("room", here[0], slot, None)
        taken[slot.room] = [*here, slot]


def _parts(slots: Collection[_Slot]) -> _Parts:
    """Who leads the groups of these sessions, from when and until when."""
    parts: _Parts = defaultdict(list)
    of_groups = Facilitation.objects.filter(work_group__in={slot.group for slot in slots})
    for group, person, since, until in of_groups.values_list("work_group", "person", "since", "until"):
        parts[group].append((person, since, until))
    return parts


def _leads(slots: Collection[_Slot], parts: _Parts) -> Iterator[_Found]:
    """Each session that its lead cannot come to for another that day, and for which."""
    days: dict[tuple[int, date], list[_Slot]] = defaultdict(list)
    for slot in slots:
        day = timezone.localdate(slot.starts_at)
        for person in {who for who, since, until in parts[slot.group] if since <= day and (not until or until >= day)}:
            days[person, day].append(slot)
    for (person, _), led in days.items():
        for number, slot in enumerate(led):
            before = next((one for one in led[:number] if one.is_too_near(slot)), None)
            if before is not None:
                yield _Found("lead", before, slot, person)


def _crowded(sessions: QuerySet[Session], *, of: Collection[int] | None, venue: int | None) -> QuerySet[Session]:
    """Sessions to which more people come than their room has chairs, with how many are `expected`."""
    rooms = sessions.filter(venue__chairs__isnull=False).exclude(mode=Session.Mode.ONLINE)
    if venue is not None:
        rooms = rooms.filter(venue=venue)
    if of is not None:
        rooms = rooms.filter(pk__in=of)
    crowded = rooms.annotate(expected=Attendance.objects.expected().per_session()).filter(
        expected__gt=F("venue__chairs")
    )
    return crowded.select_related("work_group", "venue").order_by("starts_at", "pk")


def _told(found: Collection[_Found], planned: Mapping[int, Session] | None = None) -> list[Clash]:
    """The same in words."""
    planned = planned or {}
    pks = {slot.pk for one in found for slot in (one.first, one.second)} - set(planned)
    sessions = Session.objects.select_related("work_group", "venue").in_bulk(pks) if pks else {}
    sessions |= planned
    people = User.objects.in_bulk({one.person for one in found if one.person})
    told = []
    for one in found:
        first, second = sessions[one.first.pk], sessions[one.second.pk]
        if one.person is None:
            words = f"{second.venue} is taken twice on {day_words(second)}: {_at(first)}, and {_at(second)}."
        else:
            words = _led_words(people[one.person].name, one, first, second)
        told.append(Clash(one.kind, second, first, words))
    return told


def _led_words(name: str, found: _Found, first: Session, second: Session) -> str:
    if first.overlaps(second):
        return f"{name} leads {_called(first)} and {_called(second)} at the same time on {day_words(second)}."
    apart = miles(found.first.metres_to(found.second) or 0)
    return (
        f"{name} leads {_called(first)} until {clock(first.ends_at)} and {_called(second)} from "
        f"{clock(second.starts_at)} on {day_words(second)}, {apart} apart: too far to travel in between."
    )


def _too_few_chairs(session: Session) -> Clash:
    expected, venue = session.expected, session.venue  # type: ignore[attr-defined]  # counted above
    assert venue is not None
    chairs = f"{venue.chairs} chair{'' if venue.chairs == 1 else 's'}"
    words = f"{expected} people are expected at {_called(session)} on {day_words(session)}, and {venue} has {chairs}."
    return Clash("chairs", session, None, words)


def _called(session: Session) -> str:
    return f"{session.work_group}, session {session.number}"


def _at(session: Session) -> str:
    return f"{_called(session)}, {clock(session.starts_at)} to {clock(session.ends_at)}"
