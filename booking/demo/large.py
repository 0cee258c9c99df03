"""A large hub for measuring: as many schools, groups, people and attendance rows as one hub has in a real year, times N."""

import random
import uuid
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from accounts.models import Membership, Phase, School, SchoolURN, User
from accounts.schoolyear import school_year_of
from booking.demo.cast import moment
from booking.demo.year import next_school_day
from booking.models import (
    Attendance,
    Booking,
    CalendarEntry,
    Facilitation,
    Mark,
    Place,
    Project,
    ResearchTask,
    Session,
    Venue,
    WorkGroup,
)
from booking.models.places import Status

# One hub's real year.
SCHOOLS, GROUPS, SESSIONS, PEOPLE = 571, 60, 5, 1000
AUTHORITIES = ["855", "856", "857", "940"]
BATCH = 2000
# Who a benchmark logs in as.
BENCH_OFFICE, BENCH_FACILITATOR = "bench-office@hub.example", "bench-facilitator@hub.example"
BENCH_LEAD, BENCH_TEACHER = "bench-lead@school.example", "bench-teacher@school.example"

Thing = TypeVar("Thing", bound=Model)


def _store(things: list[Thing]) -> list[Thing]:
    return type(things[0])._default_manager.bulk_create(things, batch_size=BATCH) if things else []


