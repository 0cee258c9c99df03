"""Who is expected where: the one place that makes and removes attendance rows and calendar entries.

Called by actions on rows they have locked. It compares what should be with what is, so calling it twice does nothing
twice, and no caller has to remember what it undid.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from booking.marking import mark_over
from booking.models import Attendance, CalendarEntry, Facilitation, Mark, Place, Session, WorkGroup
from booking.models.attendance import CAME, AttendanceQuerySet
from booking.models.calendars import CalendarEntryQuerySet
from booking.models.places import Status
from booking.prepared import Prepared
from booking.schooldays import SchoolCalendar, Whose, whose_days

# A second edit within this time replaces the mail that has not left yet.
HOLD = timedelta(minutes=10)
# So close to the start nothing is held back.
NEAR = timedelta(hours=24)
# So close to it nothing waits for the hours in which schools are written to.
PRESSING = timedelta(days=7)

REQUEST, CANCEL = CalendarEntry.Wanted.REQUEST, CalendarEntry.Wanted.CANCEL


@dataclass
class Coming:
    """What decides who is expected at a coming session: its group, and the parts it is for (none: all)."""

    work_group: int
    parts: set[int]


def expect(places: Sequence[Place], *, now: datetime, held: bool = False) -> None:
    """Bring attendance and calendar entries of these places, in coming sessions, in line with the places themselves.

    `held`: what follows for calendars waits like any change (`tell_after`); else it leaves at once, as an answer.
    """
    wanted = _wanted(places, coming_sessions({place.work_group_id for place in places}, now))
    rows = Attendance.objects.filter(place__in=places).select_related("standing_mark")
    standing = {
        (row.session_id, row.person_id): row
        for row in rows.filter(Q(session__starts_at__gt=now) | Q(session__starts_at__isnull=True))
    }
    # Where whoever has the place has sent somebody else, that one comes by right of the place too.
    lent = {
        pair for pair, row in standing.items() if pair in wanted and row.place_id == wanted[pair].pk and is_lent(row)
    }
    lent_of = {(session, wanted[session, person].pk) for session, person in lent}
    stand_ins = {
        pair for pair, row in standing.items() if pair not in wanted and (row.session_id, row.place_id) in lent_of
    }
    gone = [
        row
        for pair, row in standing.items()
        if pair not in stand_ins and (pair not in wanted or row.place_id != wanted[pair].pk) and not is_here(row)
    ]
    if gone:
        Attendance.objects.filter(pk__in=[row.pk for row in gone]).delete()
        lost = [(row.session_id, row.person_id) for row in gone if (row.session_id, row.person_id) not in wanted]
        _take_out(lost, now, held=held)
    kept = {pair for pair in standing if pair in wanted and standing[pair].place_id == wanted[pair].pk}
    _begin({pair: place for pair, place in wanted.items() if pair not in kept}, now, held=held)
    _take_out(lent, now, held=held)
    _put_in(kept - lent | stand_ins, now, held=held)  # a row that came from another account brought no entry with it


def is_lent(row: Attendance) -> bool:
    """Has whoever is expected here sent somebody else?"""
    return row.standing_mark is not None and row.standing_mark.what == Mark.What.SUBSTITUTE


def is_here(row: Attendance) -> bool:
    """Have they come already, or do two phones differ on it? Who is in the room before the start stays on the list."""
    return row.contested or (row.standing_mark is not None and row.standing_mark.what in CAME)


def _others_to_come(row: Attendance) -> AttendanceQuerySet:
    """Who else comes by right of the same place, and is not here yet."""
    others = Attendance.objects.filter(place=row.place, session=row.session, contested=False).exclude(pk=row.pk)
    return others.exclude(standing_mark__what__in=CAME)


def stand_in(row: Attendance, person: User, *, by: User, now: datetime) -> None:
    """Let somebody come to one coming session by right of another's place, in whose stead they come."""
    others = _others_to_come(row)
    _take_out([(one.session_id, one.person_id) for one in others.exclude(person=person)], now, held=True)
    others.exclude(person=person).delete()
    if not is_lent(row):
        mark_over(row, Mark.What.SUBSTITUTE, by=by, now=now)
    Attendance.objects.get_or_create(
        session=row.session, person=person, defaults={"place": row.place, "school": row.school}
    )
    _take_out([(row.session_id, row.person_id)], now, held=True)
    _put_in({(row.session_id, person.pk)}, now, held=True)


