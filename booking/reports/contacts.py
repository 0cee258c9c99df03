"""Whom the hub knows at a school, and when it last spoke with each of them."""

from dataclasses import dataclass
from datetime import date

from django.db.models import OuterRef, Subquery

from accounts.models import Membership, School, SchoolNote

# So many lines stand on a school's page.
MOST = 40


@dataclass
class Contact:
    membership: Membership
    spoken_on: date | None  # when the hub last spoke with them, as far as it was noted


@dataclass
class Contacts:
    """Who books, who takes part, and the lines that were noted, the last first."""

    books: list[Contact]
    takes_part: list[Contact]
    notes: list[SchoolNote]

    @property
    def spoken_on(self) -> date | None:
        return self.notes[0].on if self.notes else None


def contacts_of(school: School) -> Contacts:
    """Two queries."""
    notes = list(school.notes.select_related("person", "by")[:MOST])
    spoken = school.notes.filter(person=OuterRef("person")).order_by("-on").values("on")[:1]
    belongs = school.memberships.current().select_related("person").annotate(spoken_on=Subquery(spoken))
    people = [Contact(one, one.spoken_on) for one in belongs]
    books = [one for one in people if one.membership.role == Membership.Role.LEAD]
    return Contacts(books, [one for one in people if one not in books], notes)
