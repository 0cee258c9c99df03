"""What happened to a booking: its own acts, and those on its sessions and its people that concern it; who, and when."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any

from django.db.models import Exists, OuterRef, Q

from accounts.acts import SHOWN, Act, acts_about
from accounts.models import HistoryLine, HistoryLink, School, User
from accounts.models.history import link_to
from booking.emails.letter import and_
from booking.models import Booking, CalendarEntry, Place, Session, WorkGroup
from booking.models.places import Decision
from booking.reports.people import Comer
from booking.templatetags.words import day_short

# Acts on a session of the group, which concern everybody who has booked it.
OF_SESSIONS = ("session_moved", "session_cancelled", "session_added")
# Acts on people of many schools at once, or on one person: they concern the booking by whose right somebody comes.
OF_PEOPLE = ("answered", "nobody_comes", "catch_up_arranged", "catch_up_ended")
ANSWERS = {CalendarEntry.Answer.COMING: "is coming", CalendarEntry.Answer.CANNOT: "can’t come"}


@dataclass
class Happened:
    """The lines, newest first, with the people and sessions whose ids they hold: names are never in the history."""

    lines: list[HistoryLine]
    persons: dict[int, User]
    sessions: dict[int, Session]
    # Who comes by right of this booking, and where: of acts on many schools only its own part is told.
    expected: set[tuple[int, int]] = field(default_factory=set)

    @property
    def people(self) -> list[User]:
        """Everybody named, to be shown as the school knows them before the acts are put into words."""
        return [*self.persons.values(), *(line.by for line in self.lines if line.by)]

    def acts(self) -> list[Act]:
        return [Act(line, [words] if (words := self._words(line)) else []) for line in self.lines]

    def _words(self, line: HistoryLine) -> str:
        say: Callable[[dict[str, Any]], list[str]] | None = {
            "place_named": self._named,
            "stand_in_sent": self._sent,
            "answered": self._answered,
            "nobody_comes": self._nobody,
            "catch_up_arranged": self._caught_up,
            "catch_up_ended": self._caught_up,
            "decided": self._decided,
        }.get(line.verb)
        if say is None:
            say = self._dates if line.verb in OF_SESSIONS else self._plain
        return ", ".join(filter(None, say({**line.details, "people": _people(line)})))

    def _names(self, *ids: int | None) -> str:
        return and_([self.persons[pk].name for pk in ids if pk in self.persons])

    def _days(self, *ids: int) -> str:
        """Days as they are now, in their order; a session without one by what is known of it."""
        found = sorted((self.sessions[pk] for pk in ids if pk in self.sessions), key=lambda one: one.number)
        return and_([day_short(one.starts_at) if one.starts_at else one.when_words for one in found])

    def _plain(self, details: dict[str, Any]) -> list[str]:
        return [self._names(*details.get("people", [])), self._days(*details.get("sessions", []))]

    def _named(self, details: dict[str, Any]) -> list[str]:
        before = self._names(details.get("before"))
        return [self._names(details.get("person")), f"in place of {before}" if before else ""]

    def _sent(self, details: dict[str, Any]) -> list[str]:
        person = details.get("person")
        before = self._names(*(pk for pk in details.get("people", []) if pk != person))
        return [self._names(person), f"in place of {before}" if before else "", self._days(*details["sessions"])]

    def _answered(self, details: dict[str, Any]) -> list[str]:
        return [self._names(*details["people"]), ANSWERS.get(details["answer"], ""), self._days(details["session"])]

    def _nobody(self, details: dict[str, Any]) -> list[str]:
        pairs = [(s, p) for s in details["sessions"] for p in details["people"] if (s, p) in self.expected]
        return [self._names(*sorted({p for _, p in pairs})), self._days(*sorted({s for s, _ in pairs}))]

    def _caught_up(self, details: dict[str, Any]) -> list[str]:
        there = self.sessions.get(details["session"])
        at = f"at {there.work_group}, {self._days(there.pk)}" if there else ""
        return [self._names(*details["people"]), f"for {self._days(details['home'])}", at]

    def _dates(self, details: dict[str, Any]) -> list[str]:
        session = self.sessions.get(details["session"])
        was = f"it was {day_short(datetime.fromisoformat(details['was']))}" if details.get("was") else ""
        return [f"session {session.number}", self._days(session.pk), was] if session else []

    def _decided(self, details: dict[str, Any]) -> list[str]:
        return [Decision(details["decision"]).label.lower() if details.get("decision") else ""]


def of_group(work_group: WorkGroup) -> list[Act]:
    """What happened to a group, for the office. A decision that is prepared says for which schools.

    That line is not linked to them: on their own pages nothing is to be seen of it.
    """
    acts = acts_about(work_group, School)
    prepared = [one for one in acts if one.line.verb == "decision_prepared"]
    if prepared:
        ids = {pk for one in prepared for pk in one.line.details["bookings"]}
        bookings = Booking.objects.select_related("school").in_bulk(ids)
        for one in prepared:
            decision = one.line.details["decision"]
            one.things = sorted(str(bookings[pk].school) for pk in one.line.details["bookings"] if pk in bookings)
            one.things.append(Decision(decision).label.lower() if decision else "undecided again")
    return acts


def of_booking(
    booking: Booking, sessions: Sequence[tuple[Session, Sequence[Comer]]], places: Sequence[Place]
) -> Happened:
    """What happened to a booking; `sessions` are its group's (or its meeting), each with the rows of who comes by it.

    A constant number of queries.
    """
    rows = [one.row for _, some in sessions for one in some]
    expected = {(row.session_id, row.person_id) for row in rows}
    lines = [line for line in _lines(booking, [one for one, _ in sessions], expected) if _concerns(line, expected)]
    lines = lines[:SHOWN]
    persons = {one.pk: one for one in [*(row.person for row in rows), *(place.person for place in places)] if one}
    persons |= {line.by.pk: line.by for line in lines if line.by}
    if others := set(chain.from_iterable(_person_ids(line) for line in lines)) - persons.keys():
        persons |= User.objects.in_bulk(others)
    known = {one.pk: one for one, _ in sessions}
    elsewhere = {line.details["session"] for line in lines if "home" in line.details} - known.keys()
    if elsewhere:
        known |= Session.objects.select_related("work_group").in_bulk(elsewhere)
    return Happened(lines, persons, known, expected)


def _lines(booking: Booking, sessions: Sequence[Session], expected: set[tuple[int, int]]) -> list[HistoryLine]:
    """The newest lines linked to the booking; to its sessions while it lived; to its sessions and its people."""
    (of_booking, pk), (of_session, _), (of_person, _) = (link_to(one) for one in (booking, (Session, 0), (User, 0)))
    here = Q(content_type=of_session, object_id__in=[one.pk for one in sessions], line__at__gte=booking.made_at)
    if booking.ended_at:
        here &= Q(line__at__lte=booking.ended_at)
    theirs = HistoryLink.objects.filter(content_type=of_person, object_id__in={person for _, person in expected})
    wanted = HistoryLink.objects.filter(
        Q(content_type=of_booking, object_id=pk)
        | here & Q(line__verb__in=OF_SESSIONS)
        | here & Q(line__verb__in=OF_PEOPLE, line__in=theirs.values("line"))
    )
    own = HistoryLink.objects.filter(content_type=of_booking, object_id=pk, line=OuterRef("pk"))
    lines = HistoryLine.objects.filter(pk__in=wanted.values("line")).select_related("by").annotate(is_own=Exists(own))
    return list(lines.order_by("-at", "-pk")[: 3 * SHOWN])


def _concerns(line: HistoryLine, expected: set[tuple[int, int]]) -> bool:
    """Is it about this booking's own people? Somebody may come to the group for another school by now."""
    details = line.details
    if line.is_own or line.verb not in OF_PEOPLE:  # type: ignore[attr-defined]  # annotated in `_lines`
        return True
    at = details.get("sessions") or [details.get("home", details.get("session"))]
    return any((session, person) in expected for session in at for person in _people(line))


def _people(line: HistoryLine) -> list[int]:
    """Whom it concerns. An answer once held nobody: who gave it answered for themselves."""
    people: list[int] = line.details.get("people", [])
    return people or ([line.by_id] if line.verb == "answered" and line.by_id else [])


def _person_ids(line: HistoryLine) -> set[int]:
    return {pk for pk in [*_people(line), line.details.get("person"), line.details.get("before")] if pk}
