"""A person's own sessions and hours, and a school's bookings."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Case, Count, Exists, F, Max, OuterRef, Prefetch, Q, QuerySet, Sum, When
from django.utils import timezone

from accounts.colleagues import show_as_typed
from accounts.models import HistoryLine, Membership, School, User
from accounts.schoolyear import school_year_of
from booking import evaluation
from booking.expectations import is_lent
from booking.models import (
    Answer,
    Attachment,
    Attendance,
    Booking,
    CalendarEntry,
    Mark,
    Place,
    Proposal,
    Question,
    Session,
    WorkGroup,
)
from booking.models.places import Status
from booking.models.questions import Lacks
from booking.naming import Unnamed, unnamed
from booking.prepared import Prepared
from booking.reports.paging import PageOf, page_of
from booking.reports.tried import ToTry, to_try

# What a line about a session says; a group has forty columns, and most of them are for its own page.
_SESSION = ("number", "title", "starts_at", "ends_at", "when_words", "mode", "status", "notice", "link", "bring")
_RULE = ("completion_rule", "completion_number", "completion_tasks", "has_parts", "year")
_OF_GROUP = ("title", "slug", "bring", "unit", "uses_tasks", *_RULE)
_SEEN = (
    "place",
    "person",
    "school",
    "credited_to",
    *(f"session__{name}" for name in (*_SESSION, "joining_notes")),
    *(f"session__work_group__{name}" for name in _OF_GROUP),
    *(
        f"session__venue__{name}"
        for name in ("name", "street", "town", "postcode", "room", "arrival", "parking", "access")
    ),
    "standing_mark__what",
    "standing_mark__minutes",
    "standing_mark__reason",
    "standing_mark__attendance",
)
_BOOKING = (
    "school",
    "status",
    "offer_ends_at",
    "work_group__title",
    "work_group__year",
    "work_group__unit",
    "work_group__recruitment",
    "work_group__project__kind",
    "session__starts_at",
)
# A school's page shows as many bookings as fit in a head; older ones are a page away.
BOOKINGS_PAGE = 20


@dataclass
class MySession:
    """A session in one person's year."""

    attendance: Attendance
    session: Session
    entry: CalendarEntry | None
    state: str

    @property
    def answer(self) -> str:
        return self.entry.answer if self.entry else ""

    @property
    def is_sent(self) -> bool:
        """Does somebody else go in their place?"""
        mark = self.attendance.standing_mark
        return mark is not None and mark.what == Mark.What.SUBSTITUTE

    @property
    def has_apologies(self) -> bool:
        """Have they, or has somebody for them, said that they cannot come?"""
        mark = self.attendance.standing_mark
        return mark is not None and mark.what == Mark.What.APOLOGIES

    @property
    def has_more(self) -> bool:
        """Is there something to read about it: what lies beside it, or what was tried after it?"""
        return bool(getattr(self.attendance, "has_materials", False)) or self.session.work_group.uses_tasks

    @property
    def why(self) -> str:
        """Why they cannot come, as they or their school said: for themselves to read."""
        mark = self.attendance.standing_mark
        return mark.reason if mark is not None and mark.what == Mark.What.APOLOGIES else ""

    @property
    def is_missed(self) -> bool:
        """A session of their own that they missed: may be to be caught up with."""
        mark, row = self.attendance.standing_mark, self.attendance
        return row.place_id is not None and mark is not None and mark.what in (Mark.What.APOLOGIES, Mark.What.ABSENT)


@dataclass
class MyYear:
    """Everything on a person's own page."""

    next: MySession | None
    # What they were to come to within a day, and what has been called off.
    called_off: list[Session]
    # What to try in class, the one thing to do next first; of groups whose next session is far away, too.
    tries: list[ToTry]
    coming: list[MySession]
    past: list[MySession]
    # Those that they can complete.
    groups: list[WorkGroup]
    # Live places with sessions to come, for which we can arrange something.
    places: list[Place]
    # Those of them about which we ask something that nobody has answered.
    asked: list[Place]

    @property
    def sharing(self) -> list[WorkGroup]:
        """Their groups with something to come: of them they see what each keeps of its sessions."""
        return list({one.session.work_group_id: one.session.work_group for one in self.coming if one.has_more}.values())


