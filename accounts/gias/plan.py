"""What taking the register in would change: the file compared with the hub's own schools. Reads, and writes nothing."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db import models
from django.utils import timezone

from accounts.gias.lineage import Lineage
from accounts.gias.register import Register, Row
from accounts.gias.table import RegisterError
from accounts.models import Phase, School, SchoolURN

# The register's numbers end long before this; those of demonstration schools begin here.
INVENTED_URNS = 900000

# A file by which more than this share of the open schools would close or vanish is more likely broken than true.
GONE_PER_CENT = 5
# In a small hub two schools are soon more than that: so many may always go.
GONE_ALWAYS = 2
# So many changes of a kind are listed; a first import has tens of thousands of new schools.
LISTED = 1000

# Kinds of change, in the order of a page, and what it calls them.
KINDS = {
    "closed": "Closed",
    "vanished": "Open here, and not in the file",
    "converted": "A new number: the same school as before",
    "merged": "Merged into another school",
    "undecided": "For you to decide",
    "renamed": "Renamed",
    "moved": "Moved",
    "regraded": "Another phase or other ages",
    "closing": "Proposed to close",
    "opened": "Opened",
    "reopened": "Open again",
    "new": "New",
}
_MOVED = {"street", "town", "postcode"}
_REGRADED = {"phase", "low_age", "high_age"}


@dataclass
class Summary:
    """What an import does, in numbers of schools."""

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


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that becomes of one school, in words for the office."""

    kind: str
    urn: str
    name: str
    words: str = ""
    school: int | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A number as the hub holds it."""

    pk: int
    school_id: int
    urn: str
    opened_on: date | None
    closed_on: date | None


class Number:
    """A URN of a school: what the file says of it, what the hub holds of it, or both."""

    __slots__ = ("closed_on", "is_open", "opened_on", "row", "stored", "urn")

    def __init__(self, urn: str, row: Row | None, stored: Stored | None) -> None:
        self.urn, self.row, self.stored = urn, row, stored
        self.opened_on = (row.opened_on if row else None) or (stored.opened_on if stored else None)
        known = stored.closed_on if stored else None
        self.closed_on = (row.closed_on or known if row.is_closed else None) if row else known
        self.is_open = not row.is_closed if row else known is None
        if self.opened_on and self.closed_on and self.opened_on > self.closed_on:
            self.opened_on = None  # the register now and then has a school close before it opened

    @property
    def age(self) -> tuple[date, date, str]:
        last_day = date.max if self.is_open else self.closed_on or date.min
        return last_day, self.opened_on or date.min, self.urn

    @property
    def differs(self) -> bool:
        """Do its days differ from what the hub holds?"""
        stored = self.stored
        return stored is None or (self.opened_on, self.closed_on) != (stored.opened_on, stored.closed_on)

    def give_way(self, after: "Number", today: date) -> None:
        """End before the next number begins: a school bears one at a time, even where the register's days cross."""
        eve = after.opened_on - timedelta(days=1) if after.opened_on else None
        self.closed_on = min(self.closed_on, eve) if self.closed_on and eve else self.closed_on or eve or today
        if self.opened_on and self.opened_on > self.closed_on:
            self.opened_on = None


@dataclass(slots=True)
class Group:
    """One school and all numbers it ever bore, oldest first."""

    school: School
    numbers: list[Number]

    @property
    def newest(self) -> Number:
        return self.numbers[-1]

    @property
    def former_names(self) -> list[str]:
        return [number.row.name for number in self.numbers[:-1] if number.row]


