"""Our school with the hub: a school year on one page, for governors or inspectors. Never a reason."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from accounts.colleagues import show_as_typed
from accounts.models import School, User
from accounts.models.schools import taken_in
from accounts.schoolyear import school_year_label
from booking import papers
from booking.completion import OPEN, Standing, standings
from booking.contact import Held, former_of
from booking.models import Attendance, Certificate, Place, Quotation, Reflection, WorkGroup
from booking.models.places import Status
from booking.pictures import Part, number_words
from booking.templatetags.words import hours, number_word, people_words


@dataclass
class Member:
    """One of our people in one group; hours and sessions are those for our school."""

    person: User
    attended: int
    # Sessions that count for them; none: they came in a colleague's place.
    of: int | None
    minutes: int
    tried: int
    certificate: Certificate | None

    @property
    def sessions(self) -> str:
        return f"{self.attended} of {self.of}" if self.of else str(self.attended)


@dataclass
class Group:
    work_group: WorkGroup
    people: list[Member]
    # Minutes of all our people: attended, missed, to come.
    minutes: dict[str, int]

    @property
    def parts(self) -> list[Part]:
        return _bar(self.minutes)

    @property
    def whole(self) -> str:
        return hours(sum(self.minutes.values()))


@dataclass
class Year:
    school: School
    year: int
    groups: list[Group]
    # Shared reflections of our people, each with whether it is chosen.
    words: list[tuple[Reflection, bool]]
    # What lists of that year say besides, from before the hub kept its groups here.
    former: list[Held] = field(default_factory=list)
    # The school and those it took in, by their ids.
    ids: set[int] = field(default_factory=set)

    @property
    def label(self) -> str:
        return school_year_label(self.year)

    @property
    def people(self) -> int:
        return len({one.person.pk for group in self.groups for one in group.people})

    @property
    def minutes(self) -> dict[str, int]:
        totals: dict[str, int] = defaultdict(int)
        for group in self.groups:
            for how, minutes in group.minutes.items():
                totals[how] += minutes
        return totals

    @property
    def parts(self) -> list[Part]:
        return _bar(self.minutes)

    @property
    def whole(self) -> str:
        return hours(sum(self.minutes.values()))

    @property
    def tried(self) -> int:
        return sum(one.tried for group in self.groups for one in group.people)

    @property
    def certificates(self) -> int:
        return sum(one.certificate is not None for group in self.groups for one in group.people)

    @property
    def chosen(self) -> list[Reflection]:
        return [one for one, is_chosen in self.words if is_chosen]

    @property
    def sentence(self) -> str:
        """What the page says, in a sentence."""
        said = [f"{people_words(self.people).capitalize()} in {_count(len(self.groups), 'work group')}"]
        said.append(f"{hours(self.minutes['attended'])} attended")
        if self.tried:
            said.append(f"{_count(self.tried, 'research task')} tried in class")
        if self.certificates:
            said.append(_count(self.certificates, "certificate"))
        return ", ".join(said) + "."


def of_year(school: School, year: int, *, typed: bool, now: datetime | None = None) -> Year:
    """A school's year; a constant number of queries. `typed`: names as the school knows its people."""
    ids = taken_in([school.pk])
    rows = Attendance.objects.filter(school__in=ids)
    placed = Place.objects.live().named().filter(booking__school__in=ids, booking__status=Status.CONFIRMED)
    groups = WorkGroup.objects.of_year(year).exclude(status=WorkGroup.Status.DRAFT)
    groups = groups.filter(Q(sessions__attendances__in=rows) | Q(pk__in=placed.values("work_group"))).distinct()
    people = {*placed.filter(work_group__year=year).values_list("person", flat=True)}
    people |= set(rows.filter(session__work_group__year=year).values_list("person", flat=True))
    found = standings(list(groups.order_by("title", "pk")), people, now=now)
    persons = User.objects.in_bulk(people)
    if typed:
        show_as_typed(school.pk, persons.values())
    held = Certificate.objects.in_force().filter(person__in=people, school__in=ids, work_group__year=year)
    certificates = {(one.work_group_id, one.person_id): one for one in held}
    by_group: dict[int, Group] = {}
    for (pk, person), one in found.items():
        member = _member(persons[person], one, ids, certificates.get((pk, person)))
        if member is None:
            continue
        group = by_group.setdefault(pk, Group(one.work_group, [], {"attended": 0, "missed": 0, "coming": 0}))
        group.people.append(member)
        _add(group.minutes, one, ids)
    for group in by_group.values():
        group.people.sort(key=lambda one: (one.person.name, one.person.pk))
    lines = sorted(by_group.values(), key=lambda one: (one.work_group.title, one.work_group.pk))
    former = former_of(ids, now=school, year=year)
    return Year(school, year, lines, _words(school, lines), former, ids)