def stand_back(row: Attendance, *, by: User | None, now: datetime) -> None:
    """Let whoever has the place come themselves again; the mark stays, as what was said then."""
    others = _others_to_come(row)
    _take_out([(one.session_id, one.person_id) for one in others], now, held=True)
    others.delete()
    mark_over(row, Mark.What.CLEARED, by=by, now=now)
    _put_in({(row.session_id, row.person_id)}, now, held=True)


def keep_until(place: Place, person: User, first: Session, *, by: User, now: datetime) -> None:
    """Before a place goes to somebody from a later session on: until then whoever has it comes by right of it still.

    The new one's rows there say that somebody is sent, so that `expect` keeps who comes, with what they answered.
    """
    rows = Attendance.objects.filter(place=place, person=place.person, session__in=Session.objects.coming(now))
    for row in rows.filter(session__starts_at__lt=first.starts_at).select_related("standing_mark", "school"):
        if is_lent(row):
            row.delete()  # who comes in their stead comes now in that of the new one, or is the new one
            if Attendance.objects.filter(place=place, session=row.session_id, person=person).exists():
                continue
        new = Attendance.objects.create(session_id=row.session_id, person=person, place=place, school=row.school)
        mark_over(new, Mark.What.SUBSTITUTE, by=by, now=now)


def excuse(rows: Sequence[Attendance], *, by: User, now: datetime, reason: str = "") -> None:
    """Apologies for people who have no mark: on the register, and as their own answer. Their places stay theirs."""
    for row in rows:
        mark_over(row, Mark.What.APOLOGIES, by=by, now=now, reason=reason)
        _answer(row, CalendarEntry.Answer.CANNOT)


def expect_after_all(row: Attendance, *, by: User, now: datetime) -> None:
    """Take apologies back; the mark itself stays, as what was said then."""
    mark_over(row, Mark.What.CLEARED, by=by, now=now)
    _answer(row, "")


def catch_up(row: Attendance, session: Session, *, by: User, now: datetime) -> Attendance:
    """Let somebody come to another group's session for one that they miss at home, where it is credited."""
    if row.standing_mark is None:
        excuse([row], by=by, now=now)
    guest = Attendance.objects.create(
        session=session, person_id=row.person_id, school=row.school, credited_to=row.session
    )
    _put_in({(session.pk, row.person_id)}, now)
    return guest


def end_catch_up(guest: Attendance, *, now: datetime) -> None:
    """Take a guest off a coming session again; what was said at home stays."""
    _take_out([(guest.session_id, guest.person_id)], now)
    guest.delete()


def _answer(row: Attendance, answer: str) -> None:
    CalendarEntry.objects.wanted().filter(session=row.session_id, person=row.person_id).update(answer=answer)


def expect_new(places: Sequence[Place], coming: Mapping[int, Coming], *, now: datetime) -> None:
    """The same for places made in this transaction, for which nothing can stand yet, in `coming_sessions`."""
    _begin(_wanted(places, coming), now)


def coming_sessions(work_groups: Iterable[int], now: datetime) -> dict[int, Coming]:
    """The coming sessions of these groups by their ids."""
    wanted, coming = set(work_groups), dict[int, Coming]()
    # One group, by far the most: a booking asks under its lock.
    rows = _COMING.rows(work_group=min(wanted), now=now) if len(wanted) == 1 else _coming_of(wanted, now)
    for pk, work_group, part in rows:
        session = coming.setdefault(pk, Coming(work_group, set()))
        if part is not None:
            session.parts.add(part)
    return coming


