"""What needs a person at the hub now, and the week ahead.

An app above this one adds to it by a module `today` with `waiting(now)`, which returns a `Waiting` or None.
"""

from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import BouncedAddress, Complaint, Erasure, Membership, PeopleCheck, School, User
from accounts.registry import parts
from booking.models import Agreement, Attendance, Booking, Facilitation, Session, WorkGroup
from booking.models.attendance import NOT_COMING
from booking.models.places import LIVE, Status
from booking.naming import Unnamed, unnamed
from booking.reports.paging import PageOf, page_of
from booking.reports.waiting import to_decide
from booking.schooldays import school_days_before

PAGE = 50
# How long a school has for September's question before the office hears of it.
ANSWER_SCHOOL_DAYS = 5
# So long before its day the office is asked whether a group with too few schools runs.
DECIDE_WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class Waiting:
    """A list of an app above this one; each row is what, its page, and a hint."""

    title: str
    page: str  # with all of them
    rows: list[tuple[str, str, str]]


@dataclass
class Today:
    """The office's first page."""

    schools_to_confirm: list[Membership]
    applications: list[WorkGroup]  # with how many have `applied`
    offers: list[Booking]
    lines: list[tuple[WorkGroup, Session | None]]  # free places that wait for a person to say whose they are
    to_name: list[Unnamed]  # whose day has passed
    heads: list[Agreement]  # said no, or have not answered by their day
    registers_missing: list[Session]  # with who leads the group, as `work_group.leading`
    registers_to_decide: list[Session]  # with how many people two phones marked differently, as `to_decide`
    visitors: int  # came, were on no list, and nobody has said yet where they belong
    without_lead: list[School]
    unchecked: list[PeopleCheck]
    bounced: list[BouncedAddress]  # that mail comes back from; with whose it is, as `person_pk`, `person_name`
    to_run: list[WorkGroup]  # fewer schools than they were to have, and the day to decide is near or past
    complaints: list[Complaint]
    erasures: list[Erasure]
    others: list[Waiting]
    week: list[Session]

    @property
    def applied(self) -> int:
        """How many applications those groups have to decide."""
        return sum(group.applied for group in self.applications)  # type: ignore[attr-defined]  # counted in `today`

    @property
    def is_quiet(self) -> bool:
        return not any(getattr(self, one.name) for one in fields(self) if one.name != "week")


def today(now: datetime | None = None) -> Today:
    """Oldest first, at most ten of a kind: the first is solved in one step, and the list says how many there are."""
    now = now or timezone.now()
    registers = _registers(now)
    return Today(
        schools_to_confirm=list(
            Membership.objects.requested().select_related("school", "person").order_by("started_at")[:10]
        ),
        applications=list(
            WorkGroup.objects.filter(bookings__status=Status.APPLIED)
            .annotate(applied=Count("bookings", filter=Q(bookings__status=Status.APPLIED)))
            .order_by("title", "pk")[:10]
        ),
        offers=list(
            Booking.objects.filter(status=Status.OFFERED)
            .select_related("school", "work_group")
            .order_by("offer_ends_at")[:10]
        ),
        lines=to_decide(now)[:10],
        to_name=[one for one in unnamed(now) if one.is_late(timezone.localdate(now))][:10],
        heads=_heads(timezone.localdate(now))[:10],
        registers_missing=[one for one in registers if one.signed_at is None][:10],
        registers_to_decide=[one for one in registers if one.to_decide][:10],  # type: ignore[attr-defined]  # counted there
        visitors=Attendance.objects.to_sort_out().filter(session__starts_at__lte=now).count(),
        to_run=list(groups_to_decide(now).order_by("decide_by", "title", "pk")[:10]),
        complaints=list(Complaint.objects.open()[:10]),
        erasures=list(Erasure.objects.to_answer().select_related("person")[:10]),
        others=[found for part in parts("today") if (found := part.waiting(now))],
        without_lead=list(School.objects.open().without_lead().order_by("name")[:10]),
        unchecked=list(
            PeopleCheck.objects.open()
            .asked_before(school_days_before(now, ANSWER_SCHOOL_DAYS))
            .select_related("school")
            .order_by("asked_at")[:10]
        ),
        bounced=_bounced(),
        week=list(
            Session.objects.coming(now)
            .filter(starts_at__lt=now + timedelta(days=8))
            .exclude(work_group__status=WorkGroup.Status.DRAFT)
            .select_related("work_group", "venue")
            .annotate(expected=Count("attendances", filter=~Q(attendances__standing_mark__what__in=NOT_COMING)))
            .order_by("starts_at")[:20]
        ),
    )