def my_year(person: User, *, now: datetime | None = None, with_called_off: bool = True) -> MyYear:
    """A person's sessions, past and to come, with the one task to try before the next.

    `with_called_off`: also what was to be today; whoever comes to none is not asked about otherwise.
    """
    now = now or timezone.now()
    rows = list(
        Attendance.objects.of_person(person)
        .select_related("session__work_group", "session__venue", "standing_mark")
        .only(*_SEEN)
        .annotate(has_materials=Exists(Attachment.objects.filter(session=OuterRef("session"))))
        .order_by("session__starts_at", "session__number")
    )
    expected = [row.session_id for row in rows]
    which = Q(session__in=expected)
    found = CalendarEntry.objects.filter(which | _is_called_off(now) if with_called_off else which, person=person)
    entries = {entry.session_id: entry for entry in found}
    mine = [MySession(row, row.session, entries.get(row.session_id), _state(row, now)) for row in rows]
    coming = [one for one in mine if one.session.is_planned and _ends(one.session, now) > now]
    past = [one for one in mine if one not in coming]
    upcoming = next(
        (one for one in coming if one.session.starts_at and not one.is_sent and not one.has_apologies), None
    )
    # At a session beside they catch up: what is to be tried is their own group's.
    groups = {one.session.work_group_id for one in mine if not one.attendance.credited_to_id}
    places = _places(person, coming)
    return MyYear(
        next=upcoming,
        called_off=_called_off(entries.keys() - set(expected)),
        tries=to_try(person, groups, now),
        coming=coming,
        past=past[::-1],
        groups=_groups(rows),
        places=places,
        asked=_asked(places),
    )


def _called_off(sessions: Collection[int]) -> list[Session]:
    """Nobody is expected at them any more, and so there are no rows; mostly there are none of them."""
    if not sessions:
        return []
    found = Session.objects.filter(pk__in=sessions).select_related("work_group", "venue")
    return list(found.order_by("starts_at", "pk"))


def _is_called_off(now: datetime) -> Q:
    """Of today and of the day ahead: what left somebody's calendar because it does not take place."""
    first = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return Q(
        wanted=CalendarEntry.Wanted.CANCEL,
        changed_at__gte=F("session__changed_at"),
        session__status=Session.Status.CANCELLED,
        session__starts_at__gte=first,
        session__starts_at__lte=now + timedelta(days=1),
    )


def given_up(person: User, *, now: datetime | None = None) -> list[Place]:
    """A person's places that were given up this school year; each, or its booking, says why."""
    now = now or timezone.now()
    gone = Place.objects.filter(person=person, live=False).exclude(reason="", booking__reason="")
    gone = gone.filter(work_group__year__gte=school_year_of(timezone.localdate(now)))
    return list(gone.select_related("work_group", "booking").order_by("-pk"))


def _places(person: User, coming: Sequence[MySession]) -> list[Place]:
    if not coming:
        return []
    wanted = {one.attendance.place_id for one in coming}
    live = Place.objects.live().filter(person=person, pk__in=[pk for pk in wanted if pk])
    return list(live.select_related("work_group", "need").order_by("work_group__title", "pk"))


def _asked(places: Sequence[Place]) -> list[Place]:
    """Places whose project asks their people something that has no answer yet, or "not known"."""
    asking = [place for place in places if place.work_group.has_questions]
    if not asking:
        return []
    questions = Question.objects.asked().of_people().filter(project__work_groups__places__in=asking)
    pairs = set(questions.values_list("project__work_groups__places", "pk"))
    answers = Answer.objects.standing().filter(place__in=asking).exclude(lacks=Lacks.UNKNOWN)
    answered = set(answers.values_list("place", "question"))
    wanted = {place for place, _ in pairs - answered}
    return [place for place in asking if place.pk in wanted]


