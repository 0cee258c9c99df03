"""Taking the register in: a school keeps its identity, and everything that hangs on it, whatever its number does."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from accounts import history
from accounts.gias.lineage import Lineage, lineage
from accounts.gias.register import Register, RegisterError, Row, read_links, read_register
from accounts.models import School, SchoolURN

# The register's numbers end long before this; those of demonstration schools begin here.
INVENTED_URNS = 900000

# Fewer rows to a statement, and SQLite's limit of variables is never met.
_BATCH = 1000
# A file that would close more than this share of the open schools is more likely a broken file than a bad year.
_CLOSURES_PER_CENT = 10
_CLOSURES_AT_LEAST = 10


@dataclass
class Summary:
    """What an import did, in numbers of schools."""

    rows: int = 0
    links: int = 0
    new: int = 0
    changed: int = 0
    closed: int = 0
    converted: int = 0
    merged: int = 0
    unchanged: int = 0
    # Schools of the hub that the file says nothing of, and rows that are none of the register's business.
    absent: int = 0
    left_out: int = 0
    undecided: list[str] = field(default_factory=list)


def import_schools(
    file: Path,
    *,
    links: Path | None = None,
    authorities: Collection[str] = (),
    allow_closures: bool = False,
    dry_run: bool = False,
) -> Summary:
    """Bring the hub's schools in line with the register's file, all of it or, when anything is wrong, nothing.

    `authorities`: only schools of these local authorities, with the numbers they bore before, wherever that was.
    `dry_run` does everything and takes it back. Raises RegisterError in words for whoever gave the file.
    """
    register = read_register(file)
    pairs = read_links(links) if links else []
    found = lineage(register.rows, pairs)
    with transaction.atomic(durable=True):
        summary = _Import(register, found, frozenset(authorities), timezone.now()).run(allow_closures=allow_closures)
        transaction.set_rollback(dry_run)
    summary.rows, summary.links = len(register.rows), len(pairs)
    return summary


@dataclass
class _Number:
    """A URN of a school: what the file says of it, what the hub holds of it, or both."""

    urn: str
    row: Row | None
    stored: SchoolURN | None

    def __post_init__(self) -> None:
        self.opened_on = (self.row.opened_on if self.row else None) or (self.stored.opened_on if self.stored else None)
        known = self.stored.closed_on if self.stored else None
        self.closed_on = (self.row.closed_on or known if self.row.is_closed else None) if self.row else known
        self.is_open = not self.row.is_closed if self.row else known is None

    @property
    def age(self) -> tuple[date, date, str]:
        last_day = date.max if self.is_open else self.closed_on or date.min
        return last_day, self.opened_on or date.min, self.urn

    def give_way(self, after: "_Number", today: date) -> None:
        """End before the next number begins: a school bears one at a time, even where the register's days cross."""
        eve = after.opened_on - timedelta(days=1) if after.opened_on else None
        self.closed_on = min(self.closed_on, eve) if self.closed_on and eve else self.closed_on or eve or today
        if self.opened_on and self.opened_on > self.closed_on:
            self.opened_on = None


@dataclass
class _Group:
    """One school and all numbers it ever bore, oldest first."""

    school: School
    numbers: list[_Number]

    @property
    def newest(self) -> _Number:
        return self.numbers[-1]


