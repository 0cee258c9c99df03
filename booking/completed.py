"""Who came, and who has completed what, over all groups of a year at once: counted by the database where rules allow.

The same account as `booking.completion`, which stands behind it: groups that ask for sessions alone, without parts, are
counted in four queries however many they are; every other group goes through its standings. A test holds the two equal.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from booking.completion import Pair, schools, standings
from booking.formula import sessions_needed
from booking.models import Attendance, Session, WorkGroup
from booking.models.attendance import CAME

_PLANNED = Session.Status.PLANNED


@dataclass
class Tally:
    """(group, person) and (group, school) of whoever came at least once, and of whoever has completed the group."""

    # How many sessions of the group each has attended, those caught up with elsewhere included.
    people: dict[Pair, int] = field(default_factory=lambda: defaultdict(int))
    schools: dict[Pair, int] = field(default_factory=lambda: defaultdict(int))
    complete_people: set[Pair] = field(default_factory=set)
    complete_schools: set[Pair] = field(default_factory=set)


def tally(
    groups: QuerySet[WorkGroup],
    of: Mapping[int, int] | None = None,
    *,
    now: datetime | None = None,
    with_people: bool = True,
) -> Tally:
    """Who came to these groups, and has completed them. A constant number of queries.

    `of`: schools that count as another one, by their ids: those that were merged. What they attended is taken together.
    Without people, whom a look back at former years need not count, those sets are empty.
    """
    now, of, found = now or timezone.now(), of or {}, Tally()
    _count(found, groups, of, with_people=with_people)
    needed = _needed(groups)
    others = list(groups.exclude(_SESSIONS_ALONE))
    found.complete_people = {pair for pair, came in found.people.items() if came >= needed.get(pair[0], came + 1)}
    found.complete_schools = {pair for pair, came in found.schools.items() if came >= needed.get(pair[0], came + 1)}
    if others:
        if with_people:
            found.complete_people |= {pair for pair, one in standings(others, now=now).items() if one.is_complete}
        found.complete_schools |= _schools(others, of, now)
    return found


# Of these it is enough to know how many sessions somebody came to.
_SESSIONS_ALONE = (
    Q(completion_rule__in=[WorkGroup.Completion.SESSIONS, WorkGroup.Completion.PERCENT])
    & Q(has_parts=False)
    & (Q(uses_tasks=False) | Q(completion_tasks=0))
)


def _needed(groups: QuerySet[WorkGroup]) -> dict[int, int]:
    """How many sessions each group asks for that asks for nothing else; one without a planned session has no number."""
    replaced = Exists(Session.objects.planned().filter(replaces=OuterRef("pk")))
    counted = {
        group: (planned, gone)
        for group, planned, gone in Session.objects.filter(work_group__in=groups)
        .annotate(is_replaced=replaced)
        .order_by()
        .values_list("work_group")
        .annotate(
            planned=Count("pk", filter=Q(status=_PLANNED)),
            gone=Count("pk", filter=~Q(status=_PLANNED) & Q(is_replaced=False)),
        )
    }
    plain = groups.filter(_SESSIONS_ALONE).order_by().values_list("pk", "completion_rule", "completion_number")
    return {
        pk: sessions_needed(rule, number, *counted[pk])
        for pk, rule, number in plain
        if pk in counted and counted[pk][0]
    }


def _count(found: Tally, groups: QuerySet[WorkGroup], of: Mapping[int, int], *, with_people: bool) -> None:
    """Sessions attended, by person and by school: at home first, and then what was caught up with elsewhere."""
    merged = {*of, *of.values()}
    came = Attendance.objects.filter(standing_mark__what__in=CAME).order_by()
    own = came.filter(session__work_group__in=groups, session__status=_PLANNED, credited_to__isnull=True)
    if with_people:
        for group, person, times in own.values_list("session__work_group", "person").annotate(Count("pk")):
            found.people[group, person] = times
    by_school = own.filter(school__isnull=False).values_list("session__work_group", "school")
    for group, school, times in by_school.exclude(school__in=merged).annotate(Count("session", distinct=True)):
        found.schools[group, school] = times
    # A merged school has been at a session once, were it under both of its names.
    by_session: set[tuple[int, int, int]] = set()
    if merged:
        rows = own.filter(school__in=merged).values_list("session__work_group", "session", "school").distinct()
        by_session = {(group, session, of.get(school, school)) for group, session, school in rows}
    elsewhere = came.filter(credited_to__work_group__in=groups, credited_to__status=_PLANNED)
    at_home = came.filter(session=OuterRef("credited_to"), credited_to__isnull=True)
    caught_up = elsewhere.annotate(
        was_there=Exists(at_home.filter(person=OuterRef("person"))),
        school_was_there=Exists(at_home.filter(school=OuterRef("school"))),
    ).values_list("credited_to__work_group", "credited_to", "person", "school", "was_there", "school_was_there")
    seen: set[tuple[int, int]] = set()
    for group, session, person, school, was_there, school_was_there in caught_up:
        if with_people and not was_there and (session, person) not in seen:
            seen.add((session, person))
            found.people[group, person] += 1
        if school is not None and (school in merged or not school_was_there):
            by_session.add((group, session, of.get(school, school)))
    for group, _, school in by_session:
        found.schools[group, school] += 1


def _schools(groups: list[WorkGroup], of: Mapping[int, int], now: datetime) -> set[Pair]:
    if not of:
        return {pair for pair, one in schools(groups, now=now).items() if one.is_complete}
    every = Attendance.objects.filter(Q(session__work_group__in=groups) | Q(credited_to__work_group__in=groups))
    known = every.filter(school__isnull=False).order_by().values_list("school", flat=True).distinct()
    as_one = {school: of.get(school, school) for school in known}
    return {pair for pair, one in schools(groups, as_one, now=now).items() if one.is_complete}