class Large:
    """Builds the rows kind by kind, each in batches."""

    def __init__(self, scale: int) -> None:
        self.scale, self.now = scale, timezone.now()
        self.today: date = timezone.localdate()
        self.chance = random.Random(scale)  # noqa: S311  # figures, not secrets
        self.year = school_year_of(self.today)

    @transaction.atomic
    def build(self) -> str:
        self._schools()
        self._people()
        self._groups()
        self._bookings()
        return f"{len(self.schools)} schools, {len(self.groups)} work groups, {len(self.sessions)} sessions, {len(self.people)} people."

    def _schools(self) -> None:
        rows = []
        for number in range(SCHOOLS * self.scale):
            east, north = 430000 + self.chance.randrange(70000), 265000 + self.chance.randrange(58000)
            school = School(
                name=f"Measured School {number} (demo)",
                la_code=AUTHORITIES[number % 4],
                la_name=f"Authority {number % 4}",
                phase=Phase.SECONDARY if number % 6 == 0 else Phase.PRIMARY,
                kind="Academy converter",
                town=f"Town {number % 97}",
                postcode=f"LE{1 + number % 20} {number % 10}ZX",
                easting=east,
                northing=north,
                pupils=60 + number % 400,
            )
            school.set_search()
            rows.append(school)
        self.schools = _store(rows)
        _store([SchoolURN(school=school, urn=str(100000 + number)) for number, school in enumerate(self.schools)])
        hosts = self.schools[:: max(1, len(self.schools) // (40 * self.scale))]
        self.venues = _store(
            [
                Venue(
                    name=school.name,
                    school=school,
                    town=school.town,
                    postcode=school.postcode,
                    la_code=school.la_code,
                    easting=school.easting,
                    northing=school.northing,
                )
                for school in hosts
            ]
        )

    def _people(self) -> None:
        bench = [
            User(name="Bench Office", email=BENCH_OFFICE, hub_role=User.HubRole.STAFF),
            User(name="Bench Facilitator", email=BENCH_FACILITATOR),
            User(name="Bench Lead", email=BENCH_LEAD),
            User(name="Bench Teacher", email=BENCH_TEACHER),
        ]
        others = [
            User(name=f"Measured Person {number}", email=f"measured{number}@school.example")
            for number in range(PEOPLE * self.scale)
        ]
        for person in [*bench, *others]:
            person.password = "!"  # noqa: S105  # nobody logs in by it
        stored = _store([*bench, *others])
        self.office, self.facilitator, self.lead, self.teacher = stored[:4]
        self.people = stored[4:]
        _store([EmailAddress(user=person, email=person.email or "", verified=True, primary=True) for person in stored])
        home = self.schools[0]
        active = Membership.State.ACTIVE
        memberships = [
            Membership(school=home, person=self.lead, role=Membership.Role.LEAD, state=active),
            Membership(school=home, person=self.teacher, state=active),
        ]
        # Two people of a school, the first of whom books.
        for number, person in enumerate(self.people):
            role = Membership.Role.TEACHER if number % 2 else Membership.Role.LEAD
            school = self.schools[1 + number // 2 % (len(self.schools) - 1)]
            memberships.append(Membership(school=school, person=person, role=role, state=active))
        _store(memberships)

    def _days(self) -> Iterator[date]:
        """School days of the year, round and round."""
        days = []
        day = date(self.year, 9, 20)
        while day < date(self.year + 1, 7, 1):
            day = next_school_day(day + timedelta(days=1), AUTHORITIES)
            days.append(day)
        while True:
            yield from days

    def _groups(self) -> None:
        projects = _store([Project(title=f"Measured Project {number}", kind="local") for number in range(20)])
        rows = []
        for number in range(GROUPS * self.scale):
            archived = number % 5 == 4
            rows.append(
                WorkGroup(
                    project=projects[number % 20],
                    title=f"Measured Group {number:05d}",
                    slug=f"measured-group-{number}",
                    year=self.year - archived,
                    status=WorkGroup.Status.ARCHIVED if archived else WorkGroup.Status.PUBLISHED,
                    summary="Five afternoons across the year, with something to try in between each and the next.",
                    description="What we do, in **two** paragraphs.\n\nAnd why.",
                    audience="Two teachers from a school",
                    for_primary=True,
                    for_secondary=number % 6 == 0,
                    capacity=40,
                )
            )
        self.groups = _store(rows)
        leads = [self.facilitator if number < 3 else self.people[number % 50] for number in range(len(self.groups))]
        began = date(self.year - 1, 9, 1)
        _store(
            [
                Facilitation(work_group=group, person=lead, since=began)
                for group, lead in zip(self.groups, leads, strict=True)
            ]
        )
        sessions = []
        step = 38  # days between two sessions of a group
        for number, group in enumerate(self.groups):
            day = date(group.year, 9, 20) + timedelta(days=number % 30)
            for index in range(SESSIONS):
                on = next_school_day(day + timedelta(days=step * index), AUTHORITIES)
                sessions.append(self._session(group, index, on, number))
        self.sessions = _store(sessions)
        self.by_group: dict[int, list[Session]] = {}
        for session in self.sessions:
            self.by_group.setdefault(session.work_group_id, []).append(session)
        _store(
            [
                ResearchTask(session=session, title=f"Try {session.number}", body="One thing.")
                for session in self.sessions
            ]
        )
        entries = [
            self._entry(session, lead)
            for group, lead in zip(self.groups, leads, strict=True)
            for session in self.by_group[group.pk]
            if group.status == WorkGroup.Status.PUBLISHED and session.starts_at and session.starts_at > self.now
        ]
        _store(entries)

    def _session(self, group: WorkGroup, index: int, on: date, number: int) -> Session:
        online = (number + index) % 7 == 0
        return Session(
            work_group=group,
            number=index + 1,
            title=f"Session {index + 1}",
            starts_at=moment(on, time(13, 15)),
            ends_at=moment(on, time(15, 45)),
            mode=Session.Mode.ONLINE if online else Session.Mode.IN_PERSON,
            venue=None if online else self.venues[(number + index) % len(self.venues)],
        )

    def _entry(self, session: Session, person: User) -> CalendarEntry:
        return CalendarEntry(
            session=session,
            person=person,
            uid=f"{uuid.uuid4()}@work-groups",
            told_sequence=0,
            told_address=person.email or "",
        )

    def _bookings(self) -> None:
        """Eight schools and sixteen people to a group; the school of the bench lead is in the first three."""
        bookings, people = [], []
        pairs = len(self.people) // 2
        for number, group in enumerate(self.groups):
            for index in range(8):
                pair = (number * 8 + index) % pairs
                lead, other = self.people[2 * pair], self.people[2 * pair + 1]
                school = self.schools[1 + pair % (len(self.schools) - 1)]
                who: tuple[User, User] = (lead, other)
                if index == 0 and number < 3 and group.status == WorkGroup.Status.PUBLISHED:
                    school, who = self.schools[0], (self.lead, self.teacher)
                bookings.append(self._booking(group, school, who[0]))
                people.append(who)
            group.taken, group.taken_schools = 16, 8
        bookings = _store(bookings)
        WorkGroup.objects.bulk_update(self.groups, ["taken", "taken_schools"], batch_size=500)
        places = _store(
            [
                Place(booking=booking, person=person, work_group_id=booking.work_group_id)
                for booking, who in zip(bookings, people, strict=True)
                for person in who
            ]
        )
        self._attendance(places)

    def _booking(self, group: WorkGroup, school: School, by: User) -> Booking:
        made = datetime.combine(date(group.year, 7, 1), time(12), tzinfo=self.now.tzinfo)
        return Booking(
            work_group=group, school=school, status=Status.CONFIRMED, key=uuid.uuid4(), made_at=made, made_by=by
        )

    def _attendance(self, places: list[Place]) -> None:
        rows, entries = [], []
        for place in places:
            for session in self.by_group[place.work_group_id]:
                assert place.person is not None  # every place here has a name
                rows.append(
                    Attendance(session=session, person=place.person, place=place, school_id=place.booking.school_id)
                )
                if session.starts_at and session.starts_at > self.now:
                    entries.append(self._entry(session, place.person))
        rows = _store(rows)
        _store(entries)
        past = [row for row in rows if row.session.ends_at and row.session.ends_at < self.now]
        marks = _store(
            [
                Mark(attendance=row, what="absent" if index % 11 == 0 else "present", by=self.facilitator, at=self.now)
                for index, row in enumerate(past)
            ]
        )
        for row, mark in zip(past, marks, strict=True):
            row.standing_mark = mark
        Attendance.objects.bulk_update(past, ["standing_mark"], batch_size=500)
        Session.objects.filter(ends_at__lt=self.now).update(signed_at=self.now, signed_by=self.facilitator)
