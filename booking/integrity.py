"""The rules of booking and attendance, proved again over all rows: one sentence for each row that breaks one.

What a constraint can hold is proved by `accounts.integrity`; here stands what takes two tables, or the clock.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Count, Exists, F, FilteredRelation, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from accounts import integrity as accounts_integrity
from accounts.integrity import Rule
from accounts.models import Membership
from booking.allocation import has_room
from booking.files import files_are_on_the_disk
from booking.marking import standing_of
from booking.models import (
    Answer,
    Attendance,
    Booking,
    CalendarEntry,
    EligibilityRule,
    Facilitation,
    Mark,
    Need,
    OwnDays,
    Part,
    Place,
    Question,
    Reflection,
    SchoolHoliday,
    SchoolRule,
    Session,
    WorkGroup,
)
from booking.models.agreements import head_agreed
from booking.models.places import LIVE, TAKING, Status
from booking.offering import why_staff_decide
from booking.taking import locks_at
from booking.tallies import rounds_count_no_more_than_answered

# So long a free place may stand beside whoever waits.
SWEPT = timedelta(minutes=15)
_CANCELLED = Session.Status.CANCELLED


def violations(now: datetime | None = None) -> Iterator[str]:
    """Every row that breaks a rule, in a sentence that names it."""
    for rule in RULES:
        yield from rule(now or timezone.now())


# Places


def places_repeat_their_booking(now: datetime) -> Iterator[str]:
    """The copies that carry "one live place per person": work group, meeting, and whether it is live."""
    joined = Place.objects.select_related("booking").order_by("pk")
    for place in joined.exclude(work_group=F("booking__work_group")):
        group = place.booking.work_group_id
        yield f"Place {place.pk}: stands in work group {place.work_group_id}, its booking in {group}."
    meetings = joined.annotate(booked=Coalesce("booking__session", 0), copied=Coalesce("session", 0))
    for place in meetings.exclude(booked=F("copied")):
        yield f"Place {place.pk}: stands at meeting {place.session_id}, its booking at {place.booking.session_id}."
    live = Q(booking__status__in=LIVE, withdrawn_at__isnull=True)
    for place in joined.filter(live, live=False):
        yield f"Place {place.pk}: is not live, though its booking is and nobody withdrew it."
    for place in joined.filter(live=True).exclude(live):
        yield f"Place {place.pk}: is live, though it was withdrawn or its booking has ended."


def bookings_are_of_their_unit(now: datetime) -> Iterator[str]:
    """A series is booked as a whole, a network by the meeting; the meeting is one of the group's own."""
    bookings = Booking.objects.order_by("pk")
    network = Q(work_group__unit=WorkGroup.Unit.SESSION)
    for booking in bookings.live().filter(network, session__isnull=True):
        yield f"Booking {booking.pk}: names no meeting of its network."
    for booking in bookings.live().exclude(network).filter(session__isnull=False):
        yield f"Booking {booking.pk}: names one meeting of a series."
    for booking in bookings.filter(session__isnull=False).exclude(session__work_group=F("work_group")):
        yield f"Booking {booking.pk}: its meeting {booking.session_id} belongs to another work group."
    twice = Booking.objects.live().filter(session__isnull=False).order_by().values("session", "school")
    for row in twice.annotate(rows=Count("pk"), last=Max("pk")).filter(rows__gt=1):
        yield f"Booking {row['last']}: school {row['school']} has booked meeting {row['session']} already."


def live_bookings_have_places(now: datetime) -> Iterator[str]:
    for booking in Booking.objects.live().exclude(Exists(Place.objects.live().filter(booking=OuterRef("pk")))):
        yield f"Booking {booking.pk}: is {booking.get_status_display().lower()} and holds no place."


def held_bookings_wait_for_an_answer(now: datetime) -> Iterator[str]:
    """Held is until the hub has answered who booked, or the head what was asked; else nobody could ever confirm it."""
    asked = Membership.objects.requested().filter(school=OuterRef("school"), person=OuterRef("made_by"))
    waits = Q(Exists(asked)) | Q(~head_agreed(), work_group__head_agreement=WorkGroup.HeadAgreement.NEEDED)
    for booking in Booking.objects.held().exclude(waits).order_by("pk"):
        yield f"Booking {booking.pk}: is held, and waits for nobody's answer."