class _Import:
    """One import inside its transaction: what is, what should be, and the difference written in bulk."""

    def __init__(self, register: Register, found: Lineage, authorities: frozenset[str], now: datetime) -> None:
        self.rows, self.facts = register.rows, register.facts
        self.lineage, self.authorities = found, authorities
        self.now, self.today = now, timezone.localdate(now)
        self.summary = Summary()
        # Demonstration schools and settings off the register are never touched, nor are their numbers.
        ours = models.Q(school__on_register=True, urn__lt=str(INVENTED_URNS))
        self.stored = {one.urn: one for one in SchoolURN.objects.filter(ours)}
        self.foreign = set(SchoolURN.objects.exclude(ours).values_list("urn", flat=True))
        self.schools = School.objects.in_bulk({one.school_id for one in self.stored.values()})
        # Schools that turn out to be another school of the hub, and which.
        self.joins: dict[int, int] = {}
        self.acts: list[tuple[str, School, dict[str, Any]]] = []

    def run(self, *, allow_closures: bool) -> Summary:
        chains = self._wanted()
        for chain in chains:
            self._join(chain)
        groups = self._groups(chains)
        were_open = {pk for pk, school in self.schools.items() if school.status != School.Status.CLOSED}
        changed = [group.school for group in groups if self._judge(group, were_open)]
        if not allow_closures:
            self._refuse_many_closures(len(were_open))
        self._write(groups, changed)
        self._merge(groups)
        for verb, school, details in self.acts:
            history.write(verb, about=[school], by=None, at=self.now, details=details, tells=False)
        found_here = {group.school.pk for group in groups} | self.joins.keys()
        self.summary.absent = sum(
            pk not in found_here and (not self.authorities or school.la_code in self.authorities)
            for pk, school in self.schools.items()
        )
        return self.summary

    def _wanted(self) -> list[list[str]]:
        """The chains of the authorities asked for, without numbers that are not the register's to give."""
        chains = []
        for chain in self.lineage.schools:
            if not self.authorities or self.rows[chain[-1]].la_code in self.authorities:
                ours = [urn for urn in chain if urn not in self.foreign and int(urn) < INVENTED_URNS]
                self.summary.left_out += len(chain) - len(ours)
                if ours:
                    chains.append(ours)
        return chains

    def _join(self, chain: list[str]) -> None:
        """Where the hub holds several schools for one chain of numbers, those that nothing refers to join the other."""
        pks = sorted({self._home(self.stored[urn]) for urn in chain if urn in self.stored})
        if len(pks) < 2:
            return
        used = [pk for pk in pks if _is_used(pk)]
        if len(used) > 1:
            name = self.rows[chain[-1]].name
            self.summary.undecided.append(
                f"{name} (URN {', '.join(chain)}) stands here as {len(used)} schools that people or bookings belong to."
            )
            return
        home = (used or pks)[0]
        self.joins |= {pk: home for pk in pks if pk != home}

    def _home(self, stored: SchoolURN) -> int:
        return self.joins.get(stored.school_id, stored.school_id)

    def _groups(self, chains: list[list[str]]) -> list[_Group]:
        """The file's schools with the hub's own. What the hub holds together stays together."""
        homes: dict[int | str, list[str]] = defaultdict(list)
        for chain in chains:
            known = [self._home(self.stored[urn]) for urn in chain if urn in self.stored]
            for urn in chain:
                newcomer = known[-1] if known else chain[0]
                homes[self._home(self.stored[urn]) if urn in self.stored else newcomer].append(urn)
        for stored in self.stored.values():
            if stored.urn not in self.rows and self._home(stored) in homes:
                homes[self._home(stored)].append(stored.urn)
        groups = []
        for home, urns in homes.items():
            numbers = [_Number(urn, self.rows.get(urn), self.stored.get(urn)) for urn in urns]
            numbers.sort(key=lambda number: number.age)
            for number, after in pairwise(numbers):
                number.give_way(after, self.today)
            groups.append(_Group(self.schools[home] if isinstance(home, int) else School(), numbers))
        return groups

    def _judge(self, group: _Group, were_open: set[int]) -> bool:
        """Put the newest number's facts on a school and count what became of it. Returns whether facts have changed."""
        school, row = group.school, group.newest.row
        differing = [fact for fact in self.facts if row is not None and getattr(school, fact) != getattr(row, fact)]
        for fact in differing:
            setattr(school, fact, getattr(row, fact))
        if differing:
            school.set_search()
        added = [n.urn for n in group.numbers if n.stored is None or n.stored.school_id in self.joins]
        if school.pk is None:
            self.summary.new += 1
            self.summary.converted += len(added) - 1
            return False
        self.summary.converted += len(added)
        if school.pk in were_open and school.status == School.Status.CLOSED:
            self.summary.closed += 1
            self.acts.append(("school_closed", school, {"urn": group.newest.urn}))
        elif added:
            self.acts.append(("school_converted", school, {"urns": added}))
        elif differing:
            self.summary.changed += 1
        else:
            self.summary.unchanged += 1
        return bool(differing)

    def _refuse_many_closures(self, were_open: int) -> None:
        closed = self.summary.closed
        if closed >= _CLOSURES_AT_LEAST and closed * 100 > were_open * _CLOSURES_PER_CENT:
            raise RegisterError(
                f"This file would close {closed} of {were_open} schools. If that is right, say --allow-closures."
            )

    def _write(self, groups: list[_Group], changed: list[School]) -> None:
        """First the numbers that end, then those that begin: no school has two open ones at any moment."""
        School.objects.bulk_create([group.school for group in groups if group.school.pk is None], batch_size=_BATCH)
        School.objects.bulk_create(
            changed,
            batch_size=_BATCH,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[*self.facts, "search"],
        )
        begin: list[SchoolURN] = []
        end: list[SchoolURN] = []
        for group in groups:
            for number in group.numbers:
                dated = SchoolURN(
                    pk=number.stored.pk if number.stored else None,
                    school=group.school,
                    urn=number.urn,
                    opened_on=number.opened_on,
                    closed_on=number.closed_on,
                )
                if number.stored is None or _differ(dated, number.stored):
                    (end if number.closed_on else begin).append(dated)
        for dated_rows in (end, begin):
            SchoolURN.objects.bulk_create([one for one in dated_rows if one.pk is None], batch_size=_BATCH)
            SchoolURN.objects.bulk_create(
                [one for one in dated_rows if one.pk is not None],
                batch_size=_BATCH,
                update_conflicts=True,
                unique_fields=["id"],
                update_fields=["school", "opened_on", "closed_on"],
            )
        School.objects.filter(pk__in=self.joins).delete()

    def _merge(self, groups: list[_Group]) -> None:
        """Say of each school that was taken in by another which one that is; a decision of staff stands."""
        school_of = {number.urn: group.school for group in groups for number in group.numbers}
        merged = []
        for group in groups:
            school, into = group.school, school_of.get(self.lineage.merged.get(group.newest.urn, ""))
            if into is not None and into is not school and school.merged_into_id is None:
                school.merged_into = into
                merged.append(school)
                if school.pk in self.schools:
                    self.acts.append(("school_merged", school, {"school": into.pk}))
        School.objects.bulk_update(merged, ["merged_into"], batch_size=_BATCH)
        self.summary.merged = len(merged)


def _differ(one: SchoolURN, other: SchoolURN) -> bool:
    return (one.school_id, one.opened_on, one.closed_on) != (other.school_id, other.opened_on, other.closed_on)


def _is_used(school: int) -> bool:
    """Does anything but its own numbers refer to this school? Whatever app it is in: no list to keep here."""
    for relation in School._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ForeignObjectRel) or relation.related_model is SchoolURN:
            continue
        if relation.many_to_many:
            continue  # its rows are a model of their own, and come by as one
        if relation.related_model._default_manager.filter(**{relation.field.name: school}).exists():
            return True
    return False