def _registers(now: datetime) -> list[Session]:
    """Of sessions that are over: to decide, for two phones differ, and not signed; the longest ago first."""
    contested = Attendance.objects.filter(session=OuterRef("pk"), contested=True).order_by().values("session")
    leading = Facilitation.objects.on(timezone.localdate(now)).select_related("person")
    found = Session.objects.planned().filter(ends_at__lt=now)
    return list(
        (found.unsigned() | found.filter(Exists(contested)))
        .annotate(to_decide=Coalesce(Subquery(contested.annotate(people=Count("pk")).values("people")), 0))
        .select_related("work_group")
        .prefetch_related(Prefetch("work_group__facilitations", leading, to_attr="leading"))
        .order_by(Case(When(to_decide__gt=0, then=0), default=1), "starts_at", "pk")[:20]
    )


def _bounced() -> list[BouncedAddress]:
    whose = User.objects.filter(email=OuterRef("address"))
    rows = BouncedAddress.objects.standing().annotate(
        person_pk=Subquery(whose.values("pk")[:1]), person_name=Subquery(whose.values("name")[:1])
    )
    return list(rows[:10])


def groups_to_decide(now: datetime) -> QuerySet[WorkGroup]:
    """Groups with too few schools a week before their day, until somebody decides or nothing of them is to come."""
    left = Session.objects.planned().filter(Q(starts_at__gt=now) | Q(starts_at__isnull=True))
    return WorkGroup.objects.published().filter(
        decide_by__lte=timezone.localdate(now) + DECIDE_WITHIN,
        taken_schools__lt=F("fewest_schools"),
        runs_decided_at__isnull=True,
        pk__in=left.values("work_group"),
    )


def _heads(today: date) -> list[Agreement]:
    """Heads who said no while the school has not given up anything, asked something, or have not answered in time."""
    asked = Agreement.objects.select_related("booking__school", "booking__work_group")
    waiting = [one for one in asked.open() if one.answer or one.is_late(today)]
    return sorted(waiting, key=lambda one: (one.due or today, one.pk))


def work_groups(*, year: int, status: str = "", q: str = "", page: int = 1) -> Page[WorkGroup]:
    """The office's list of groups, with places, schools and sessions beside each."""
    groups: QuerySet[WorkGroup] = WorkGroup.objects.of_year(year).select_related("project")
    if status in WorkGroup.Status.values:
        groups = groups.filter(status=status)
    for word in q.split()[:6]:
        groups = groups.filter(title__icontains=word)
    return Paginator(groups.order_by("title", "pk"), PAGE).get_page(page)


def bookings_of(work_group: WorkGroup, *, status: str = "", page: int = 1) -> PageOf[Booking]:
    """A page of a group's bookings: live ones first in the order that counts, then those that ended."""
    rank = Case(*(When(status=one, then=index) for index, one in enumerate(reversed(LIVE))), default=len(LIVE))
    bookings = work_group.bookings.select_related("school", "session").prefetch_related("places__person")
    if status in Status.values:
        bookings = bookings.filter(status=status)
    return page_of(bookings.order_by(rank, "turn", "pk"), page, PAGE)


def bookings_by_status(work_group: WorkGroup) -> dict[str, int]:
    """How many of a group's bookings stand where."""
    counted = work_group.bookings.order_by().values_list("status").annotate(Count("pk"))
    found = dict(counted)
    return {status: found[status] for status in Status.values if status in found}


@dataclass
class Over:
    """By how much a smaller number of places is too small, and the bookings that took the last of them."""

    people: int
    schools: int
    last: list[Booking]  # with how many `seats` each has


def over_capacity(of: WorkGroup | Session, *, people: int | None, schools: int | None = None) -> Over | None:
    """What would have to move first, were there only so many places (None: no limit); None where all fit."""
    over = max(0, of.taken - people) if people is not None else 0
    over_schools = max(0, of.taken_schools - schools) if isinstance(of, WorkGroup) and schools is not None else 0
    if not over and not over_schools:
        return None
    last: list[Booking] = []
    seats = 0
    bookings = of.bookings.taking().select_related("school")
    # Whoever came off the waiting list took the place when it was offered.
    for booking in bookings.annotate(
        seats=Count("places", filter=Q(places__live=True)), since=Coalesce("offered_at", "made_at")
    ).order_by("-since", "-pk"):
        if seats >= over and len(last) >= over_schools:
            break
        last.append(booking)
        seats += booking.seats
    return Over(over, over_schools, last)


def leads_by_group(groups: list[WorkGroup]) -> dict[int, list[str]]:
    """Names of those who lead each group today."""
    parts = Facilitation.objects.filter(work_group__in=groups).on(timezone.localdate()).select_related("person")
    names: dict[int, list[str]] = {group.pk: [] for group in groups}
    for part in parts:
        names[part.work_group_id].append(part.person.name)
    return names


def told_by_moving(session: Session) -> dict[str, int]:
    """Who hears of a change of this session: people expected, and those who lead it."""
    expected = Attendance.objects.filter(session=session)
    return {
        "people": expected.count(),
        "schools": expected.values("school").distinct().count(),
        "covers": Booking.objects.filter(
            Q(session=session) | Q(session__isnull=True, work_group=session.work_group_id), status=Status.CONFIRMED
        )
        .exclude(cover_email="")
        .count(),
    }
