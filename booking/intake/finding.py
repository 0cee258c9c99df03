"""Whom and what a row means: schools by URN or by name, people by address or by name, groups by title."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Membership, School, SchoolURN, User
from accounts.schoolyear import school_year_label
from booking.intake.lines import Given, folded
from booking.models import Session, WorkGroup
from booking.typed_dates import read_day

# What a spreadsheet writes behind a day: 13:00, T13:00:00, 1:00 PM.
_TIME = re.compile(r"(?:\s+|(?<=\d)T)\d{1,2}:\d{2}.*$")


class Schools:
    """The schools that some rows speak of, read at once."""

    def __init__(self, rows: Sequence[Given]) -> None:
        urns = {given["urn"] for given in rows if given["urn"].isdecimal()}
        self._by_urn = dict(SchoolURN.objects.filter(urn__in=urns).values_list("urn", "school_id"))
        self._by_name: dict[str, list[tuple[int, str, bool]]] = defaultdict(list)
        wanted = {folded(given["school"]) for given in rows if given["school"] and not given["urn"]}
        if wanted:
            for pk, name, postcode, status in School.objects.values_list("pk", "name", "postcode", "status"):
                if (key := folded(name)) in wanted:
                    self._by_name[key].append((pk, _bare(postcode), status != School.Status.CLOSED))
        known = {*self._by_urn.values(), *(pk for some in self._by_name.values() for pk, _, _ in some)}
        self._schools = School.objects.select_related("merged_into__merged_into").in_bulk(known)

    @property
    def ids(self) -> set[int]:
        return set(self._schools)

    @property
    def today(self) -> set[int]:
        """The same, and those that stand in the stead of closed ones."""
        return self.ids | {one.pk for school in self._schools.values() if (one := school.successor) is not None}

    def find(self, given: Given, *, today: bool = True) -> School:
        """The school of a row. `today`: the one that stands where a closed one stood; a closed one is refused.

        Raises ValidationError in a sentence.
        """
        school = self._schools[self._pk(given)]
        if not today or school.is_open:
            return school
        successor = school.successor
        if successor is None or not successor.is_open:
            raise ValidationError(f"{school} has closed, and no school is known that goes on from it.")
        return successor

    def _pk(self, given: Given) -> int:
        urn, name, postcode = given["urn"], given["school"], _bare(given["postcode"])
        if urn:
            if urn not in self._by_urn:
                raise ValidationError(f"No school has the URN {urn[:20]}.")
            return self._by_urn[urn]
        if not name:
            raise ValidationError("There is no school in it: give its URN, or its name.")
        found = self._by_name.get(folded(name), [])
        if postcode:
            here = [one for one in found if one[1] == postcode]
            if found and not here:
                raise ValidationError(f"No {name[:60]} has the postcode {given['postcode'][:10]}.")
            found = here
        if len(found) > 1:
            found = [one for one in found if one[2]] or found
        if not found:
            raise ValidationError(f"No school is called “{name[:60]}”. Give its URN.")
        if len(found) > 1:
            raise ValidationError(f"{len(found)} schools are called “{name[:60]}”. Give the URN or the postcode.")
        return found[0][0]


class People:
    """The people that some rows speak of: by any address of theirs, or by name at their school."""

    def __init__(self, rows: Sequence[Given], schools: Iterable[int]) -> None:
        addresses = {given["email"].lower() for given in rows if given["email"]}
        self._by_email: dict[str, User] = {}
        proved = EmailAddress.objects.filter(email__in=addresses, verified=True).select_related("user")
        for address in proved:
            self._by_email[address.email.lower()] = address.user
        for person in User.objects.filter(email__in=addresses):
            self._by_email[person.email or ""] = person
        self.members: dict[tuple[int, int], Membership] = {}
        self._by_name: dict[tuple[int, str], list[User]] = defaultdict(list)
        current = Membership.objects.current().filter(school__in=set(schools)).select_related("person")
        for one in current:
            self.members[one.school_id, one.person_id] = one
            for name in {folded(one.person.name), folded(one.typed_name)} - {""}:
                self._by_name[one.school_id, name].append(one.person)

    def by_email(self, email: str) -> User | None:
        return self._by_email.get(email)

    def by_name(self, school: int, name: str) -> list[User]:
        return self._by_name.get((school, folded(name)), [])


class Groups:
    """The groups that some rows speak of, by title and year."""

    def __init__(self, rows: Sequence[Given]) -> None:
        wanted = {folded(given["group"]) for given in rows}
        self._found: dict[str, list[WorkGroup]] = defaultdict(list)
        for group in WorkGroup.objects.order_by("-year", "pk"):
            for key in {folded(group.title), folded(group.slug)}:
                if key in wanted:
                    self._found[key].append(group)

    @property
    def ids(self) -> set[int]:
        return {group.pk for some in self._found.values() for group in some}

    def find(self, given: Given, this_year: int) -> WorkGroup:
        """The group of a row: of the year it says, else of this one, where more than one has that title."""
        title = given["group"]
        if not title:
            raise ValidationError("There is no work group in it.")
        found = list(dict.fromkeys(self._found.get(folded(title), [])))
        if given["year"]:
            year = read_school_year(given["year"])
            found = [one for one in found if one.year == year]
        if not found:
            of_year = f" in {school_year_label(read_school_year(given['year']))}" if given["year"] else ""
            raise ValidationError(f"No work group is called “{title[:60]}”{of_year}.")
        if len(found) > 1:
            found = [one for one in found if one.year == this_year] or found
        if len(found) > 1:
            raise ValidationError(f"{len(found)} work groups are called “{title[:60]}”. Say the school year too.")
        group = found[0]
        if group.status == WorkGroup.Status.DRAFT:
            raise ValidationError(f"{group} is still a draft. Publish it first.")
        if group.status == WorkGroup.Status.CANCELLED:
            raise ValidationError(f"{group} was called off.")
        return group


def sessions_of(groups: Iterable[int]) -> dict[int, list[Session]]:
    """The sessions of each group, in order."""
    found: dict[int, list[Session]] = defaultdict(list)
    for session in Session.objects.filter(work_group__in=set(groups)).select_related("venue"):
        found[session.work_group_id].append(session)
    return found


def session_on(words: str, some: Iterable[Session], group: WorkGroup, word: str) -> Session:
    """The one session of the group that takes place on the day of a cell. Raises ValidationError in a sentence."""
    day = read_day(_TIME.sub("", words), school_year=group.year)
    found = [one for one in some if one.starts_at and timezone.localdate(one.starts_at) == day]
    planned = [one for one in found if one.is_planned]
    if not found:
        raise ValidationError(f"{group} has no {word} on {day:%d/%m/%Y}.")
    if not planned:
        raise ValidationError(f"{group}, {word} on {day:%d/%m/%Y}, was cancelled.")
    if len(planned) > 1:
        raise ValidationError(f"{group} has {len(planned)} {word}s on {day:%d/%m/%Y}, and this does not say which.")
    return planned[0]


def read_school_year(text: str) -> int:
    """The year in which the school year of a cell begins: of 2023-24, 2023/24, 2023/2024 and 2023 it is 2023."""
    figures = "".join(one if one.isdecimal() else " " for one in text).split()
    first = int(figures[0]) if figures and len(figures[0]) == 4 else 0
    second = int(figures[1][-2:]) if len(figures) > 1 else (first + 1) % 100
    if not 1990 <= first <= 2100 or len(figures) > 2 or second != (first + 1) % 100:
        raise ValidationError(f"“{text[:30]}” is no school year. Write it as 2023-24.")
    return first


def _bare(postcode: str) -> str:
    return postcode.replace(" ", "").upper()
