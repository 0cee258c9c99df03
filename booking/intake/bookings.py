"""Bookings: which rows make one booking together, and what would become of it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.colleagues import Named, NewColleague
from accounts.models import School
from accounts.schoolyear import school_year_of
from booking.allocation import has_room, somebody_waits
from booking.intake.finding import Groups, People, Schools, session_on, sessions_of
from booking.intake.lines import CHANGED, NEW, THERE, Given, Line, folded
from booking.models import Booking, HandedList, Part, Place, Session, WorkGroup

MOST_NAMES_TO_FOLLOW = 30


@dataclass(frozen=True)
class NewBooking:
    """A school's booking to be made, by the rules of booking. `looking_back`: nobody is told of what is past."""

    work_group: int
    session: int | None
    school: int
    people: list[Named]
    parts: list[int | None]
    looking_back: bool


@dataclass(frozen=True)
class NewName:
    """A name for a place that a booking held for one."""

    booking: int
    place: int
    who: int | NewColleague
    looking_back: bool


@dataclass
class _Row:
    """One row that can be read: who comes, as what; without a name, how many names follow."""

    line: Line
    group: WorkGroup
    session: Session | None
    school: School
    who: Named
    name: str
    part: int | None
    count: int = 1


class _Known:
    """What stands in the hub of the groups that the rows speak of."""

    def __init__(self, rows: Sequence[Given], now: datetime) -> None:
        self.now, self.this_year = now, school_year_of(timezone.localdate(now))
        self.schools, self.groups = Schools(rows), Groups(rows)
        self.people = People(rows, self.schools.today)
        ids = self.groups.ids
        self.sessions = sessions_of(ids)
        self.parts: dict[tuple[int, str], int] = {
            (one.work_group_id, folded(one.name)): one.pk for one in Part.objects.filter(work_group__in=ids)
        }
        self.live: dict[tuple[int, int | None, int], Booking] = {}
        live = Booking.objects.live().filter(work_group__in=ids).prefetch_related("places__person")
        for booking in live:
            self.live[booking.work_group_id, booking.session_id, booking.school_id] = booking
        has_live = Booking.objects.live().filter(pk=OuterRef("booking"))
        taken = Place.objects.live().filter(Exists(has_live), work_group__in=ids, person__isnull=False)
        self.has_place = set(taken.values_list("work_group", "session", "person"))

    def is_over(self, group: WorkGroup, session: Session | None) -> bool:
        dated = [one for one in ([session] if session else self.sessions[group.pk]) if one.starts_at]
        return bool(dated) and all(one.starts_at is not None and one.starts_at <= self.now for one in dated)

    def has_begun(self, group: WorkGroup, session: Session | None) -> bool:
        some = [session] if session else self.sessions[group.pk]
        return any(one.starts_at is not None and one.starts_at <= self.now for one in some)


def plan(rows: Sequence[Given], handed: HandedList, now: datetime) -> list[Line]:
    known = _Known(rows, now)
    lines: list[Line] = []
    together: dict[tuple[int, int | None, int], list[_Row]] = defaultdict(list)
    bad: dict[tuple[int, int | None, int], int] = {}
    for given in rows:
        line = Line(given)
        lines.append(line)
        try:
            group, session, school = _what(given, known)
        except ValidationError as refusal:
            line.problem = " ".join(refusal.messages)
            continue
        key = (group.pk, session.pk if session else None, school.pk)
        try:
            together[key].append(_row(line, group, session, school, known))
        except ValidationError as refusal:
            line.problem = " ".join(refusal.messages)
            bad.setdefault(key, given.number)
    for key, some in together.items():
        try:
            if key in bad:
                raise ValidationError(f"Row {bad[key]}, of the same booking, cannot be taken in as it is.")
            _decide(some, known, handed)
        except ValidationError as refusal:
            for row in some:
                row.line.problem, row.line.what, row.line.act = " ".join(refusal.messages), "", None
    return lines


def _what(given: Given, known: _Known) -> tuple[WorkGroup, Session | None, School]:
    group = known.groups.find(given, known.this_year)
    if group.status == WorkGroup.Status.ARCHIVED:
        raise ValidationError(f"{group} is in the archive, and takes no bookings.")
    return group, _meeting(given, group, known), known.schools.find(given)


def _meeting(given: Given, group: WorkGroup, known: _Known) -> Session | None:
    if not group.is_network:
        return None
    if not given["meeting"]:
        raise ValidationError(f"{group} is booked by the meeting: say which, by its day.")
    return session_on(given["meeting"], known.sessions[group.pk], group, "meeting")


