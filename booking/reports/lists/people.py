"""The list of people: by words in their name, address or school, and by the part they play."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import Membership, User
from accounts.models.schools import searchable
from accounts.typed import MOST_WORDS, words_in
from booking.models import Facilitation
from booking.reports.keyset import PK, Key, Order, Page, Spot, page_of

SIZE = 50
NAME = Order("name", "Name", (Key("name"), PK))
JOINED = Order("joined", "Here since", (PK,), newest_first=True)
ORDERS = [NAME, JOINED]
PARTS = {"books": "books for a school", "takes_part": "takes part", "leads": "leads a group", "hub": "is of the hub"}


@dataclass(frozen=True)
class Wanted:
    q: str = ""
    part: str = ""

    @classmethod
    def asked(cls, address: Mapping[str, str]) -> "Wanted":
        part = address.get("part", "")
        return cls(address.get("q", "")[:80], part if part in PARTS else "")


def rows(wanted: Wanted) -> QuerySet[User]:
    people: QuerySet[User] = User.objects.filter(merged_into__isnull=True)
    for word in wanted.q.split()[:MOST_WORDS]:
        # What folds to nothing (a name in another script) is in no school's folded name, and not in all of them.
        in_school = Membership.objects.current().filter(school__search__contains=searchable(word) or word)
        people = people.filter(words_in(word, "name", "email") | Q(pk__in=in_school.values("person")))
    active = Membership.objects.active().filter(person=OuterRef("pk"))
    if wanted.part == "books":
        people = people.filter(Exists(active.leads()))
    elif wanted.part == "takes_part":
        people = people.filter(Exists(active.filter(role=Membership.Role.TEACHER)))
    elif wanted.part == "leads":
        leading = Facilitation.objects.on(timezone.localdate()).filter(person=OuterRef("pk"))
        people = people.filter(Exists(leading))
    elif wanted.part == "hub":
        people = people.exclude(hub_role="")
    return people.prefetch_related("memberships__school")


def page(wanted: Wanted, spot: Spot) -> Page[User]:
    return page_of(rows(wanted), spot, SIZE)