def transfers_follow_what_has_ended(now: datetime) -> Iterator[str]:
    """An ended booking never revives: a transfer is a new one that follows it."""
    for booking in Booking.objects.filter(follows__isnull=False).exclude(follows__status=Status.TRANSFERRED):
        yield f"Booking {booking.pk}: follows booking {booking.follows_id}, which was not transferred."


def work_groups_count_what_is_taken(now: datetime) -> Iterator[str]:
    """Live places, and schools, of offered, held and confirmed bookings are counted as taken; who waits as waiting."""
    places = _of_series(Place.objects.live().filter(booking__status__in=TAKING), Count("pk"))
    schools = _of_series(Booking.objects.taking(), Count("school", distinct=True))
    waiting = _of_series(Booking.objects.waiting(), Count("pk"))
    groups = WorkGroup.objects.annotate(
        people=Coalesce(places, 0), schools=Coalesce(schools, 0), queue=Coalesce(waiting, 0)
    )
    for group in groups.exclude(taken=F("people"), taken_schools=F("schools")).order_by("pk"):
        yield (
            f"Work group {group.pk}: counts {group.taken} places of {group.taken_schools} schools as taken, "
            f"and {group.people} of {group.schools} are."
        )
    for group in groups.exclude(waiting=F("queue")).order_by("pk"):
        yield f"Work group {group.pk}: counts {group.waiting} bookings as waiting, and {group.queue} are."
    given = WorkGroup.objects.annotate(given=Max("bookings__turn")).filter(given__gt=F("last_turn")).order_by("pk")
    for pk, turn, last in given.values_list("pk", "given", "last_turn"):
        yield f"Work group {pk}: gave turn {turn}, and would give {last + 1} next."


def meetings_count_what_is_taken(now: datetime) -> Iterator[str]:
    live = Place.objects.live().filter(booking__status__in=TAKING, session=OuterRef("pk")).order_by()
    counted = Subquery(live.values("session").annotate(number=Count("pk")).values("number"))
    waiting = Booking.objects.waiting().filter(session=OuterRef("pk")).order_by()
    queue = Subquery(waiting.values("session").annotate(number=Count("pk")).values("number"))
    meetings = Session.objects.annotate(people=Coalesce(counted, 0), queue=Coalesce(queue, 0)).order_by("pk")
    for session in meetings.exclude(taken=F("people")):
        yield f"Session {session.pk}: counts {session.taken} places as taken, and {session.people} are."
    for session in meetings.exclude(waiting=F("queue")):
        yield f"Session {session.pk}: counts {session.waiting} bookings as waiting, and {session.queue} are."


def nobody_waits_beside_free_places(now: datetime) -> Iterator[str]:
    """A free place goes first to whoever waits: nobody who would fit is left in the line, but where the hub decides."""
    waiting = Booking.objects.waiting().filter(work_group__status=WorkGroup.Status.PUBLISHED)
    people = Count("places", Q(places__live=True))
    lines = defaultdict(list)
    for one in waiting.select_related("work_group", "session").annotate(people=people):
        lines[one.work_group_id, one.session_id].append(one)
    for line in lines.values():
        group, session = line[0].work_group, line[0].session
        # What time alone has made free is offered by the next sweep.
        if why_staff_decide(group, session, now) or why_staff_decide(group, session, now - SWEPT):
            continue
        free = [one for one in line if not one.held_back]
        for one in free if group.smaller_may_pass else free[:1]:
            if has_room(group, session, one.people):
                yield f"Booking {one.pk}: waits for {one.people} places that are free."


def groups_know_what_they_have(now: datetime) -> Iterator[str]:
    """The flags that spare a booking the question whether its group has parts, rules or questions."""
    asked = Question.objects.asked().filter(project=OuterRef("project"))
    kept = {
        "has_parts": ("parts", Exists(Part.objects.filter(work_group=OuterRef("pk")))),
        "has_rules": ("rules", Exists(EligibilityRule.objects.filter(work_group=OuterRef("pk")))),
        "has_questions": ("questions", Exists(asked)),
        "lists_schools": ("a list of schools", Exists(SchoolRule.objects.filter(work_group=OuterRef("pk")))),
    }
    for flag, (what, has) in kept.items():
        for group in WorkGroup.objects.annotate(has=has).exclude(**{flag: F("has")}).order_by("pk"):
            yield f"Work group {group.pk}: does not know that it has {'' if group.has else 'no '}{what}."


def answers_are_of_their_booking(now: datetime) -> Iterator[str]:
    """What was answered about somebody stands at the booking in which they have, or had, their place."""
    for answer in Answer.objects.exclude(place__booking=F("booking")).filter(place__isnull=False).order_by("pk"):
        yield f"Answer {answer.pk}: is kept with booking {answer.booking_id}, and its place is in another."


