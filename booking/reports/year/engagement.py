"""Applied, accepted, started, active, completed, withdrew: kept apart, at school x project x year, and for people.

Signing up is not engagement: the national figures were corrected for that in December 2024.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any, Self

from django.contrib.contenttypes.models import ContentType
from django.db.models import Case, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from accounts.models import HistoryLink
from booking.completed import Tally, tally
from booking.contact import all_successors
from booking.models import Booking, Place, Session, WorkGroup
from booking.models.places import BookingQuerySet, Status

# (project, school) or (project, person), by their ids.
Pair = tuple[int, int]
Pairs = set[Pair]
STAGES = ("applied", "accepted", "started", "active", "completed", "withdrew", "ended")
# Said by a school to a group that takes no bookings yet.
_INTEREST_OF_PLACE = Q(work_group__recruitment=WorkGroup.Recruitment.INTEREST)
_INTEREST = _INTEREST_OF_PLACE & ~Q(status__in=[Status.CONFIRMED, Status.HELD, Status.OFFERED, Status.TRANSFERRED])


@dataclass(frozen=True)
class Leaving:
    """The last places in a project given up: when, why, and with how many school days' notice."""

    at: datetime
    reason: str
    notice: int | None


@dataclass
class Stages:
    """Of a year, (project, school) or (project, person) at each stage; a pair may stand at several."""

    applied: Pairs = field(default_factory=set)
    accepted: Pairs = field(default_factory=set)
    started: Pairs = field(default_factory=set)
    completed: Pairs = field(default_factory=set)
    # Places stand; and in a group that has sessions to come.
    standing: Pairs = field(default_factory=set)
    going_on: Pairs = field(default_factory=set)
    left: dict[Pair, Leaving] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.withdrew: Pairs = set()
        self.active: Pairs = set()
        self.ended: Pairs = set()

    def settle(self) -> None:
        """Once all is read: who withdrew, who is active, and who did neither nor completed."""
        self.applied |= self.accepted
        self.withdrew = self.left.keys() - self.standing - self.completed
        self.active = (self.started & self.going_on) - self.completed - self.withdrew
        self.ended = self.started - self.completed - self.active - self.withdrew

    def pairs(self) -> Pairs:
        """Everybody who stands at any stage."""
        return self.applied | self.started

    def counts(self) -> dict[str, int]:
        return {stage: len(getattr(self, stage)) for stage in STAGES}

    def by_project(self) -> dict[int, dict[str, int]]:
        found: dict[int, dict[str, int]] = {}
        for stage in STAGES:
            for project, count in Counter(map(itemgetter(0), getattr(self, stage))).items():
                found.setdefault(project, dict.fromkeys(STAGES, 0))[stage] = count
        return found

    def who(self, stage: str) -> set[int]:
        """The schools, or people, at a stage, each once."""
        return set(map(itemgetter(1), getattr(self, stage)))

    @property
    def expected(self) -> Pairs:
        """Accepted, and neither come yet nor gone."""
        return (self.accepted & self.standing) - self.started

    @property
    def withdrew_before(self) -> Pairs:
        return self.withdrew - self.started


@dataclass
class Engagement:
    """A year's schools and people by project, and what it was counted from."""

    year: int
    now: datetime
    project_of: dict[int, int]
    schools: Stages
    people: Stages
    tally: Tally
    # Schools that were merged, and the school that each is part of today.
    as_one: Mapping[int, int]


def groups_of(year: int) -> QuerySet[WorkGroup]:
    """The groups that are counted: all but drafts."""
    return WorkGroup.objects.of_year(year).exclude(status=WorkGroup.Status.DRAFT)


def asked_for(groups: QuerySet[WorkGroup]) -> BookingQuerySet:
    """Bookings by which places were asked for, whatever came of them: not interest that was only said."""
    return Booking.objects.filter(work_group__in=groups).exclude(_INTEREST).order_by()


