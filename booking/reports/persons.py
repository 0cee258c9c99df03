"""One person as the office sees them: where they belong, what they have, what was told; and two who may be one."""

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.db.models import QuerySet
from django.utils import timezone

from accounts.acts import Act, acts_about
from accounts.models import Membership, School, User
from booking.models import Attendance, Certificate, Facilitation, Place, Session, WorkGroup


@dataclass
class Person:
    """What stands on the office's page of a person."""

    person: User
    memberships: list[Membership]
    places: list[Place]
    leads: list[Facilitation]
    certificates: list[Certificate]
    attended: int
    addresses: list[str]
    history: list[Act]


def file_of(person: User) -> Person:
    places = Place.objects.filter(person=person).select_related("booking__school", "work_group", "session")
    return Person(
        person=person,
        memberships=list(person.memberships.select_related("school").order_by("ended_at", "-started_at")),
        places=list(places.order_by("-live", "-pk")[:60]),
        leads=list(person.facilitations.select_related("work_group").order_by("-since")),
        certificates=list(Certificate.objects.of_person(person).select_related("work_group").order_by("-pk")),
        attended=_attended(person),
        addresses=list(EmailAddress.objects.filter(user=person).order_by("email").values_list("email", flat=True)),
        history=acts_about(person, WorkGroup, School),
    )


@dataclass
class Merging:
    """What becomes of two accounts of one person, in numbers and names, before anybody presses anything."""

    memberships: list[Membership]
    at_both: list[str]
    places: int
    second_places: list[Place]
    attended: int
    twice_at: list[Session]
    addresses: list[str]


def merging(keep: User, gone: User) -> Merging:
    mine = set(keep.memberships.current().values_list("school", flat=True))
    theirs = list(gone.memberships.current().select_related("school"))
    live = Place.objects.live().filter(person=gone).select_related("work_group", "booking__school")
    kept = set(Place.objects.live().filter(person=keep).values_list("work_group", "session"))
    both = Attendance.objects.filter(person=keep).values("session")
    return Merging(
        memberships=theirs,
        at_both=[str(one.school) for one in theirs if one.school_id in mine],
        places=live.count(),
        second_places=[place for place in live if (place.work_group_id, place.session_id) in kept],
        attended=_attended(gone),
        twice_at=list(_sessions_of(gone).filter(pk__in=both)),
        addresses=[gone.email] if gone.email else [],
    )


def _sessions_of(person: User) -> QuerySet[Session]:
    return Session.objects.filter(attendances__person=person).select_related("work_group")


def _attended(person: User) -> int:
    past = Attendance.objects.of_person(person).filter(session__starts_at__lte=timezone.now())
    return past.filter(standing_mark__isnull=False).count()