def parts_are_of_the_same_group(now: datetime) -> Iterator[str]:
    for place in Place.objects.filter(part__isnull=False).exclude(part__work_group=F("work_group")).order_by("pk"):
        yield f"Place {place.pk}: its part belongs to another work group."
    expected = Session.parts.through.objects.exclude(part__work_group=F("session__work_group")).order_by("pk")
    for row in expected.values("session", "part"):
        yield f"Session {row['session']}: expects part {row['part']} of another work group."


def needs_are_of_who_has_the_place(now: datetime) -> Iterator[str]:
    """What one person said of their health is never read as another's."""
    named = Need.objects.filter(place__live=True, place__person__isnull=False).select_related("place")
    for need in named.exclude(place__person=F("person")).order_by("pk"):
        yield f"Need {need.pk}: was said by person {need.person_id}, and its place is person {need.place.person_id}'s."


# Sessions and those who lead them


def sessions_are_numbered_in_order(now: datetime) -> Iterator[str]:
    """Numbers follow the start; what has no date yet comes after."""
    ordered = Session.objects.order_by("work_group", F("starts_at").asc(nulls_last=True), "pk")
    for before, after in pairwise(ordered.values_list("work_group", "number", "pk").iterator()):
        if before[0] == after[0] and before[1] >= after[1]:
            yield f"Session {after[2]}: is number {after[1]} of its group, and comes after number {before[1]}."


def holidays_of_an_authority_do_not_overlap(now: datetime) -> Iterator[str]:
    ordered = SchoolHoliday.objects.order_by("la_code", "first_on", "pk")
    for before, after in pairwise(ordered):
        if before.la_code == after.la_code and after.first_on <= before.last_on:
            yield f"School holiday {after.pk}: begins while holiday {before.pk} of the same authority lasts."


def own_days_of_a_school_do_not_overlap(now: datetime) -> Iterator[str]:
    for before, after in pairwise(OwnDays.objects.order_by("school", "first_on", "pk")):
        if before.school_id == after.school_id and after.first_on <= before.last_on:
            yield f"Own days {after.pk}: begin while own days {before.pk} of the same school last."


def groups_run_beside_the_first_of_them(now: datetime) -> Iterator[str]:
    """Those that run side by side all point to one of them, which points to none."""
    for group in WorkGroup.objects.filter(parallel_to__parallel_to__isnull=False).order_by("pk"):
        yield f"Work group {group.pk}: runs beside group {group.parallel_to_id}, which itself runs beside another."


def signed_registers_are_whole_and_stand(now: datetime) -> Iterator[str]:
    """Everybody on a signed register is marked, or to be decided on; what was changed after it locked says why."""
    unmarked = Attendance.objects.unmarked().filter(session__signed_at__isnull=False).order_by("pk")
    for row in unmarked:
        yield f"Attendance {row.pk}: has no mark, though the register of session {row.session_id} is signed."
    late = Mark.objects.filter(amendment="", received_at__gt=F("attendance__session__signed_at")).order_by("pk")
    for mark in late.select_related("attendance__session__venue"):
        locks = locks_at(mark.attendance.session)
        if locks is not None and mark.received_at > locks:
            yield f"Mark {mark.pk}: changed a locked register and gives no reason."


def facilitations_do_not_overlap(now: datetime) -> Iterator[str]:
    """A person has one part in leading a group on any day."""
    before = Facilitation.objects.filter(
        Q(until__isnull=True) | Q(until__gt=OuterRef("since")),
        work_group=OuterRef("work_group"),
        person=OuterRef("person"),
    ).filter(Q(since__lt=OuterRef("since")) | Q(since=OuterRef("since"), pk__lt=OuterRef("pk")))
    for part in Facilitation.objects.filter(Exists(before)).order_by("pk"):
        yield f"Facilitation {part.pk}: begins before an earlier part of the same person in the group has ended."


# Who is expected, and who came


def everybody_with_a_place_is_expected(now: datetime) -> Iterator[str]:
    """A row of attendance for each live, named place of a confirmed booking at each coming session it is for."""
    for place, session in _expected(now).filter(~Exists(_rows_of_the_place())).values_list("pk", "coming"):
        yield f"Place {place}: its person is not expected at session {session}."