def my_version(person: User) -> tuple[Any, ...]:
    """What `my_year` stands on: acts about this person, their groups' revisions, marks that stand, what was said."""
    now = timezone.now()
    groups = _STANDS_ON.rows(person=person.pk, since=now - evaluation.LATEST, until=now)
    return HistoryLine.objects.count_about(person), sorted(groups, key=repr)


def _groups_of(person: int, since: datetime, until: datetime) -> QuerySet[Attendance, Any]:
    rows = Attendance.objects.filter(person=person).order_by().values_list("session__work_group")
    groups = rows.annotate(Max("session__work_group__revision"), Count("pk"), Sum("standing_mark"))
    return groups.annotate(**evaluation.stands_on(person, since, until))


_STANDS_ON = Prepared(
    _groups_of, person=-1, since=datetime(1970, 1, 1, tzinfo=UTC), until=datetime(1970, 1, 2, tzinfo=UTC)
)


def _ends(session: Session, now: datetime) -> datetime:
    return session.ends_at or now.replace(year=now.year + 10)


def _state(row: Attendance, now: datetime) -> str:
    """How it went, or how it stands, in a word or two."""
    mark = row.standing_mark
    if not row.session.is_planned:
        return "Cancelled"
    if mark is not None and (row.session.starts_at is None or row.session.starts_at <= now or mark.what != "present"):
        return "Apologies sent" if mark.what == Mark.What.APOLOGIES and not _is_past(row, now) else str(mark)
    return "Not marked yet" if _is_past(row, now) else ""


def _is_past(row: Attendance, now: datetime) -> bool:
    return row.session.ends_at is not None and row.session.ends_at <= now


def _groups(rows: Sequence[Attendance]) -> list[WorkGroup]:
    """The groups that somebody can complete, of all in which they are expected or came; no guest completes one."""
    own = {row.session.work_group_id: row.session.work_group for row in rows if row.credited_to_id is None}
    return [group for group in own.values() if not group.is_network]


@dataclass
class SchoolSession:
    """A session at which somebody of a school is expected, with who."""

    session: Session
    people: list[str]


@dataclass
class SchoolYear:
    """A school's bookings: as bookings, and as dates."""

    bookings: PageOf[Booking]
    dates: list[SchoolSession]
    # What has to be answered before anything else, on the first page of them.
    offers: list[Booking]
    # The bookings of the page, each with what is still to name in it.
    rows: list[tuple[Booking, Unnamed | None]]
    # Groups in which the hub asks whether the school carries on.
    proposals: list[Proposal] = field(default_factory=list)