def _member(person: User, one: Standing, ids: set[int], certificate: Certificate | None) -> Member | None:
    """Their line, if they are in the group for us or ever came for us."""
    mine = [counted for counted in one.came if counted.school in ids]
    ours = one.has_place and one.school in ids
    if not mine and not ours:
        return None
    minutes = sum(counted.minutes for counted in mine)
    return Member(person, len(mine), len(one.counted) if ours else None, minutes, one.tried, certificate)


def _add(minutes: dict[str, int], one: Standing, ids: set[int]) -> None:
    ours = one.has_place and one.school in ids
    for counted in one.counted:
        if counted.school in ids:
            minutes["attended"] += counted.minutes
            minutes["missed"] += counted.whole - counted.minutes
        elif ours and counted.how in OPEN:
            minutes["coming"] += counted.whole
        elif ours and counted.how in ("missed", "cannot"):
            minutes["missed"] += counted.whole


def _words(school: School, lines: Sequence[Group]) -> list[tuple[Reflection, bool]]:
    """What our people shared in the groups that they are in for us; elsewhere they speak for another school."""
    ours = {(group.work_group.pk, one.person.pk): one.person for group in lines for one in group.people}
    groups, people = {group for group, _ in ours}, {person for _, person in ours}
    shared = Reflection.objects.filter(task__session__work_group__in=groups, person__in=people, shared=True)
    shared = shared.exclude(words="").select_related("task__session__work_group").order_by("at", "pk")
    chosen = set(Quotation.objects.filter(school=school).values_list("reflection", flat=True))
    found = []
    for one in shared:
        person = ours.get((one.task.session.work_group_id, one.person_id))
        if person is not None:
            one.person = person  # as they are called on this page
            found.append((one, one.pk in chosen))
    return found


def _bar(minutes: dict[str, int]) -> list[Part]:
    """The bar's parts in hours, each to the quarter, and together exactly the whole."""
    words = {"attended": ("attended", "done"), "missed": ("missed", "lost"), "coming": ("to come", "coming")}
    done, found = 0, []
    for how, (label, kind) in words.items():
        before, done = done, done + minutes.get(how, 0)
        value = Fraction(round(done / 15) - round(before / 15), 4)
        if value:
            found.append(Part(label, value, kind))
    return found


def paper(year: Year, *, now: datetime | None = None) -> bytes:
    """The same as PDF/UA, with the chosen words alone."""
    now = now or timezone.now()
    data = {
        "title": f"{year.school} with the {settings.HUB_SHORT_NAME or settings.HUB_NAME}, {year.label}",
        "author": [settings.HUB_NAME],
        "hub": settings.HUB_NAME,
        "school": str(year.school),
        "year": year.label,
        "sentence": year.sentence,
        "bar": _shares(year.parts),
        "whole": year.whole,
        "made": f"{timezone.localdate(now).day} {timezone.localdate(now):%B %Y}",
        "demo": bool(settings.DEMO),
        "groups": [
            {
                "title": group.work_group.title,
                "whole": group.whole,
                "bar": _shares(group.parts),
                "people": [
                    [
                        one.person.name,
                        one.sessions,
                        hours(one.minutes),
                        str(one.tried) if one.tried else "–",
                        one.certificate.number if one.certificate else "–",
                    ]
                    for one in group.people
                ],
            }
            for group in year.groups
        ],
        "words": [_said(one) for one in year.chosen],
    }
    return papers.pdf("our_school.typ", data, made_at=now.replace(microsecond=0))


def _count(number: int, what: str) -> str:
    return f"{number_word(number)} {what}{'' if number == 1 else 's'}"


def _said(one: Reflection) -> dict[str, str]:
    task = one.task
    return {"words": one.words, "by": one.person.name, "task": task.title, "group": task.session.work_group.title}


def _shares(parts: list[Part]) -> list[dict[str, Any]]:
    whole = sum((Fraction(part.value) for part in parts), Fraction(0))
    return [
        {
            "kind": part.kind,
            "words": part.label,
            "number": number_words(part.value),
            "share": float(Fraction(part.value) / whole),
        }
        for part in parts
    ]