def _coming_of(work_groups: Iterable[int], now: datetime) -> QuerySet[Session, Any]:
    rows = Session.objects.coming(now).filter(work_group__in=work_groups).order_by("pk")
    return rows.values_list("pk", "work_group_id", "parts")


_COMING = Prepared(
    lambda work_group, now: _coming_of([work_group], now), work_group=-1, now=datetime(1970, 1, 1, tzinfo=UTC)
)


def expect_leads(work_group: WorkGroup, *, now: datetime, held: bool = False) -> None:
    """Bring the calendar entries of those who lead the group in line with their parts in it."""
    parts = list(Facilitation.objects.filter(work_group=work_group))
    sessions = list(Session.objects.coming(now).filter(work_group=work_group))
    wanted = set()
    if work_group.status == WorkGroup.Status.PUBLISHED:
        for session in sessions:
            day = timezone.localdate(session.starts_at)
            wanted |= {
                (session.pk, part.person_id)
                for part in parts
                if part.since <= day and (part.until is None or part.until >= day)
            }
    ever = {part.person_id for part in parts}
    attending = set(
        Attendance.objects.filter(session__in=sessions, person__in=ever).values_list("session_id", "person_id")
    )
    _put_in(wanted, now, held=held)
    # Sessions that have lost their date leave calendars too, until they have one again.
    undated = Session.objects.planned().filter(work_group=work_group, starts_at__isnull=True)
    listed = [*sessions, *undated]
    unwanted = [(s.pk, person) for s in listed for person in ever if (s.pk, person) not in wanted | attending]
    _take_out(unwanted, now, held=held)


def session_changed(session: Session, *, now: datetime) -> None:
    """Everybody who has this session in their calendar is told anew, after a moment for second thoughts."""
    _change(CalendarEntry.objects.filter(session=session).wanted(), now, held=True)


def session_called_off(session: Session, *, now: datetime) -> None:
    """Take the session out of every calendar; marks that were already made stay, empty expectations go."""
    Attendance.objects.filter(session=session).unmarked().delete()
    _change(CalendarEntry.objects.filter(session=session).wanted(), now, held=True, wanted=CANCEL)


def tell_after(
    starts: Iterable[datetime | None],
    now: datetime,
    la_code: str,
    calendar: SchoolCalendar,
    school: int | None = None,
) -> datetime:
    """When a change may leave that nobody has just asked for; `starts`: when the session begins, and when it was to.

    At once on the day. Within a week, after a moment for second thoughts. Else in hours in which schools of this
    authority, or this school, are written to, but no later than a week before.
    """
    nearest = min((start for start in starts if start is not None and start > now), default=None)
    if nearest is not None and nearest <= now + NEAR:
        return now
    soon = now + HOLD
    if nearest is None:
        return calendar.next_moment(la_code, soon, school)
    return max(soon, min(calendar.next_moment(la_code, soon, school), nearest - PRESSING))


def is_near(session: Session, now: datetime) -> bool:
    """Does it begin within a day? Then nothing is held back, and what changes is told before all else."""
    return session.starts_at is not None and now < session.starts_at <= now + NEAR


def _wanted(places: Sequence[Place], coming: Mapping[int, Coming]) -> dict[tuple[int, int], Place]:
    """Who should be where by right of which place: (session, person) -> place."""
    return {
        (pk, place.person_id): place
        for place in places
        if place.live and place.person_id and place.booking.status == Status.CONFIRMED
        for pk, session in coming.items()
        if _is_expected(place, pk, session)
    }


def _begin(fresh: Mapping[tuple[int, int], Place], now: datetime, *, held: bool = False) -> None:
    if not fresh:
        return
    # Who was to come here as a catch-up keeps the row, now by right of a place.
    Attendance.objects.bulk_create(
        [
            Attendance(session_id=session, person_id=person, place=place, school_id=place.booking.school_id)
            for (session, person), place in fresh.items()
        ],
        update_conflicts=True,
        unique_fields=["session", "person"],
        update_fields=["place", "school"],
    )
    _put_in(fresh, now, held=held)


