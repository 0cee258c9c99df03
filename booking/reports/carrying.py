"""Carrying a cohort on, as the office sees it: whom to ask, and what the schools have answered."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef

from accounts.models import User
from booking.carrying import bookings_to_carry_on, people_of, why_not_asked
from booking.models import Attendance, Booking, Proposal, Session, WorkGroup
from booking.models.places import Status

# So many groups can be chosen from.
MOST = 200


@dataclass
class Candidate:
    """A booking of the group before: its people with the sessions they came to, and what stands against asking."""

    booking: Booking
    people: list[tuple[User, int]]
    against: str


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
    came = Attendance.objects.came().filter(place__booking__work_group=before)
    rows = came.values_list("place__booking", "person").annotate(count=Count("pk")).order_by()
    counted = {(booking, person): count for booking, person, count in rows}
    bookings = bookings_to_carry_on(before)
    against = why_not_asked(work_group, [one.school for one in bookings])
    return [
        Candidate(
            booking,
            [(person, counted.get((booking.pk, person.pk), 0)) for person in people_of(booking)],
            against.get(booking.school_id, ""),
        )
        for booking in bookings
    ]


def held_sessions(before: WorkGroup) -> int:
    """How many sessions of the group before have a signed register."""
    return Session.objects.planned().filter(work_group=before, signed_at__isnull=False).count()


def answers(work_group: WorkGroup, today: date) -> list[Answer]:
    """Every school that was asked, those that have not answered first."""
    proposals = list(
        work_group.proposals.with_booked()
        .select_related("school", "declined_by", "before__work_group")
        .prefetch_related("proposed__person")
        .order_by("school__name", "pk")
    )
    made = Booking.objects.select_related("school", "work_group")
    bookings = made.in_bulk([one.booked for one in proposals if one.booked])
    found = [_answer(one, bookings.get(one.booked or 0), today) for one in proposals]
    return sorted(found, key=lambda one: not one.is_open)


def _answer(proposal: Proposal, booking: Booking | None, today: date) -> Answer:
    people = [one.person for one in proposal.proposed.all()]
    if booking is not None:
        return Answer(proposal, people, f"Yes: {booking.status_words}", booking)
    if proposal.declined_at:
        return Answer(proposal, people, "Not this year")
    return Answer(proposal, people, "No answer, and the day is over" if today > proposal.due_on else "No answer yet")