@dataclass
class Plan:
    """All that an import does, before it does any of it."""

    facts: list[str]
    now: datetime
    summary: Summary = field(default_factory=Summary)
    changes: list[Change] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    were_open: int = 0
    groups: list[Group] = field(default_factory=list)
    # Schools whose facts differ, with the newest facts on them; and those that were merged: into which (None: no more).
    changed: list[School] = field(default_factory=list)
    merged: list[tuple[School, School | None]] = field(default_factory=list)
    # Schools that turn out to be another school of the hub, and which.
    joins: dict[int, int] = field(default_factory=dict)
    # (verb, school, details) of the history.
    acts: list[tuple[str, School, dict[str, Any]]] = field(default_factory=list)

    @property
    def gone(self) -> int:
        """Open schools that this file would close, or says nothing of."""
        return sum(change.kind in ("closed", "vanished") for change in self.changes)

    @property
    def undecided(self) -> list[str]:
        return [f"{change.name} {change.words}" for change in self.changes if change.kind == "undecided"]

    def check_believable(self) -> None:
        """Refuse a file by which too many schools would be gone."""
        if self.gone > GONE_ALWAYS and self.gone * 100 > self.were_open * GONE_PER_CENT:
            raise RegisterError(
                f"By this file {self.gone:,} of {self.were_open:,} open schools would close or vanish, which is more "
                f"than {GONE_PER_CENT} in a hundred. It may be cut off, or be of another area."
            )

    def stored(self) -> dict[str, Any]:
        """The plan as a page shows it and a row keeps it: figures, and the changes by kind."""
        listed: dict[str, list[list[Any]]] = {kind: [] for kind in KINDS}
        for change in sorted(self.changes, key=lambda one: (one.name, one.urn)):
            if len(listed[change.kind]) < LISTED:
                listed[change.kind].append([change.urn, change.name, change.words, change.school])
        counts = Counter(change.kind for change in self.changes)
        return {
            "summary": asdict(self.summary),
            "counts": {kind: counts[kind] for kind in KINDS if counts[kind]},
            "changes": {kind: rows for kind, rows in listed.items() if rows},
            "remarks": self.remarks,
            "were_open": self.were_open,
            "gone": self.gone,
        }


def digest(stored: dict[str, Any]) -> str:
    """A short name of a stored plan: two that say the same have the same."""
    return hashlib.sha256(json.dumps(stored, sort_keys=True).encode()).hexdigest()


def compare(register: Register, found: Lineage, *, authorities: Iterable[str] = (), now: datetime) -> Plan:
    """What is against what should be. `authorities`: only their schools, with the numbers they bore before anywhere."""
    return _Comparison(register, found, frozenset(authorities), now).run()


