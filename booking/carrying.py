"""Carrying a cohort on: who would be proposed, and what has become of what was asked. Plain questions of rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from accounts.colleagues import Named, show_as_typed
from accounts.models import Membership, School, User
from booking.models import Booking, Place, Proposal, SchoolRule, WorkGroup
from booking.models.places import Status


def bookings_to_carry_on(before: WorkGroup) -> list[Booking]:
    """What stands in the group before: of whom it can be asked whether they carry on. With places and people."""
    standing = before.bookings.filter(status=Status.CONFIRMED, session__isnull=True)
    return list(standing.select_related("school").prefetch_related("places__person").order_by("school__name", "pk"))


def people_of(booking: Booking) -> list[User]:
    """Who has a place in it now."""
    return [place.person for place in booking.places.all() if place.live and place.person and place.person.is_active]


def why_not_asked(work_group: WorkGroup, schools: Iterable[School]) -> dict[int, str]:
    """Of the schools that cannot be asked whether they carry on in this group, why: words that follow their name."""
    there = set(work_group.bookings.live().values_list("school", flat=True))
    asked = set(work_group.proposals.values_list("school", flat=True))
    barred = work_group.school_rules.filter(kind=SchoolRule.Kind.NOT).values_list("school", flat=True)
    kept_out = set(barred) if work_group.lists_schools else set()
    found = {}
    for school in schools:
        if school.pk in there:
            found[school.pk] = "has booked it already"
        elif school.pk in asked:
            found[school.pk] = "has been asked already"
        elif not school.is_open:
            found[school.pk] = "is closed"
        elif school.pk in kept_out:
            found[school.pk] = "is on its list as “Not this school”"
    return found


@dataclass(frozen=True)
class Proposed:
    """The people of a proposal as their school knows them: who still belongs to it, and who has left."""

    people: Sequence[User]
    gone: Sequence[User]

    def named(self, work_group: WorkGroup) -> list[Named]:
        """For a booking: the same people, with names to follow where the group asks for more from a school."""
        found: list[Named] = [person.pk for person in self.people]
        return found + [None] * max(0, work_group.people_from - len(found))


def proposed_in(proposal: Proposal) -> Proposed:
    people = list(User.objects.filter(pk__in=proposal.proposed.values("person")).order_by("name", "pk"))
    belong = Membership.objects.of_school(proposal.school).current().filter(person__in=people)
    here = set(belong.values_list("person", flat=True))
    show_as_typed(proposal.school_id, people)
    staying = [one for one in people if one.pk in here and one.is_active]
    return Proposed(staying, [one for one in people if one not in staying])


def booked_since(proposal: Proposal) -> Booking | None:
    """What the school has booked of it: what is live, else the last since it was asked."""
    booked = Proposal.objects.filter(pk=proposal.pk).with_booked().values("booked")  # type: ignore[misc]  # annotated
    return Booking.objects.filter(pk__in=booked).first()


def unanswered(now: datetime) -> list[Proposal]:
    """What waits for an answer while the group can still be booked, with what a mail about it says."""
    open_still = Q(work_group__closes_at__isnull=True) | Q(work_group__closes_at__gt=now)
    asked = Proposal.objects.open().filter(open_still, work_group__status=WorkGroup.Status.PUBLISHED)
    return list(asked.select_related("work_group", "school", "before__work_group").order_by("pk"))


def places_of(before: WorkGroup) -> set[tuple[int, int]]:
    """Each (booking, person) with a live place in what stands of a group."""
    live = Place.objects.live().named().filter(booking__work_group=before, booking__status=Status.CONFIRMED)
    return set(live.values_list("booking_id", "person_id"))
