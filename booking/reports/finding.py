"""One search for the office: schools, people, groups and bookings by what somebody says on the telephone.

An URN, a postcode, an e-mail address or a booking's number is meant exactly, and what bears it stands first. Of words
all have to be found; first stands what begins with them. Each question stops at its first few rows or reads an index
alone, so that the list can follow the typing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from allauth.account.models import EmailAddress
from django.db.models import Q, QuerySet
from django.urls import reverse

from accounts.finding import SHORTEST, best, in_district
from accounts.models import Membership, School, SchoolURN, User
from accounts.models.schools import searchable
from accounts.places_near import postcode_district
from accounts.schoolyear import school_year_label
from accounts.typed import MOST_WORDS, number_in, words_in
from booking.models import Booking, WorkGroup
from booking.models.places import LIVE

# So many of each kind: what is meant is among the first, or a word more is typed.
LIMIT = 6
# In so many schools of a name somebody of another name is looked for, and in so many groups a school.
SCHOOLS, GROUPS, WAYS = 40, 60, 3
LONGEST = 80
_URN = re.compile(r"[0-9]{5,6}")


@dataclass(frozen=True)
class Hit:
    title: str
    url: str
    hint: str = ""


@dataclass
class Results:
    """What was found: what bears exactly this number or address; and by its words, kind by kind."""

    words: str
    exact: list[Hit] = field(default_factory=list)
    schools: list[Hit] = field(default_factory=list)
    people: list[Hit] = field(default_factory=list)
    groups: list[Hit] = field(default_factory=list)
    bookings: list[Hit] = field(default_factory=list)

    @property
    def sections(self) -> list[tuple[str, list[Hit]]]:
        """Those that found something, the best guess first."""
        named = [
            ("Exactly this", self.exact),
            ("Schools", self.schools),
            ("People", self.people),
            ("Work groups", self.groups),
            ("Bookings", self.bookings),
        ]
        return [(title, hits) for title, hits in named if hits]

    @property
    def is_asked(self) -> bool:
        """Shorter than that, what is typed fits nearly everything, and nothing is looked for but a number."""
        return len(self.words) >= SHORTEST or self.words.isdecimal()


def find(typed: str, *, limit: int = LIMIT) -> Results:
    """What the words find, at most `limit` of each kind; nothing where fewer than two letters are typed."""
    found = Results(" ".join(typed.split())[:LONGEST].strip())
    if not found.is_asked:
        return found
    found.exact = _exactly(found.words)
    if district := postcode_district(found.words):
        around = in_district(district).order_by("postcode", "name", "pk")[:limit]
        found.schools = [hit for hit in map(_school, around) if hit not in found.exact]
    elif not found.exact:
        found.schools = [_school(one) for one in _schools(found.words, limit)]
        found.people = [_person(one) for one in _people(found.words, limit)]
        found.groups = [_group(one) for one in _groups(found.words, limit)]
        if not found.sections:
            found.people = [_person(one) for one in _people_of_schools(found.words, limit)]
        found.bookings = [_booking(one) for one in _bookings(found.words, limit)]
    return found


def _exactly(words: str) -> list[Hit]:
    """Schools of this URN, old or new, or this postcode; people of this address; the booking of this number."""
    hits = list[Hit]()
    if _URN.fullmatch(words):
        of_urn = SchoolURN.objects.filter(urn=words).values("school")
        hits += map(_school, _whole_schools().filter(pk__in=of_urn))
    elif postcode_district(words):
        spaced = words.upper() if " " in words else f"{words[:-3]} {words[-3:]}".upper()
        hits += map(_school, _whole_schools().filter(postcode=spaced).order_by("status", "name", "pk")[:LIMIT])
    if number := number_in(words.removeprefix("#"), digits=9):
        hits += map(_booking, _whole_bookings().filter(pk=number))
    if "@" in words:
        address = words.lower()
        known = EmailAddress.objects.filter(email=address).values("user")
        hits += map(_person, _whole_people().filter(Q(email=address) | Q(pk__in=known)))
        hits += map(_school, _whole_schools().filter(contact_email__iexact=address)[:LIMIT])
    return hits


def _schools(words: str, limit: int) -> list[School]:
    return [] if "@" in words else _in_order(_whole_schools(), best(words, limit))


def _people(words: str, limit: int) -> list[User]:
    """Whose name begins so, as names are written; then in whose name or address all the words are."""
    begins = words.title()
    # A span of the index, since a database that folds letters reads all names for "begins with".
    ids = list(_names().filter(name__gte=begins, name__lt=f"{begins}zzzz")[:limit])
    if len(ids) < limit:
        ids += _names().filter(_in_person(words)).exclude(pk__in=ids)[: limit - len(ids)]
    return _in_order(_whole_people(), ids)


def _people_of_schools(words: str, limit: int) -> list[User]:
    """Somebody of a school: the first word or the last is theirs, the others are the school's."""
    ids, several = list[int](), words.split()[:MOST_WORDS]
    ways = {(several[0], *several[1:]), (several[-1], *several[:-1])} if len(several) > 1 else set()
    for name, *school in sorted(ways):
        schools = list(School.objects.open().matching(" ".join(school)).values_list("pk", flat=True)[:SCHOOLS])
        if schools and len(ids) < limit:
            belongs = Membership.objects.current().filter(school__in=schools).values("person")
            of_school = _names().filter(_in_person(name), pk__in=belongs).exclude(pk__in=ids)
            ids += of_school[: limit - len(ids)]
    return _in_order(_whole_people(), ids)


