"""Who came this year before the registers were kept here: which row is which mark on which register."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.schoolyear import school_year_of
from booking.intake.finding import Groups, People, Schools, session_on, sessions_of
from booking.intake.lines import CHANGED, NEW, THERE, Given, Line, Seen, folded
from booking.marking import here_at
from booking.models import Attendance, HandedList, Mark, Place, Session, WorkGroup
from booking.taking import check_minutes

What = Mark.What
HERE = ""  # as the session was held
MARKS: dict[str, str] = {
    **dict.fromkeys(("present", "p", "yes", "y", "1", "x", "attended", "came", "here", "true"), HERE),
    **dict.fromkeys(("late", "l"), What.LATE),
    **dict.fromkeys(("left early", "left", "early"), What.LEFT_EARLY),
    **dict.fromkeys(("online", "o", "virtual"), What.ONLINE),
    **dict.fromkeys(("apologies", "apology", "sent apologies", "excused"), What.APOLOGIES),
    **dict.fromkeys(("absent", "a", "no", "n", "0", "did not attend", "dna", "no show", "false"), What.ABSENT),
    **dict.fromkeys(("substitute", "substitute sent", "colleague sent"), What.SUBSTITUTE),
}


@dataclass(frozen=True)
class PastMark:
    """One mark on the register of a session that has been."""

    session: int
    person: int
    school: int | None
    place: int | None
    what: str
    minutes: int | None


class _Known:
    """What stands on the registers that the rows speak of."""

    def __init__(self, rows: Sequence[Given], now: datetime) -> None:
        self.now, self.this_year = now, school_year_of(timezone.localdate(now))
        self.schools, self.groups = Schools(rows), Groups(rows)
        self.people = People(rows, self.schools.today)
        ids = self.groups.ids
        self.sessions = sessions_of(ids)
        standing = Attendance.objects.filter(session__work_group__in=ids).select_related("standing_mark")
        self.rows = {(one.session_id, one.person_id): one for one in standing}
        self.by_name: dict[tuple[int, str], set[int]] = {}
        self.places: dict[tuple[int, int], tuple[int, int]] = {}
        places = Place.objects.filter(work_group__in=ids, person__isnull=False).select_related("person", "booking")
        for place in places.order_by("live", "pk"):  # one that stands goes before one that was given up
            person = place.person_id or 0
            self.places[place.work_group_id, person] = (place.pk, place.booking.school_id)
            key = (place.work_group_id, folded(place.person.name if place.person else ""))
            self.by_name.setdefault(key, set()).add(person)


def plan(rows: Sequence[Given], handed: HandedList, now: datetime) -> list[Line]:
    known, seen = _Known(rows, now), Seen()
    lines = []
    for given in rows:
        try:
            lines.append(_line(given, known, seen, handed.words))
        except ValidationError as refusal:
            lines.append(Line(given, problem=" ".join(refusal.messages)))
    return lines


def _line(given: Given, known: _Known, seen: Seen, why: str) -> Line:
    group = known.groups.find(given, known.this_year)
    session = _session(given, group, known)
    school = known.schools.find(given).pk if given["urn"] or given["school"] else None
    person = _person(given, group, school, known)
    what, minutes = _mark(given, session)
    about = ("session", session.pk)
    before = seen.again((session.pk, person), (what, minutes), given.number)
    if before:
        return Line(given, what=THERE, words=f"The same as row {before}.", about=about)
    place, home = known.places.get((group.pk, person), (None, None))
    who = given.name if given.has_name else given["email"]
    says = f"{who}, {group}, session {session.number}: {What(what).label.lower()}"
    row = known.rows.get((session.pk, person))
    standing = row.standing_mark if row else None
    if standing is not None and (standing.what, standing.minutes) == (what, minutes):
        return Line(given, what=THERE, words=f"{says}, as marked already.", about=about)
    if session.signed_at and not why:
        raise ValidationError(
            f"The register of {group}, session {session.number}, is signed. Under “Change the columns” you can say why."
        )
    act = PastMark(session.pk, person, home or school, place, what, minutes)
    note = "" if row or place else "Not on the list of this group."
    if standing is None:
        return Line(given, what=NEW, words=f"{says}.", act=act, about=about, note=note)
    return Line(given, what=CHANGED, words=f"{says}; now {str(standing).lower()}.", act=act, about=about, note=note)


def _session(given: Given, group: WorkGroup, known: _Known) -> Session:
    """By its number, by its day, or by both: of two on one day the number says which."""
    some, called = known.sessions[group.pk], "session"
    if not given["session"] and not given["day"]:
        raise ValidationError("There is no session in it: give its number, or its day.")
    if given["session"]:
        number = re.search(r"[0-9]{1,4}", given["session"])  # "Session 3 of 6" is the third
        some = [one for one in some if number and one.number == int(number[0])]
        called = f"session {given['session'][:20]}"
        if not some:
            raise ValidationError(f"{group} has no {called}.")
        some = [one for one in some if one.is_planned]
        if not some:
            raise ValidationError(f"{group}, {called}, was cancelled, so it has no register.")
    session = session_on(given["day"], some, group, called) if given["day"] else some[0]
    if session.starts_at is None or session.starts_at > known.now:
        raise ValidationError(f"{group}, session {session.number}, has not been yet.")
    return session


def _person(given: Given, group: WorkGroup, school: int | None, known: _Known) -> int:
    """By address; or by name, among the people of the school, or of the group where no school is said."""
    if email := given.email:
        person = known.people.by_email(email)
        if person is not None:
            return person.pk
        if not given.has_name:
            raise ValidationError(f"Nobody here has the address {email}. Take the people in first.")
    name = given.name
    if school is not None:
        found = {one.pk for one in known.people.by_name(school, name)}
        found |= {
            pk for pk in known.by_name.get((group.pk, folded(name)), ()) if known.places[group.pk, pk][1] == school
        }
    else:
        found = set(known.by_name.get((group.pk, folded(name)), ()))
    if not found:
        where = "at this school" if school is not None else f"in {group}"
        raise ValidationError(f"Nobody called {name} is known {where}. Take the people in first.")
    if len(found) > 1:
        raise ValidationError(f"{len(found)} people there are called {name}. Give the address.")
    return found.pop()


def _mark(given: Given, session: Session) -> tuple[str, int | None]:
    if not given["mark"]:
        raise ValidationError("There is no mark in it.")
    if folded(given["mark"]) not in MARKS:
        raise ValidationError(
            f"“{given['mark'][:30]}” is no mark. Write present, late, left early, apologies or absent."
        )
    what = MARKS[folded(given["mark"])] or here_at(session)
    if given["minutes"] and not given["minutes"].isdecimal():
        raise ValidationError("Minutes are whole numbers.")
    minutes = int(given["minutes"][:5]) if given["minutes"] else None
    check_minutes(what, minutes, session)
    return what, minutes
