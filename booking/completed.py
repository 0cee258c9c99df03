"""Who came, and who has completed what, over all groups of a year at once: counted by the database where rules allow.

The same account as `booking.completion`, which stands behind it: groups that ask for sessions alone, without parts, are
counted in a few queries however many they are; every other group goes through its standings. A test holds both equal.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from booking.completion import Pair, schools, standings
from booking.formula import sessions_needed
from booking.models import Attendance, Session, WorkGroup

_PLANNED = Session.Status.PLANNED
# Of these it is enough to know how many sessions somebody came to.
_SESSIONS_ALONE = (
    Q(completion_rule__in=[WorkGroup.Completion.SESSIONS, WorkGroup.Completion.PERCENT])
    & Q(has_parts=False)
    & (Q(uses_tasks=False) | Q(completion_tasks=0))
)


@dataclass
class Tally:
    """(group, person) and (group, school) of whoever came at least once, and of whoever has completed the group."""

    # How many sessions of the group each person has attended, those caught up with elsewhere included.
    people: dict[Pair, int] = field(default_factory=lambda: defaultdict(int))
    schools: set[Pair] = field(default_factory=set)
    complete_people: set[Pair] = field(default_factory=set)
    complete_schools: set[Pair] = field(default_factory=set)


def tally(groups: QuerySet[WorkGroup], of: Mapping[int, int] | None = None, *, now: datetime | None = None) -> Tally:
    """Who came to these groups, and has completed them. A constant number of queries.

    `of`: schools that count as another one, by their ids: those that were merged. What they attended is taken together.
    """
    now, of, found, needed = now or timezone.now(), of or {}, Tally(), _needed(groups)
    # Of a school the sessions of whoever came most often, and those of all its people added up.
    most, added = dict[Pair, int](), defaultdict[Pair, int](int)
    rows = (
        Attendance.objects.came_to(groups).values_list("session__work_group", "person", "school").annotate(Count("pk"))
    )
    for group, person, school, times in rows:
        found.people[group, person] += times
        if school is not None:
            pair = group, of.get(school, school)
            added[pair] += times
            if times > most.get(pair, 0):
                most[pair] = times
    for group, person, school, was_there in _caught_up(groups):
        found.people[group, person] += not was_there
        if school is not None:
            added[group, of.get(school, school)] += 1
    found.schools = set(added)
    found.complete_people = {pair for pair, came in found.people.items() if came >= needed.get(pair[0], came + 1)}
    # Only where nobody came often enough alone is it to be known on which days the school was there.
    sure = {pair for pair, times in most.items() if times >= needed.get(pair[0], times + 1)}
    open_pairs = {pair for pair, times in added.items() if times >= needed.get(pair[0], times + 1)} - sure
    exact = sessions_of_schools(groups.filter(pk__in={group for group, _ in open_pairs}), of) if open_pairs else {}
    found.complete_schools = sure | {pair for pair in open_pairs if exact[pair] >= needed[pair[0]]}
    if others := list(groups.exclude(_SESSIONS_ALONE)):
        found.complete_people |= {pair for pair, one in standings(others, now=now).items() if one.is_complete}
        found.complete_schools |= {pair for pair, one in schools(others, of, now=now).items() if one.is_complete}
    return found


def sessions_of_schools(
    groups: QuerySet[WorkGroup], of: Mapping[int, int], wanted: Collection[int] | None = None
) -> dict[Pair, int]:
    """How many sessions of these groups each school was at: (group, school) -> sessions. `wanted`: only of these."""
    rows = _of_schools(groups, of, wanted, "session", "credited_to")
    return Counter((group, school) for group, _, school in rows)


def people_of_schools(
    groups: QuerySet[WorkGroup], of: Mapping[int, int], wanted: Collection[int] | None = None
) -> dict[Pair, set[int]]:
    """Who came to these groups for each school: (group, school) -> people. `wanted`: only of these."""
    found: dict[Pair, set[int]] = defaultdict(set)
    for group, person, school in _of_schools(groups, of, wanted, "person", "person"):
        found[group, school].add(person)
    return found


def _of_schools(
    groups: QuerySet[WorkGroup], of: Mapping[int, int], wanted: Collection[int] | None, own: str, credited: str
) -> set[tuple[int, int, int]]:
    """(group, what it is about, school) of whoever came for a school: `own` at home, `credited` where caught up."""
    came = Attendance.objects.filter(school__isnull=False)
    here, guests = came.came_to(groups), came.caught_up(groups)
    if wanted is not None:
        here, guests = here.filter(school__in=wanted), guests.filter(school__in=wanted)
    rows = {*here.values_list("session__work_group", own, "school").distinct()}
    rows |= {*guests.values_list("credited_to__work_group", credited, "school").distinct()}
    return {(group, what, of.get(school, school)) for group, what, school in rows}


def _caught_up(groups: QuerySet[WorkGroup]) -> set[tuple[int, int, int | None, bool]]:
    """(group, person, school, were they at home as well?) for each session caught up with."""
    at_home = Attendance.objects.came().filter(
        session=OuterRef("credited_to"), person=OuterRef("person"), credited_to=None
    )
    rows = Attendance.objects.caught_up(groups).annotate(was_there=Exists(at_home))
    # Twice for the same session counts once.
    once = {
        (session, person): (group, person, school, was_there)
        for group, session, person, school, was_there in rows.values_list(
            "credited_to__work_group", "credited_to", "person", "school", "was_there"
        )
    }
    return set(once.values())


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
