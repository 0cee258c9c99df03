"""By what somebody is found in words that others wrote: every name and address they have or had here."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from allauth.account.models import EmailAddress
from django.db.models import Q, QuerySet

from accounts.models import AddressProposal, Membership, User

GONE = "…"


@dataclass(frozen=True)
class Traces:
    person: User
    names: frozenset[str]
    addresses: frozenset[str]
    # Names that somebody else here bears too: a text may mean the other, so they are left where they stand.
    shared: frozenset[str] = frozenset()

    @classmethod
    def of(cls, person: User) -> "Traces":
        accounts = accounts_of(person)
        typed = Membership.objects.filter(person=person).exclude(typed_name="")
        known = {*typed.values_list("typed_name", flat=True), *typed.values_list("typed_email", flat=True)}
        known |= set(EmailAddress.objects.filter(user__in=accounts).values_list("email", flat=True))
        known |= set(AddressProposal.objects.filter(person=person).values_list("email", flat=True))
        for account in accounts:
            known |= {account.name, account.email or "", *account.former}
        names = {name for name in known if "@" not in name}
        others = User.objects.filter(name__in=names).exclude(pk__in=[account.pk for account in accounts])
        shared = names & set(others.values_list("name", flat=True))
        return cls(
            person,
            frozenset(name for name in names - shared if len(name) > 2),  # shorter ones are in every sentence
            frozenset(address.lower() for address in known if "@" in address),
            frozenset(shared),
        )

    @property
    def unmistakable(self) -> "Traces":
        """Without names of one word, which in a text about mathematics may be no name: Mark, Grace, Will."""
        return replace(self, names=frozenset(name for name in self.names if " " in name))

    def at(self, column: str) -> Q:
        """Rows with one of the addresses in this column, in whatever capitals it was typed."""
        found = Q(pk__in=[])
        for address in self.addresses:
            found |= Q(**{f"{column}__iexact": address})
        return found

    def within(self, *columns: str) -> Q:
        """Rows in which they may stand: each is to be read by `out_of`, which knows where a word begins and ends."""
        found = Q(pk__in=[])
        for column in columns:
            for trace in self.addresses | {max(name.split(), key=len) for name in self.names}:
                found |= Q(**{f"{column}__icontains": trace})
        return found

    def out_of(self, text: str) -> str:
        """The text without them; words that merely hold the same letters stay as they are."""
        patterns = [rf"(?<![\w.+-])(?i:{re.escape(address)})(?!\w|-\w|\.\w)" for address in self.addresses]
        patterns += [_name(name) for name in sorted(self.names, key=len, reverse=True)]
        return re.sub("|".join(patterns), GONE, text) if patterns else text

    def stand_in(self, cells: Sequence[str]) -> bool:
        """Does a row of a table name them, in one cell or, as first name and surname, in several?"""
        text = " ".join(cells)
        return self.out_of(text) != text or any(_is_spread_over(cells, name) for name in self.names if " " in name)

    def scrub(self, rows: QuerySet[Any], columns: Iterable[str]) -> list[Any]:
        """Take them out of these columns. Returns the rows that have changed."""
        columns, changed = [*columns], []
        for row in rows.filter(self.within(*columns)).only("pk", *columns):
            before = [getattr(row, column) for column in columns]
            after = [self.out_of(text) for text in before]
            if after != before:
                for column, text in zip(columns, after, strict=True):
                    setattr(row, column, text)
                row.save(update_fields=columns)
                changed.append(row)
        return changed


def accounts_of(person: User) -> list[User]:
    """The person and every account that was merged into theirs, at whatever remove."""
    found, new = [person], [person]
    while new:
        new = list(User.objects.filter(merged_into__in=new))
        found += new
    return found


def _name(name: str) -> str:
    """Several words in whatever capitals and across the end of a line; a single one as it is written."""
    words = r"\s+".join(map(re.escape, name.split()))
    return rf"(?<!\w)(?{'i' if ' ' in name else ''}:{words})(?!\w)"


def _is_spread_over(cells: Sequence[str], name: str) -> bool:
    words = set(name.lower().split())
    parts = [set(cell.lower().split()) for cell in cells]
    return set().union(*(part for part in parts if part <= words)) == words
