"""Who is expected where: the one place that makes and removes attendance rows and calendar entries.

Called by actions on rows they have locked. It compares what should be with what is, so calling it twice does nothing
twice, and no caller has to remember what it undid.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, prefetch_related_objects
from django.utils import timezone

from booking.models import Attendance, CalendarEntry, Facilitation, Place, Session, WorkGroup
from booking.models.places import Status

# A second edit within this time replaces the mail that has not left yet.
HOLD = timedelta(minutes=10)
# So close to the start nothing is held back.
NEAR = timedelta(hours=24)

REQUEST, CANCEL = CalendarEntry.Wanted.REQUEST, CalendarEntry.Wanted.CANCEL


def expect(places: Sequence[Place], *, now: datetime, are_new: bool = False) -> None:
    """Bring attendance and calendar entries of these places, in coming sessions, in line with the places themselves.

    `are_new`: made in this transaction, so that nothing can stand for them yet.
    """
    groups = {place.work_group_id for place in places}
    coming = Session.objects.coming(now).filter(work_group__in=groups).order_by("pk")
    sessions = list(coming.annotate(for_parts=Exists(Session.parts.through.objects.filter(session=OuterRef("pk")))))
    prefetch_related_objects([one for one in sessions if one.for_parts], "parts")
    wanted: dict[tuple[int, int], Place] = {}
    for place in places:
        if place.live and place.person_id and place.booking.status == Status.CONFIRMED:
            for session in sessions:
                if _is_expected(place, session):
                    wanted[session.pk, place.person_id] = place
    rows = Attendance.objects.filter(place__in=places).filter(
        Q(session__starts_at__gt=now) | Q(session__starts_at__isnull=True)
    )
    standing = {} if are_new else {(row.session_id, row.person_id): row for row in rows}
    gone = [row for pair, row in standing.items() if pair not in wanted or row.place_id != wanted[pair].pk]
    if gone:
        Attendance.objects.filter(pk__in=[row.pk for row in gone]).delete()
        _take_out(
            [(row.session_id, row.person_id) for row in gone if (row.session_id, row.person_id) not in wanted], now
        )
    kept = {pair for pair in standing if pair in wanted and standing[pair].place_id == wanted[pair].pk}
    fresh = {pair: place for pair, place in wanted.items() if pair not in kept}
    if fresh:
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
        _put_in(fresh, now, now)


def expect_leads(work_group: WorkGroup, *, now: datetime) -> None:
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
    _put_in(wanted, now, now)
    # Sessions that have lost their date leave calendars too, until they have one again.
    undated = Session.objects.planned().filter(work_group=work_group, starts_at__isnull=True)
    listed = [*sessions, *undated]
    _take_out([(s.pk, person) for s in listed for person in ever if (s.pk, person) not in wanted | attending], now)


def session_changed(session: Session, *, now: datetime) -> None:
    """Everybody who has this session in their calendar is told anew, after a moment for second thoughts."""
    CalendarEntry.objects.filter(session=session).wanted().update(
        sequence=F("sequence") + 1, changed_at=now, tell_after=tell_after(session, now)
    )


def session_called_off(session: Session, *, now: datetime) -> None:
    """Take the session out of every calendar; marks that were already made stay, empty expectations go."""
    Attendance.objects.filter(session=session).unmarked().delete()
    CalendarEntry.objects.filter(session=session).wanted().update(
        sequence=F("sequence") + 1, wanted=CANCEL, changed_at=now, tell_after=tell_after(session, now)
    )


def tell_after(session: Session, now: datetime) -> datetime:
    """When a change of this session may leave: soon, or at once when the session is near."""
    near = session.starts_at is not None and session.starts_at - now <= NEAR
    return now if near else now + HOLD


def _is_expected(place: Place, session: Session) -> bool:
    if place.session_id is not None:
        return place.session_id == session.pk
    parts = {part.pk for part in session.parts.all()} if session.for_parts else set()  # type: ignore[attr-defined]  # annotated
    return session.work_group_id == place.work_group_id and (not parts or place.part_id in parts)


def _put_in(pairs: Iterable[tuple[int, int]], now: datetime, tell_after: datetime) -> None:
    pairs = set(pairs)
    if not pairs:
        return
    entries = {
        (entry.session_id, entry.person_id): entry
        for entry in CalendarEntry.objects.filter(
            session__in={session for session, _ in pairs}, person__in={person for _, person in pairs}
        )
    }
    back = [entries[pair].pk for pair in pairs if pair in entries and entries[pair].wanted == CANCEL]
    if back:
        # SEQUENCE goes on from where it was, and an old answer was to another invitation (RFC 5546, 2.1.4).
        CalendarEntry.objects.filter(pk__in=back).update(
            sequence=F("sequence") + 1, wanted=REQUEST, answer="", changed_at=now, tell_after=tell_after
        )
    CalendarEntry.objects.bulk_create(
        CalendarEntry(
            session_id=session,
            person_id=person,
            uid=f"{uuid.uuid4()}@work-groups",
            changed_at=now,
            tell_after=tell_after,
        )
        for session, person in sorted(pairs - entries.keys())
    )


def _take_out(pairs: Iterable[tuple[int, int]], now: datetime) -> None:
    wrong = Q()
    for session, person in pairs:
        wrong |= Q(session=session, person=person)
    if wrong:
        CalendarEntry.objects.filter(wrong).wanted().update(
            sequence=F("sequence") + 1, wanted=CANCEL, changed_at=now, tell_after=now
        )