class _Comparison:
    def __init__(self, register: Register, found: Lineage, authorities: frozenset[str], now: datetime) -> None:
        self.rows, self.lineage, self.authorities = register.rows, found, authorities
        self.today = timezone.localdate(now)
        self.plan = Plan(facts=register.facts, now=now, remarks=register.remarks)
        self.summary = self.plan.summary
        # Demonstration schools and settings off the register are never touched, nor are their numbers.
        ours = models.Q(school__on_register=True, urn__lt=str(INVENTED_URNS))
        columns = ("pk", "school_id", "urn", "opened_on", "closed_on")
        held = SchoolURN.objects.filter(ours).values_list(*columns)
        self.stored = {row[2]: Stored(*row) for row in held.iterator()}
        self.foreign = set(SchoolURN.objects.exclude(ours).values_list("urn", flat=True))
        homes = {one.school_id for one in self.stored.values()}
        schools = School.objects.filter(on_register=True).order_by()
        self.schools = {school.pk: school for school in schools.iterator() if school.pk in homes}
        self.were_open = {
            pk for pk, school in self.schools.items() if self._is_of_authorities(school) and school.is_open
        }

    def run(self) -> Plan:
        plan = self.plan
        plan.were_open = len(self.were_open)
        chains = self._wanted()
        for chain in chains:
            self._join(chain)
        plan.groups = self._groups(chains)
        plan.changed = [group.school for group in plan.groups if self._judge(group)]
        self._merge()
        self._vanish()
        return plan

    def _is_of_authorities(self, school: School) -> bool:
        return not self.authorities or school.la_code in self.authorities

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
            words = f"(URN {', '.join(chain)}) stands here as {len(used)} schools that people or bookings belong to."
            name = self.rows[chain[-1]].name
            self.plan.changes.append(Change("undecided", chain[-1], name, words, used[-1]))
            return
        home = (used or pks)[0]
        self.plan.joins |= {pk: home for pk in pks if pk != home}

    def _home(self, stored: Stored) -> int:
        return self.plan.joins.get(stored.school_id, stored.school_id)

    def _groups(self, chains: list[list[str]]) -> list[Group]:
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
            numbers = [Number(urn, self.rows.get(urn), self.stored.get(urn)) for urn in urns]
            numbers.sort(key=lambda number: number.age)
            for number, after in pairwise(numbers):
                number.give_way(after, self.today)
            groups.append(Group(self.schools[home] if isinstance(home, int) else School(), numbers))
        return groups

    def _judge(self, group: Group) -> bool:
        """Put the newest number's facts on a school and note what became of it. Returns whether facts have changed."""
        school, row = group.school, group.newest.row
        before, was_open = _told(school), school.is_open
        differing = {
            fact for fact in self.plan.facts if row is not None and getattr(school, fact) != getattr(row, fact)
        }
        for fact in differing:
            setattr(school, fact, getattr(row, fact))
        added = [n.urn for n in group.numbers if n.stored is None or n.stored.school_id in self.plan.joins]
        if differing or (added and school.pk):
            school.set_search(group.former_names)
        if school.pk is None:
            self.summary.new += 1
            self.summary.converted += len(added) - 1
            self._note("new", group, school.address_line)
            return False
        self.summary.converted += len(added)
        self._note_facts(group, before, differing)
        closes = was_open and school.status == School.Status.CLOSED
        if closes:
            self.summary.closed += 1
            self._note("closed", group, self._what_followed(group.newest.urn))
            self.plan.acts.append(("school_closed", school, {"urn": group.newest.urn}))
        elif added:
            self._note("converted", group, f"also {', '.join(n.urn for n in group.numbers[:-1])}")
            self.plan.acts.append(("school_converted", school, {"urns": added}))
        elif differing:
            self.summary.changed += 1
        else:
            self.summary.unchanged += 1
        if school.merged_into_id is not None and school.status != School.Status.CLOSED:
            self.plan.merged.append((school, None))  # it stands again, whatever was thought of it
        return bool(differing or added)

    def _note(self, kind: str, group: Group, words: str = "") -> None:
        self.plan.changes.append(Change(kind, group.newest.urn, group.school.name, words, group.school.pk))

    def _note_facts(self, group: Group, before: dict[str, str], differing: set[str]) -> None:
        school, after = group.school, _told(group.school)
        if "name" in differing:
            self._note("renamed", group, f"was {before['name']}")
        for kind, facts in (("moved", _MOVED), ("regraded", _REGRADED)):
            if facts & differing and before[kind] != after[kind]:
                self._note(kind, group, f"{before[kind]} → {after[kind]}")
        if "status" in differing:
            status = School.Status
            became = {
                (status.OPEN, status.CLOSING): "closing",
                (status.PROPOSED, status.OPEN): "opened",
                (status.CLOSED, status.OPEN): "reopened",
                (status.CLOSED, status.CLOSING): "reopened",
            }
            change = became.get((status(before["status"]), status(school.status)))
            if change is not None:
                self._note(change, group)

    def _what_followed(self, urn: str) -> str:
        """Where a closing school has several successors, or one that is not in the file: which, for staff to decide."""
        named = [
            f"{self.rows[one].name}, URN {one}" if one in self.rows else f"URN {one}, which is not in the file"
            for one in self.lineage.unclear.get(urn, [])
        ]
        return f"followed by {' and by '.join(named)}" if named else ""

    def _merge(self) -> None:
        """Say of each school that was taken in by another which one that is; a decision of staff stands."""
        plan = self.plan
        group_of = {number.urn: group for group in plan.groups for number in group.numbers}
        for group in plan.groups:
            school, into = group.school, group_of.get(self.lineage.merged.get(group.newest.urn, ""))
            if into is None or into.school is school or school.merged_into_id is not None:
                continue
            plan.merged.append((school, into.school))
            self.summary.merged += 1
            if school.pk in self.schools:
                self._note("merged", group, f"into {into.school.name}, URN {into.newest.urn}")
                plan.acts.append(("school_merged", school, {"urn": into.newest.urn}))

    def _vanish(self) -> None:
        """Schools of the hub that the file says nothing of are left alone, and those that are open are named."""
        found_here = {group.school.pk for group in self.plan.groups} | self.plan.joins.keys()
        urns = {stored.school_id: stored.urn for stored in self.stored.values() if stored.closed_on is None}
        for pk, school in self.schools.items():
            if pk in found_here or not self._is_of_authorities(school):
                continue
            self.summary.absent += 1
            if pk in self.were_open:
                self.plan.changes.append(Change("vanished", urns.get(pk, ""), school.name, school.address_line, pk))


def _told(school: School) -> dict[str, str]:
    """What a school is called and where and whom it teaches, in words."""
    ages = f", {school.low_age} to {school.high_age}" if school.low_age is not None else ""
    return {
        "name": school.name,
        "status": school.status,
        "moved": ", ".join(part for part in (school.street, school.town, school.postcode) if part),
        "regraded": f"{Phase(school.phase).label}{ages}",
    }


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
