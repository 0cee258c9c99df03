"""The list of people: by words in their name, address or school, and by the part they play."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import Membership, User
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
    for word in wanted.q.split()[:6]:
        of_school = Membership.objects.current().filter(school__name__icontains=word).values("person")
        people = people.filter(Q(name__icontains=word) | Q(email__icontains=word) | Q(pk__in=of_school))
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