def nobody_else_is_expected(now: datetime) -> Iterator[str]:
    """A coming session expects nobody whose place is gone, unless they were marked or stand in for somebody."""
    rows = Attendance.objects.unmarked().filter(marks__isnull=True, place__isnull=False).order_by("pk")
    dated = rows.filter(session__starts_at__gt=now, session__status=Session.Status.PLANNED)
    right = _expected(now).filter(pk=OuterRef("place"), person=OuterRef("person"), coming=OuterRef("session"))
    stands_in = Attendance.objects.filter(
        place=OuterRef("place"), session=OuterRef("session"), standing_mark__what=Mark.What.SUBSTITUTE
    ).exclude(person=OuterRef("person"))
    for row in dated.filter(~Exists(right), ~Exists(stands_in)):
        yield f"Attendance {row.pk}: session {row.session_id} expects somebody who has no place there."
    off = Q(session__status=_CANCELLED) | Q(session__starts_at__isnull=True)
    for row in rows.filter(off):
        yield f"Attendance {row.pk}: session {row.session_id} expects somebody, and is cancelled or has no date."


def attendance_is_of_its_place(now: datetime) -> Iterator[str]:
    """Who comes by right of a place comes to that group, and counts for the school that booked it."""
    placed = Attendance.objects.filter(place__isnull=False).order_by("pk")
    for row in placed.exclude(place__work_group=F("session__work_group")):
        yield f"Attendance {row.pk}: its place {row.place_id} is in another work group."
    for row in placed.filter(place__session__isnull=False).exclude(place__session=F("session")):
        yield f"Attendance {row.pk}: its place {row.place_id} is at another meeting."
    for row in placed.filter(Q(school__isnull=True) | ~Q(school=F("place__booking__school"))):
        yield f"Attendance {row.pk}: does not count for the school that booked place {row.place_id}."
    for row in Attendance.objects.filter(credited_to=F("session")).order_by("pk"):
        yield f"Attendance {row.pk}: is credited to the session it stands at."


def marks_stand_where_they_were_made(now: datetime) -> Iterator[str]:
    """The mark that stands is one of the row's own; a mark replaces, or is settled by, one of the same row."""
    rows = Attendance.objects.filter(standing_mark__isnull=False).order_by("pk")
    for row in rows.exclude(standing_mark__attendance=F("pk")):
        yield f"Attendance {row.pk}: mark {row.standing_mark_id} stands for it, and was made on another row."
    replacing = Mark.objects.filter(replaces__isnull=False).order_by("pk")
    for mark in replacing.exclude(replaces__attendance=F("attendance")):
        yield f"Mark {mark.pk}: replaces mark {mark.replaces_id} of another row."
    for mark in Mark.objects.exclude(settled_by=None).exclude(settled_by__attendance=F("attendance")).order_by("pk"):
        yield f"Mark {mark.pk}: is settled by mark {mark.settled_by_id} of another row."
    for mark in replacing.filter(replaces__gte=F("pk")):
        yield f"Mark {mark.pk}: replaces mark {mark.replaces_id}, which is not older."


def what_stands_follows_from_the_marks(now: datetime) -> Iterator[str]:
    """Whichever came first: the same marks of a row make the same mark stand, or the same conflict."""
    rows = Attendance.objects.order_by("pk").prefetch_related("marks")
    for row in rows.iterator(chunk_size=1000):
        stands, contested = standing_of(row.marks.all())
        if (row.standing_mark_id, row.contested) != (stands.pk if stands else None, contested):
            yield f"Attendance {row.pk}: what stands for it does not follow from its marks."


def reflections_are_by_people_of_the_group(now: datetime) -> Iterator[str]:
    rows = Attendance.objects.filter(person=OuterRef("person")).filter(
        Q(session__work_group=OuterRef("task__session__work_group"))
        | Q(credited_to__work_group=OuterRef("task__session__work_group"))
    )
    for reflection in Reflection.objects.filter(~Exists(rows)).order_by("pk"):
        yield f"Reflection {reflection.pk}: its writer was never expected in the group."


# What stands in calendars