def _groups(words: str, limit: int) -> list[WorkGroup]:
    """This year's before those of other years."""
    groups = WorkGroup.objects.filter(words_in(words, "title"))
    return list(groups.order_by("-year", "title", "pk")[:limit])


def _bookings(words: str, limit: int) -> list[Booking]:
    """Of a school on a group: some of the words are in the group's title, all the others in the school's name.

    Those that stand or wait come before those that have ended.
    """
    several = words.lower().split()[:MOST_WORDS]
    if len(several) < 2:
        return []
    in_title = Q(pk__in=[])
    for word in several:
        in_title |= Q(title__icontains=word)
    groups: dict[tuple[str, ...], list[int]] = {}
    for pk, title in WorkGroup.objects.filter(in_title).order_by("-year", "title", "pk").values_list("pk", "title"):
        left = tuple(word for word in several if word not in title.lower())
        groups.setdefault(left, []).append(pk)
    # First those of whose title the most words are.
    ways = [left for left in sorted(groups, key=len)[:WAYS] if left]
    found = list[int]()
    for stands in (Q(status__in=LIVE), ~Q(status__in=LIVE)):
        for left in ways:
            if len(found) < limit:
                bookings = Booking.objects.filter(stands, work_group__in=groups[left][:GROUPS])
                for word in searchable(" ".join(left)).split():
                    bookings = bookings.filter(school__search__contains=word)
                found += bookings.order_by("-pk").values_list("pk", flat=True)[: limit - len(found)]
    return _in_order(_whole_bookings(), found)


def _names() -> QuerySet[User, int]:
    """Ids of people in the order of their names: what is asked stands in one index."""
    people = User.objects.filter(merged_into__isnull=True)
    return people.order_by("name", "email", "pk").values_list("pk", flat=True)


def _in_person(words: str) -> Q:
    return words_in(words, "name", "email")


def _in_order(rows: QuerySet, pks: Sequence[int]) -> list:
    found = rows.in_bulk(list(pks)) if pks else {}
    return [found[pk] for pk in pks if pk in found]


def _whole_schools() -> QuerySet[School]:
    return School.objects.prefetch_related("urns")


def _whole_people() -> QuerySet[User]:
    return User.objects.filter(merged_into__isnull=True).prefetch_related("memberships__school")


def _whole_bookings() -> QuerySet[Booking]:
    return Booking.objects.select_related("school", "work_group")


def _school(school: School) -> Hit:
    urns = [urn.urn for urn in school.urns.all() if urn.closed_on is None]
    parts = [school.address_line, *(f"URN {urn}" for urn in urns), "" if school.is_open else "closed"]
    return Hit(school.name, reverse("office_school", args=[school.pk]), " · ".join(part for part in parts if part))


def _person(person: User) -> Hit:
    schools = [one.school.name for one in person.memberships.all() if one.state != Membership.State.ENDED]
    parts = [person.email or "no address", ", ".join(schools)]
    return Hit(person.name, reverse("office_person", args=[person.pk]), " · ".join(part for part in parts if part))


def _group(group: WorkGroup) -> Hit:
    hint = f"{school_year_label(group.year)} · {group.get_status_display().lower()}"
    return Hit(group.title, reverse("office_work_group", args=[group.pk]), hint)


def _booking(booking: Booking) -> Hit:
    title, stands = f"{booking.school}, {booking.work_group}", booking.get_status_display().lower()
    said = stands if booking.is_live else f"ended: {stands}"
    return Hit(title, booking.get_absolute_url(), f"number {booking.pk} · {said}")