def _row(line: Line, group: WorkGroup, session: Session | None, school: School, known: _Known) -> _Row:
    given, part = line.given, None
    if given["part"]:
        part = known.parts.get((group.pk, folded(given["part"])))
        if part is None:
            raise ValidationError(f"{group} has no part “{given['part'][:40]}”.")
    if not given.has_name:
        if given["email"]:
            raise ValidationError("There is an address in it, and no name.")
        return _Row(line, group, session, school, None, "", part, _names_to_follow(given["places"]))
    name, email = given.name, given.email
    person = known.people.by_email(email) if email else None
    if person is not None and not person.is_active:
        raise ValidationError("The account of this address is closed.")
    if person is None:
        same = [one for one in known.people.by_name(school.pk, name) if not email]
        if len(same) > 1:
            raise ValidationError(f"{len(same)} people of {school} are called {name}. Give the address.")
        person = same[0] if same else None
    member = person is not None and (school.pk, person.pk) in known.people.members
    who: Named = person.pk if member and person else NewColleague(name, email)
    row = _Row(line, group, session, school, who, name, part)
    row.line.note = "" if member else f"Becomes known at {school}."
    return row


def _decide(rows: list[_Row], known: _Known, handed: HandedList) -> None:
    """What becomes of the rows of one booking. Raises ValidationError where it cannot be."""
    first = rows[0]
    group, session, school = first.group, first.session, first.school
    _check_nobody_twice(rows)
    looking_back = known.has_begun(group, session) and not handed.tells
    past = " Nobody is written to about what is past." if looking_back else ""
    there = known.live.get((group.pk, session.pk if session else None, school.pk))
    if there is not None:
        _join(rows, there, looking_back, past)
        return
    people: list[Named] = []
    parts: list[int | None] = []
    for row in rows:
        pk = row.who if isinstance(row.who, int) else None
        if pk and (group.pk, session.pk if session else None, pk) in known.has_place:
            raise ValidationError(f"{row.name} already has a place in this group.")
        people += [row.who] * row.count
        parts += [row.part] * row.count
    if len(people) > group.people_to and not group.has_parts and not handed.words:
        raise ValidationError(
            f"{group} takes at most {group.people_to} people from a school. Under “Change the columns” you can say "
            "why you book more."
        )
    act = NewBooking(
        group.pk,
        session.pk if session else None,
        school.pk,
        people,
        parts if group.has_parts else [],
        looking_back,
    )
    if known.is_over(group, session) and not looking_back:
        raise ValidationError(f"{group} is over: it can only be taken in without writing to anybody about it.")
    words = f"{school} on {group}: {_becomes(group, session, len(people))}{past}"
    for row in rows:
        row.line.what, row.line.words, row.line.about, row.line.act = NEW, words, ("school", school.pk), act


def _check_nobody_twice(rows: Sequence[_Row]) -> None:
    seen: set[object] = set()
    for row in rows:
        if row.who is not None:
            key = row.who if isinstance(row.who, int) else (folded(row.who.name), row.who.email)
            if key in seen:
                raise ValidationError(f"{row.name} stands in two rows of this booking.")
            seen.add(key)


def _join(rows: list[_Row], there: Booking, looking_back: bool, past: str) -> None:
    """Rows of a school that has booked already: names for places that were held for them, and nothing more."""
    places = [place for place in there.places.all() if place.live]
    by_id = {place.person_id for place in places if place.person_id}
    by_name = {folded(place.person.name) for place in places if place.person}
    free = [place.pk for place in places if not place.person_id]
    for row in rows:
        line = row.line
        line.about, line.note = ("booking", there.pk), ""
        line.what, line.words = THERE, f"{row.school} has booked {row.group} already."
        if row.who is None:
            continue
        is_there = row.who in by_id if isinstance(row.who, int) else folded(row.name) in by_name
        if is_there:
            line.words = f"{row.name} has a place in {row.group} already."
        elif free:
            line.what, line.act = CHANGED, NewName(there.pk, free.pop(0), row.who, looking_back)
            line.words = f"{row.name} takes a place of {row.school} kept for a name to follow.{past}"
        else:
            raise ValidationError(
                f"{row.school} has booked {row.group} already, and no place of it waits for a name. Open the booking."
            )


def _becomes(group: WorkGroup, session: Session | None, people: int) -> str:
    """What such a booking is now; counted on the group or meeting in hand, which is never saved, for the rows below."""
    of = f"{people} place{'' if people == 1 else 's'}"
    if group.recruitment == WorkGroup.Recruitment.INTEREST:
        return f"{of}, as interest."
    if group.recruitment == WorkGroup.Recruitment.APPLICATION:
        return f"{of}, as an application to be decided."
    counted = session or group
    if somebody_waits(group, session) or not has_room(group, session, people):
        counted.waiting += 1
        return f"{of}, on the waiting list."
    counted.taken += people
    group.taken_schools += 1
    return f"{of} booked."


def _names_to_follow(text: str) -> int:
    if not text:
        return 1
    if not text.isdecimal() or not 0 < int(text) <= MOST_NAMES_TO_FOLLOW:
        raise ValidationError(f"“{text[:20]}” is no number of names to follow, from 1 to {MOST_NAMES_TO_FOLLOW}.")
    return int(text)