def calendars_hold_what_is_expected(now: datetime) -> Iterator[str]:
    """An entry is wanted for each who is expected at a coming session or leads it, and for nobody else."""
    coming = Attendance.objects.filter(session__starts_at__gt=now, session__status=Session.Status.PLANNED)
    wanted = CalendarEntry.objects.wanted()
    theirs = wanted.filter(person=OuterRef("person"), session=OuterRef("session"))
    lent = Q(standing_mark__what=Mark.What.SUBSTITUTE)
    for row in (
        coming.exclude(lent)
        .filter(~Exists(theirs))
        .filter(Q(place__isnull=False) | Q(credited_to__isnull=False))
        .order_by("pk")
    ):
        yield f"Attendance {row.pk}: session {row.session_id} is not in the calendar of person {row.person_id}."
    for person, session in (
        _leading(now)
        .filter(~Exists(wanted.filter(person=OuterRef("person"), session=OuterRef("coming"))))
        .values_list("person", "coming")
    ):
        yield f"Session {session}: is not in the calendar of person {person}, who leads it."
    expected = Attendance.objects.exclude(lent).filter(person=OuterRef("person"), session=OuterRef("session"))
    leads = _leading(now).filter(person=OuterRef("person"), coming=OuterRef("session"))
    for entry in wanted.filter(session__starts_at__gt=now).filter(~Exists(expected), ~Exists(leads)).order_by("pk"):
        yield f"Calendar entry {entry.pk}: holds a session where its person is neither expected nor leading."
    off = Q(session__starts_at__gt=now, session__status=_CANCELLED) | Q(session__starts_at__isnull=True)
    for entry in wanted.filter(off).order_by("pk"):
        yield f"Calendar entry {entry.pk}: holds a session that is cancelled or has no date."


def _of_series(rows: QuerySet[Place] | QuerySet[Booking], number: Count) -> Subquery:
    """How many of these rows are of the work group outside, meetings apart."""
    counted = rows.filter(work_group=OuterRef("pk"), session__isnull=True).order_by().values("work_group")
    return Subquery(counted.annotate(number=number).values("number"))


def _expected(now: datetime) -> QuerySet[Any]:
    """Places, once for each coming session (`coming`) their person is expected at."""
    coming = Q(work_group__sessions__starts_at__gt=now, work_group__sessions__status=Session.Status.PLANNED)
    parts = Session.parts.through.objects.filter(session=OuterRef("coming"))
    return (
        Place.objects.live()
        .named()
        .filter(booking__status=Status.CONFIRMED)
        .annotate(meets=FilteredRelation("work_group__sessions", condition=coming), coming=F("meets__pk"))
        .filter(Q(session__isnull=True) | Q(session=F("coming")), coming__isnull=False)
        .filter(~Exists(parts) | Exists(parts.filter(part=OuterRef("part"))))
        .order_by("pk")
    )


def _rows_of_the_place() -> QuerySet[Attendance]:
    return Attendance.objects.filter(session=OuterRef("coming"), person=OuterRef("person"), place=OuterRef("pk"))


def _leading(now: datetime) -> QuerySet[Any]:
    """Parts in leading published groups, once for each coming session (`coming`) on a day of the part."""
    coming = Q(work_group__sessions__starts_at__gt=now, work_group__sessions__status=Session.Status.PLANNED)
    return (
        Facilitation.objects.filter(work_group__status=WorkGroup.Status.PUBLISHED)
        .annotate(meets=FilteredRelation("work_group__sessions", condition=coming), coming=F("meets__pk"))
        .annotate(day=TruncDate("meets__starts_at"))
        .filter(Q(until__isnull=True) | Q(until__gte=F("day")), since__lte=F("day"), coming__isnull=False)
        .order_by("pk")
    )


RULES: list[Rule] = [
    *accounts_integrity.RULES,
    places_repeat_their_booking,
    bookings_are_of_their_unit,
    live_bookings_have_places,
    held_bookings_wait_for_an_answer,
    transfers_follow_what_has_ended,
    work_groups_count_what_is_taken,
    meetings_count_what_is_taken,
    nobody_waits_beside_free_places,
    groups_know_what_they_have,
    answers_are_of_their_booking,
    parts_are_of_the_same_group,
    needs_are_of_who_has_the_place,
    sessions_are_numbered_in_order,
    holidays_of_an_authority_do_not_overlap,
    own_days_of_a_school_do_not_overlap,
    groups_run_beside_the_first_of_them,
    signed_registers_are_whole_and_stand,
    facilitations_do_not_overlap,
    everybody_with_a_place_is_expected,
    nobody_else_is_expected,
    attendance_is_of_its_place,
    marks_stand_where_they_were_made,
    what_stands_follows_from_the_marks,
    reflections_are_by_people_of_the_group,
    files_are_on_the_disk,
    rounds_count_no_more_than_answered,
    calendars_hold_what_is_expected,
]