def _is_expected(place: Place, pk: int, session: Coming) -> bool:
    if place.session_id is not None:
        return place.session_id == pk
    return session.work_group == place.work_group_id and (not session.parts or place.part_id in session.parts)


def _put_in(pairs: Iterable[tuple[int, int]], now: datetime, *, held: bool = False) -> None:
    pairs = set(pairs)
    if not pairs:
        return
    known = CalendarEntry.objects.filter(
        session__in={session for session, _ in pairs}, person__in={person for _, person in pairs}
    )
    rows = known.values_list("session_id", "person_id", "pk", "wanted")
    entries = {(session, person): (pk, wanted) for session, person, pk, wanted in rows}
    gone = [pk for pair, (pk, wanted) in entries.items() if pair in pairs and wanted == CANCEL]
    back = list(CalendarEntry.objects.filter(pk__in=gone).select_related("session")) if gone else []
    undone = {one.pk for one in back if _stands_as_told(one)}
    if undone:
        # Taken out and put in again before anybody was told: what they were told holds. SEQUENCE has been in feeds.
        CalendarEntry.objects.filter(pk__in=undone).update(
            sequence=F("sequence") + 1, told_sequence=F("sequence") + 1, wanted=REQUEST, answer="", changed_at=now
        )
    # SEQUENCE goes on from where it was, and an old answer was to another invitation (RFC 5546, 2.1.4).
    again = CalendarEntry.objects.filter(pk__in=[one.pk for one in back if one.pk not in undone])
    if len(undone) < len(back):
        _change(again, now, held=held, wanted=REQUEST, answer="")
    fresh = sorted(pairs - entries.keys())
    moments = _moments([(session, person, None) for session, person in fresh], now) if held else {}
    CalendarEntry.objects.bulk_create(
        CalendarEntry(
            session_id=session,
            person_id=person,
            uid=f"{uuid.uuid4()}@work-groups",
            changed_at=now,
            tell_after=moments.get((session, person), now),
        )
        for session, person in fresh
    )


def _stands_as_told(entry: CalendarEntry) -> bool:
    """Is all that its person has not been told that it was taken out, with nothing else changed since?"""
    is_next = 0 <= entry.told_sequence == entry.sequence - 1
    return is_next and entry.session.changed_at <= entry.changed_at


def _take_out(pairs: Iterable[tuple[int, int]], now: datetime, *, held: bool = False) -> None:
    wrong = Q()
    for session, person in pairs:
        wrong |= Q(session=session, person=person)
    if wrong:
        _change(CalendarEntry.objects.filter(wrong).wanted(), now, held=held, wanted=CANCEL)


def _change(entries: CalendarEntryQuerySet, now: datetime, *, held: bool, **to: str) -> None:
    """Raise SEQUENCE, and say when each person may be told; held ones by the dates of their own school."""
    if not held:
        entries.update(sequence=F("sequence") + 1, changed_at=now, tell_after=now, **to)
        return
    rows = list(entries.values_list("pk", "session_id", "person_id", "told_starts_at"))
    moments = _moments([(session, person, told) for _, session, person, told in rows], now)
    together: dict[datetime, list[int]] = defaultdict(list)
    for pk, session, person, _ in rows:
        together[moments[session, person]].append(pk)
    for moment, pks in together.items():
        CalendarEntry.objects.filter(pk__in=pks).update(
            sequence=F("sequence") + 1, changed_at=now, tell_after=moment, **to
        )


def _moments(wanted: Sequence[tuple[int, int, datetime | None]], now: datetime) -> dict[tuple[int, int], datetime]:
    """When each (session, person) may be told; the third is when the session was to begin, as they were told."""
    if not wanted:
        return {}
    starts = dict(Session.objects.filter(pk__in={one for one, _, _ in wanted}).values_list("pk", "starts_at"))
    whose, calendar = whose_days(person for _, person, _ in wanted), SchoolCalendar.load()
    return {
        (session, person): tell_after((starts[session], told), now, la_code, calendar, school)
        for session, person, told in wanted
        for la_code, school in [whose.get(person, Whose(""))]
    }