def of_year(year: int, now: datetime, *, with_people: bool = True) -> Engagement:
    """Where every school and person stands in a year's projects. A constant number of queries."""
    groups = groups_of(year)
    as_one = all_successors()
    project_of = dict(groups.order_by().values_list("pk", "project"))
    counted = tally(groups, as_one, now=now)
    going_on = set(
        Session.objects.planned()
        .filter(Q(ends_at__gt=now) | Q(ends_at__isnull=True), work_group__in=groups)
        .order_by()
        .values_list("work_group", flat=True)
        .distinct()
    )
    schools, people = Stages(), Stages()
    stood = _Stood.read(groups)
    bookings = asked_for(groups)
    named = Place.objects.named().filter(work_group__in=groups).exclude(_INTEREST_OF_PLACE).order_by()
    # Nearly all of them stand, and of those nothing more need be read.
    booked = [
        (group, as_one.get(school, school))
        for group, school in bookings.confirmed().values_list("work_group", "school").distinct()
    ]
    placed = named.filter(booking__status=Status.CONFIRMED, withdrawn_at__isnull=True)
    seated = placed.values_list("work_group", "person").distinct() if with_people else []
    for stages, rows in ((schools, booked), (people, seated)):
        for group, who in rows:
            stages.standing.add((project_of[group], who))
            if group in going_on:
                stages.going_on.add((project_of[group], who))
        stages.accepted |= stages.standing
    others = bookings.exclude(status=Status.CONFIRMED)
    for pk, group, school, status, *left in others.values_list(*_BOOKING):
        _note(schools, (project_of[group], as_one.get(school, school)), stood.did(pk, status), left, status)
    others_placed = named.filter(~Q(booking__status=Status.CONFIRMED) | Q(withdrawn_at__isnull=False))
    unseated = others_placed.annotate(**_GIVEN_UP).values_list(*_PLACE) if with_people else []
    for pk, group, person, status, *left in unseated:
        _note(people, (project_of[group], person), stood.did(pk, status), left[1:], left[0])
    for stages, came, complete in (
        (schools, counted.schools, counted.complete_schools),
        (people, counted.people, counted.complete_people),
    ):
        stages.started = {(project_of[group], who) for group, who in came}
        stages.completed = {(project_of[group], who) for group, who in complete}
        stages.settle()
    return Engagement(year, now, project_of, schools, people, counted, as_one)


_BOOKING = ("pk", "work_group", "school", "status", "ended_at", "reason", "notice_days")
# A place may be given up alone, or with its booking.
_ALONE = Q(withdrawn_at__isnull=False)
_GIVEN_UP = {
    "how": Case(When(_ALONE, then=Value(Status.WITHDRAWN.value)), default="booking__status"),
    "left_at": Coalesce("withdrawn_at", "booking__ended_at"),
    "why": Case(When(_ALONE, then="reason"), default="booking__reason"),
    "notice": Case(When(_ALONE, then="notice_days"), default="booking__notice_days"),
}
_PLACE = ("booking", "work_group", "person", "booking__status", *_GIVEN_UP)


def _note(stages: Stages, pair: Pair, did_stand: bool, left: Sequence[Any], how: str) -> None:
    """A booking or place that does not stand: applied for; or accepted, and perhaps given up."""
    stages.applied.add(pair)
    if did_stand:
        stages.accepted.add(pair)
    if did_stand and how == Status.WITHDRAWN:
        _leave(stages, pair, *left)


def _leave(stages: Stages, pair: Pair, at: datetime, reason: str, notice: int | None) -> None:
    known = stages.left.get(pair)
    if known is None or known.at < at:
        stages.left[pair] = Leaving(at, reason, notice)


@dataclass
class _Stood:
    """Which bookings were confirmed once. Of those that ended the history knows where they stood before."""

    before: dict[int, str]

    @classmethod
    def read(cls, groups: QuerySet[WorkGroup]) -> Self:
        ended = Booking.objects.filter(work_group__in=groups, status__in=[Status.WITHDRAWN, Status.CANCELLED])
        content_type = ContentType.objects.get_for_model(Booking)
        links = HistoryLink.objects.filter(content_type=content_type, object_id__in=ended.values("pk"))
        lines = links.filter(line__verb__in=["withdrew", "group_called_off"])
        return cls(
            {
                pk: details["status_before"]
                for pk, details in lines.values_list("object_id", "line__details")
                if details.get("booking") == pk and "status_before" in details
            }
        )

    def did(self, booking: int, status: str) -> bool:
        if status in (Status.CONFIRMED, Status.TRANSFERRED):
            return True
        if status == Status.WITHDRAWN:
            return self.before.get(booking, Status.CONFIRMED) == Status.CONFIRMED
        return status == Status.CANCELLED and self.before.get(booking) == Status.CONFIRMED
