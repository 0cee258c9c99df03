"""Carrying a cohort on, as the office sees it: whom to ask, and what the schools have answered."""

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Exists, OuterRef

from accounts.models import User
from booking.carrying import bookings_to_carry_on, people_of
from booking.models import Attendance, Booking, Proposal, Session, WorkGroup
from booking.models.attendance import CAME
from booking.models.places import LIVE, Status

# So many groups can be chosen from.
MOST = 200


@dataclass
class Candidate:
    """A booking of the group before: its people with the sessions they came to, and what stands against asking."""

    booking: Booking
    people: list[tuple[User, int]] = field(default_factory=list)
    against: str = ""


@dataclass
class Answer:
    """What a school was asked, and its answer in words; with the booking that it has made of it."""

    proposal: Proposal
    people: list[User]
    state: str
    booking: Booking | None = None

    @property
    def is_open(self) -> bool:
        return self.booking is None and self.proposal.declined_at is None


def groups_before(work_group: WorkGroup) -> list[WorkGroup]:
    """From which groups schools could come: of this year and the one before, its own project's first."""
    standing = Booking.objects.filter(work_group=OuterRef("pk"), status=Status.CONFIRMED, session__isnull=True)
    groups = WorkGroup.objects.filter(
        Exists(standing), year__in=[work_group.year - 1, work_group.year], unit=WorkGroup.Unit.SERIES
    ).exclude(pk=work_group.pk)
    found = list(groups.order_by("year", "title", "pk")[:MOST])
    return sorted(found, key=lambda one: one.project_id != work_group.project_id)


def candidates(work_group: WorkGroup, before: WorkGroup) -> list[Candidate]:
    """Everybody who could be asked, by school, with how often they came. A constant number of queries."""
    came = Attendance.objects.filter(place__booking__work_group=before, standing_mark__what__in=CAME)
    rows = came.values_list("place__booking", "person").annotate(count=Count("pk")).order_by()
    counted = {(booking, person): count for booking, person, count in rows}
    asked = set(work_group.proposals.values_list("school", flat=True))
    there = set(Booking.objects.live().filter(work_group=work_group).values_list("school", flat=True))
    found = []
    for booking in bookings_to_carry_on(before):
        one = Candidate(booking, [(person, counted.get((booking.pk, person.pk), 0)) for person in people_of(booking)])
        if booking.school_id in there:
            one.against = "has booked it already"
        elif booking.school_id in asked:
            one.against = "has been asked"
        elif not booking.school.is_open:
            one.against = "is closed"
        found.append(one)
    return found


def held_sessions(before: WorkGroup) -> int:
    """How many sessions of the group before have a signed register."""
    return Session.objects.planned().filter(work_group=before, signed_at__isnull=False).count()


def answers(work_group: WorkGroup, today: date) -> list[Answer]:
    """Every school that was asked, those that have not answered first."""
    proposals = list(
        work_group.proposals.select_related("school", "declined_by", "before__work_group")
        .prefetch_related("proposed__person")
        .order_by("school__name", "pk")
    )
    schools = [one.school_id for one in proposals]
    bookings: dict[int, Booking] = {}
    made = Booking.objects.filter(work_group=work_group, school__in=schools).order_by("pk")
    for booking in made.select_related("school", "work_group"):
        before = bookings.get(booking.school_id)
        if before is None or before.status not in LIVE:
            bookings[booking.school_id] = booking
    found = [_answer(one, bookings.get(one.school_id), today) for one in proposals]
    return sorted(found, key=lambda one: not one.is_open)


def _answer(proposal: Proposal, booking: Booking | None, today: date) -> Answer:
    if booking is not None and booking.status not in LIVE and booking.made_at < proposal.made_at:
        booking = None  # of before it was asked: no answer
    people = [one.person for one in proposal.proposed.all()]
    if booking is not None:
        return Answer(proposal, people, f"Yes: {booking.status_words}", booking)
    if proposal.declined_at:
        return Answer(proposal, people, "Not this year")
    return Answer(proposal, people, "No answer, and the day is over" if today > proposal.due_on else "No answer yet")
