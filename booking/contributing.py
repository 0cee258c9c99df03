"""What the hub owes schools towards cover: who has met the condition of a group, who may still, and who will not."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from booking import completion
from booking.completion import Standing
from booking.contact import all_successors
from booking.models import Booking, Contribution, PassedOn, Place, Session, WorkGroup
from booking.models.agreements import Agreement
from booking.models.places import Status

MET, WAITING, LOST = "met", "waiting", "lost"
NOUGHT = Decimal(0)
# (work group, school), by their ids.
Pair = tuple[int, int]


@dataclass
class Due:
    """What one school is due in one group. The counts are of people, or of the school itself: one."""

    work_group: WorkGroup
    contribution: Contribution
    school: int
    counts: Counter[str] = field(default_factory=Counter)
    passed: Decimal = NOUGHT
    passed_at: datetime | None = None

    @property
    def state(self) -> str:
        """Met by everybody it is asked of; else may it still be met, in part or at all?"""
        if self.counts[WAITING]:
            return WAITING
        return MET if self.counts[MET] else LOST

    @property
    def of(self) -> int:
        return sum(self.counts.values())

    @property
    def due(self) -> Decimal:
        return self.contribution.amount * self.counts[MET]

    @property
    def may_come(self) -> Decimal:
        return self.contribution.amount * self.counts[WAITING]

    @property
    def left(self) -> Decimal:
        """What is met and has not been passed on. Below nought: more was passed on than is met by now."""
        return self.due - self.passed


def dues(groups: Iterable[WorkGroup], *, now: datetime | None = None) -> list[Due]:
    """What every school of these groups is due, where the group has a contribution. A constant number of queries."""
    now, by_pk = now or timezone.now(), {group.pk: group for group in groups}
    rules = {one.work_group_id: one for one in Contribution.objects.filter(work_group__in=by_pk)}
    if not rules:
        return []
    after = all_successors()
    booked = Booking.objects.filter(work_group__in=rules, status=Status.CONFIRMED).order_by()
    found: dict[Pair, Due] = {}
    asked: list[tuple[int, Due, str | None]] = []
    for pk, group, school, answer in booked.values_list("pk", "work_group", "school", "agreement__answer"):
        pair = group, after.get(school, school)
        asked.append((pk, found.setdefault(pair, Due(by_pk[group], rules[group], pair[1])), answer))
    _count_agreements([one for one in asked if one[1].contribution.condition == Contribution.Condition.AGREEMENT])
    others = [one for one in rules.values() if one.condition != Contribution.Condition.AGREEMENT]
    for_schools = [by_pk[one.work_group_id] for one in others if one.per == Contribution.Per.SCHOOL]
    for_people = [by_pk[one.work_group_id] for one in others if one.per == Contribution.Per.PERSON]
    if for_schools:
        for pair, standing in completion.schools(for_schools, after, now=now).items():
            _count(found, pair, rules[pair[0]], standing, by_pk)
    if for_people:
        for (group, _), standing in completion.standings(for_people, now=now).items():
            if standing.school is not None:
                pair = group, after.get(standing.school, standing.school)
                _count(found, pair, rules[group], standing, by_pk)
    _wait_for_names(found, now)
    _add_passed(found, rules, by_pk, after)
    return list(found.values())


def _count(
    found: dict[Pair, Due], pair: Pair, rule: Contribution, standing: Standing, by_pk: Mapping[int, WorkGroup]
) -> None:
    """One school, or one of its people. Who has left is due what was met, and nothing more."""
    state = _state(rule, standing)
    stays = pair in found and (rule.per == Contribution.Per.SCHOOL or standing.has_place)
    if not stays and state == WAITING:
        state = LOST
    if pair not in found:
        if state == LOST:
            return
        found[pair] = Due(by_pk[pair[0]], rule, pair[1])
    elif not stays and state == LOST:
        return
    found[pair].counts[state] += 1


def _state(rule: Contribution, standing: Standing) -> str:
    if rule.condition == Contribution.Condition.COMPLETED:
        if standing.is_complete:
            return MET
        # Without anything to come, and with all registers taken, nothing will change.
        return WAITING if standing.is_reachable and (standing.open or standing.lacks_tasks) else LOST
    needed = rule.sessions or 1
    if standing.attended >= needed:
        return MET
    return WAITING if standing.attended + len(standing.open) >= needed else LOST


def _count_agreements(asked: Collection[tuple[int, Due, str | None]]) -> None:
    """By the head's answer; of a booking whose head was never asked, it waits. For people: each who has a name.

    `asked`: (booking, what its school is due, the answer).
    """
    if not asked:
        return
    places = Place.objects.live().named().filter(work_group__in={due.work_group.pk for _, due, _ in asked})
    named = Counter(places.values_list("booking", flat=True))
    for pk, due, answer in asked:
        state = MET if answer == Agreement.Answer.AGREES else LOST if answer == Agreement.Answer.DISAGREES else WAITING
        if due.contribution.per == Contribution.Per.PERSON:
            due.counts[state] += named[pk]
        elif MET not in due.counts:
            due.counts = Counter({state: 1})


def _wait_for_names(found: Mapping[Pair, Due], now: datetime) -> None:
    """A school of which nobody was ever expected waits while there is a session to come."""
    to_come = Session.objects.planned().filter(Q(starts_at__gt=now) | Q(starts_at__isnull=True))
    coming = set(to_come.filter(work_group__in={group for group, _ in found}).values_list("work_group", flat=True))
    for (group, _), due in found.items():
        if not due.of and due.contribution.per == Contribution.Per.SCHOOL:
            due.counts[WAITING if group in coming else LOST] = 1


def _add_passed(
    found: dict[Pair, Due],
    rules: Mapping[int, Contribution],
    by_pk: Mapping[int, WorkGroup],
    after: Mapping[int, int],
) -> None:
    rows = PassedOn.objects.filter(work_group__in=rules).order_by("at")
    for group, school, amount, at in rows.values_list("work_group", "school", "amount", "at"):
        pair = group, after.get(school, school)
        due = found.setdefault(pair, Due(by_pk[group], rules[group], pair[1]))
        due.passed += amount
        due.passed_at = at
