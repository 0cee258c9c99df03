"""Whom a letter to a group reaches: each person alone, at their own address or through who books for their school."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from accounts.models import Membership, School, User
from booking.models import Attendance, Place, Session, WorkGroup
from booking.models.attendance import CAME
from booking.models.places import Status
from notifications.models import Letter

Audience = Letter.Audience
# A person, and the school by which they can be reached.
Meant = tuple[User, int | None]


@dataclass(frozen=True)
class Whom:
    """To whom a letter goes: everybody, who came to one session or did not, who books, or one school."""

    audience: str
    session: Session | None = None
    school: School | None = None

    @property
    def words(self) -> str:
        return Letter(audience=self.audience, session=self.session, school=self.school).to_words


@dataclass(frozen=True)
class Copy:
    """One mail: for `person`, to the address of `to`, who is somebody else where the person has no address."""

    person: User
    to: User

    @property
    def is_own(self) -> bool:
        return self.person.pk == self.to.pk


@dataclass(frozen=True)
class Readers:
    """The mails, and who gets none: people on leave, and people whom nobody can be written to for."""

    copies: Sequence[Copy]
    away: int
    unreached: Sequence[User]

    @property
    def people(self) -> int:
        return len({copy.person.pk for copy in self.copies})

    @property
    def through_school(self) -> Sequence[User]:
        """Who has no address: their mail goes to who books for their school."""
        return list({copy.person.pk: copy.person for copy in self.copies if not copy.is_own}.values())


def readers_of(work_group: WorkGroup, whom: Whom, today: date) -> Readers:
    """A constant number of queries. Nobody is written to twice, were they a lead and taking part."""
    meant = {person.pk: (person, school) for person, school in reversed([*_meant(work_group, whom)])}
    people = [one for one in reversed(meant.values()) if one[0].is_active]
    here = [(person, school) for person, school in people if not person.is_away(today)]
    leads = _leads({school for person, school in here if school and not person.email}, today)
    copies, unreached = list[Copy](), list[User]()
    for person, school in here:
        to = [person] if person.email else leads.get(school or 0, [])
        copies += [Copy(person, one) for one in to]
        if not to:
            unreached.append(person)
    return Readers(copies, len(people) - len(here), unreached)


def audiences_of(work_group: WorkGroup) -> tuple[list[Session], list[School]]:
    """The sessions with a register, newest first, and the schools that have a place."""
    marked = Session.objects.filter(work_group=work_group, attendances__standing_mark__isnull=False)
    schools = School.objects.filter(bookings__work_group=work_group, bookings__status=Status.CONFIRMED)
    return list(marked.distinct().order_by("-number", "-pk")), list(schools.distinct().order_by("name", "pk"))


def _meant(work_group: WorkGroup, whom: Whom) -> Iterable[Meant]:
    places = Place.objects.live().named().filter(work_group=work_group, booking__status=Status.CONFIRMED)
    match whom.audience:
        case Audience.EVERYONE:
            return _placed(places)
        case Audience.SCHOOL:
            school = whom.school.pk if whom.school else 0
            return [*_placed(places.filter(booking__school=school)), *_booking({school})]
        case Audience.LEADS:
            schools = work_group.bookings.confirmed().values_list("school", flat=True)
            return _booking(set(schools))
        case _:
            # Who is not marked is in neither: nobody knows yet.
            rows = Attendance.objects.filter(session=whom.session, standing_mark__isnull=False)
            came = {"standing_mark__what__in": CAME}
            rows = rows.filter(**came) if whom.audience == Audience.CAME else rows.exclude(**came)
            return [(row.person, row.school_id) for row in rows.select_related("person")]


def _placed(places: QuerySet[Place]) -> list[Meant]:
    rows = places.select_related("person", "booking").order_by("booking__school__name", "person__name", "pk")
    return [(place.person, place.booking.school_id) for place in rows if place.person]


def _booking(schools: set[int]) -> list[Meant]:
    """Who books for these schools, with the school."""
    leads = Membership.objects.active().leads().filter(school__in=schools).select_related("person")
    return [(one.person, one.school_id) for one in leads.order_by("school__name", "person__name", "pk")]


def _leads(schools: set[int], today: date) -> dict[int, list[User]]:
    found: dict[int, list[User]] = defaultdict(list)
    for lead, school in _booking(schools) if schools else []:
        if lead.email and lead.is_active and not lead.is_away(today) and school:
            found[school].append(lead)
    return found
