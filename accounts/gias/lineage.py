"""Which numbers are one school: decided by the graph of links and dates, never by what a link calls itself."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from accounts.gias.register import Row

# The register's own dates of a conversion differ by a day, now and then by a few weeks.
_SAME_CHANGE = timedelta(days=60)
# Numbers below this were given out when the register began: their bearers were all schools at the same time.
_FIRST_LATER_URN = 130000


@dataclass(frozen=True)
class Lineage:
    """Schools as their URNs, oldest first; which closed URN was merged into which; and after which it is not clear."""

    schools: list[list[str]]
    merged: dict[str, str]
    # A closed URN and what followed it: several others, or one that is not in the file.
    unclear: dict[str, list[str]]


def lineage(rows: Mapping[str, Row], links: Iterable[tuple[str, str]]) -> Lineage:
    """Join the URNs of each school.

    One closed URN followed by one other: the same school with a new number. Several followed by one, or one taken in by
    a school that stood already: a merger, each stays a closed school. One followed by several, or by a URN that is not
    in the file: a school of its own, for staff to decide.
    """
    later, missing = defaultdict(set), defaultdict(set)
    for one, other in links:
        if one in rows and other not in rows and rows[one].is_closed and int(other) > int(one):
            missing[one].add(other)
        if one in rows and other in rows and rows[one].last_day != rows[other].last_day:
            first, second = sorted((one, other), key=lambda urn: rows[urn].last_day)
            later[first].add(second)
    follows = {urn: next(iter(after)) for urn, after in later.items() if len(after) == 1}
    earlier = defaultdict(set)
    for urn, after in follows.items():
        earlier[after].add(urn)
    renumbered, merged = {}, {}
    for urn, after in follows.items():
        if len(earlier[after]) == 1 and not _stood_already(rows[after], rows[urn]):
            renumbered[urn] = after
        else:
            merged[urn] = after
    unclear = {urn: sorted(after | missing[urn]) for urn, after in later.items() if len(after) > 1}
    unclear |= {urn: sorted(after) for urn, after in missing.items() if after and urn not in later}
    return Lineage(schools=_chains(rows, renumbered), merged=merged, unclear=unclear)


def _stood_already(after: Row, before: Row) -> bool:
    """Was the later school there long before the earlier one closed? Then it took it in."""
    if after.opened_on is not None and before.closed_on is not None:
        return after.opened_on < before.closed_on - _SAME_CHANGE
    return after.opened_on is None and int(after.urn) < _FIRST_LATER_URN


def _chains(rows: Mapping[str, Row], renumbered: Mapping[str, str]) -> list[list[str]]:
    """Follow each school from its first number; last days grow along the way, so there is no way round in a ring."""
    chains = []
    for first in rows.keys() - set(renumbered.values()):
        chain = [first]
        while chain[-1] in renumbered:
            chain.append(renumbered[chain[-1]])
        chains.append(chain)
    # In the order of the file, so that two imports of it make the same rows.
    order = {urn: number for number, urn in enumerate(rows)}
    return sorted(chains, key=lambda chain: order[chain[-1]])