def school_year(membership: Membership, *, page: int = 1) -> SchoolYear:
    """The bookings of a school, what is on offer first and then the newest school year, and the coming dates of all.

    Who is not confirmed yet sees what they booked themselves, and nothing of the school's.
    """
    now = timezone.now()
    attending = Attendance.objects.filter(school=membership.school_id, place__booking__status=Status.CONFIRMED)
    if membership.state != Membership.State.ACTIVE:
        attending = attending.filter(place__booking__made_by=membership.person_id)
    wanted: Any = (
        Booking.objects.of_member(membership)
        .select_related("work_group__project", "session")
        .only(*_BOOKING)
        .annotate(is_asked=Exists(Proposal.objects.open().filter(school=OuterRef("school"))))
        .prefetch_related(Prefetch("places", Place.objects.select_related("person")))
        .order_by(Case(When(status=Status.OFFERED, then=0), default=1), "-work_group__year", "-pk")
    )
    bookings: PageOf[Booking] = page_of(wanted, page, BOOKINGS_PAGE)
    rows = (
        attending.filter(session__status=Session.Status.PLANNED, session__starts_at__gt=now)
        .select_related("session__work_group", "session__venue", "person", "standing_mark")
        .only(*_SEEN, "person__name", "person__email")
        .order_by("session__starts_at", "session", "person__name")[:200]
    )
    named = [place.person for booking in bookings.rows for place in booking.places.all()]
    show_as_typed(membership.school_id, [*named, *(row.person for row in rows)])
    dates: dict[int, SchoolSession] = {}
    for row in rows:
        line = dates.setdefault(row.session_id, SchoolSession(row.session, []))
        if is_lent(row):
            continue  # whoever comes in their stead has a row of their own
        sent = row.standing_mark is not None and row.standing_mark.what == Mark.What.APOLOGIES
        line.people.append(f"{row.person.name} (apologies)" if sent else row.person.name)
    to_name = [booking.pk for booking in bookings.rows if any(not one.person_id for one in booking.places.all())]
    follow = {one.booking.pk: one for one in unnamed(now, only=to_name)} if to_name else {}
    offers = [one for one in bookings.rows if one.status == Status.OFFERED and (one.offer_ends_at or now) > now]
    offers.sort(key=lambda one: (one.offer_ends_at, one.pk))
    proposals: list[Proposal] = []
    # Whoever is asked was in a group before, so that most schools cost no query here.
    if membership.state == Membership.State.ACTIVE and any(getattr(one, "is_asked", False) for one in bookings.rows):
        asked = Proposal.objects.open().filter(school=membership.school_id)
        proposals = list(asked.filter(work_group__status=WorkGroup.Status.PUBLISHED).select_related("work_group"))
    rows_ = [(one, follow.get(one.pk)) for one in bookings.rows]
    return SchoolYear(bookings, list(dates.values()), offers, rows_, proposals)


def school_version(membership: Membership) -> tuple[Any, ...]:
    """What `school_year` stands on: the acts about the school, its groups' revisions, and the marks on coming dates."""
    school = membership.school_id
    return (
        HistoryLine.objects.count_about((School, school), (User, membership.person_id)),
        sorted(_GROUPS_OF_SCHOOL.rows(school=school)),
        _COMING_OF_SCHOOL.rows(school=school, now=timezone.now()),
    )


def _groups_of_school(school: int) -> QuerySet[WorkGroup, Any]:
    ours = Q(bookings__school=school) | Q(proposals__school=school)
    groups = WorkGroup.objects.filter(ours).order_by().distinct()
    return groups.values_list("pk", "revision")


def _coming_of_school(school: int, now: datetime) -> QuerySet[Attendance, Any]:
    coming = Attendance.objects.filter(school=school, session__starts_at__gt=now).order_by()
    return coming.values_list("school").annotate(Count("pk"), Sum("standing_mark"))


_GROUPS_OF_SCHOOL = Prepared(_groups_of_school, school=-1)
_COMING_OF_SCHOOL = Prepared(_coming_of_school, school=-1, now=datetime(1970, 1, 1, tzinfo=UTC))


@dataclass(frozen=True)
class Comer:
    """Somebody of a booking at one session, and who of their school sent them in their stead."""

    row: Attendance
    instead_of: User | None


def attendance_of_booking(booking: Booking) -> list[tuple[Session, list[Comer]]]:
    """Who of a booking was, or is, expected at each session, with how it went."""
    wanted = [booking.session] if booking.session else booking.work_group.sessions.select_related("venue")
    sessions: dict[int, tuple[Session, list[Comer]]] = {session.pk: (session, []) for session in wanted}
    rows = list(
        Attendance.objects.filter(place__booking=booking, session__in=sessions)
        .select_related("person", "standing_mark", "session")
        .order_by("person__name")
    )
    sent = {(row.session_id, row.place_id): row.person for row in rows if is_lent(row)}
    for row in rows:
        if not is_lent(row):
            sessions[row.session_id][1].append(Comer(row, sent.get((row.session_id, row.place_id))))
    return list(sessions.values())
