"""Certificates: who of a group has one or may have one, and the paper itself."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.models import School, User
from accounts.schoolyear import school_year_label
from booking import papers, qr
from booking.certifying import is_as_counted, may_have, may_have_one, ready
from booking.completed import tally
from booking.completion import Standing, standings
from booking.emails.letter import and_
from booking.links import absolute
from booking.models import Certificate, Facilitation, WorkGroup
from booking.pictures import number_words
from booking.templatetags.words import hours, number_word

# How the bar of a certificate is cut: what of, and in what words.
WORDS = {"attended": "attended", "caught_up": "caught up with", "missed": "not attended"}


@dataclass
class Line:
    """Somebody who has completed a group, or has a certificate of it."""

    person: User
    certificate: Certificate | None
    # Where they stand, where that is enough.
    standing: Standing | None
    waits: bool = False

    @property
    def differs(self) -> bool:
        """Does the certificate say something else than the registers now do?"""
        one = self.certificate
        if one is None or not one.is_in_force:
            return False
        return self.standing is None or not is_as_counted(one, self.person, self.standing)

    @property
    def state(self) -> str:
        if self.certificate is not None and self.certificate.is_in_force:
            if self.standing is None:
                return "No longer enough by the registers"
            return "Differs from the registers" if self.differs else "Issued"
        if self.waits:
            return "Waits for the evaluation"
        return "Revoked" if self.certificate else "To issue"


def of_group(work_group: WorkGroup, now: datetime) -> list[Line]:
    """Everybody who has completed the group or has a certificate of it, by name; a constant number of queries."""
    found = standings([work_group], now=now)
    complete = {person: one for (_, person), one in found.items() if one.is_complete}
    may = may_have_one(work_group, found)
    given = {one.person_id: one for one in Certificate.objects.filter(work_group=work_group).order_by("pk")}
    people = User.objects.in_bulk({*complete, *given})
    lines = [
        Line(person, given.get(pk), complete.get(pk), waits=pk in complete and pk not in may and pk not in given)
        for pk, person in people.items()
    ]
    return sorted(lines, key=lambda line: (line.person.name, line.person.pk))


def of_person(person: User) -> list[Certificate]:
    """Somebody's certificates that hold, newest first."""
    found = Certificate.objects.in_force().of_person(person).select_related("work_group")
    return list(found.order_by("-issued_at", "-pk"))


def to_issue(now: datetime) -> list[tuple[WorkGroup, int]]:
    """Groups that are over with people who have completed them and never had a certificate; and how many."""
    groups = ready(now)
    over = WorkGroup.objects.filter(pk__in=[group.pk for group in groups])
    given = set(Certificate.objects.filter(work_group__in=over).values_list("work_group", "person"))
    may = may_have(groups, tally(over, now=now).complete_people - given)
    counts = Counter(group for group, _ in may)
    return [(group, counts[group.pk]) for group in groups if counts[group.pk]]


def paper(certificates: Sequence[Certificate], facts: "Facts | None" = None) -> bytes:
    """These certificates as one PDF/UA, a page each. A constant number of queries; with `facts` none."""
    facts = facts or Facts.load(certificates)
    first = certificates[0]
    title = f"Certificate {first.number}" if len(certificates) == 1 else f"{len(certificates)} certificates"
    data = {
        "title": title,
        "author": [settings.HUB_NAME],
        "hub": settings.HUB_NAME,
        "hub_lead": settings.HUB_LEAD_SCHOOL,
        "demo": bool(settings.DEMO),
        "pages": [facts.page(one) for one in certificates],
    }
    issued = max(one.issued_at for one in certificates)
    return papers.pdf("certificates.typ", data, made_at=issued.replace(microsecond=0))


@dataclass
class Facts:
    """What certificates say that stands elsewhere: groups, who led them, schools."""

    groups: dict[int, WorkGroup]
    leads: dict[int, list[str]]
    schools: dict[int, str]

    @classmethod
    def load(cls, certificates: Iterable[Certificate]) -> "Facts":
        certificates = list(certificates)
        groups = WorkGroup.objects.select_related("project").in_bulk({one.work_group_id for one in certificates})
        leads: dict[int, list[str]] = defaultdict(list)
        led = Facilitation.objects.filter(work_group__in=groups).exclude(role=Facilitation.Role.COVER)
        for part in led.select_related("person").order_by("pk"):
            if part.person.name not in leads[part.work_group_id]:
                leads[part.work_group_id].append(part.person.name)
        pks = {school for one in certificates for school, _ in one.hours_for}
        return cls(groups, leads, {pk: school.name for pk, school in School.objects.in_bulk(pks).items()})

    def page(self, one: Certificate) -> dict[str, Any]:
        """What stands on the page of one certificate, as words."""
        group, address = self.groups[one.work_group_id], absolute(one.check_path)
        project = group.project.title
        return {
            "name": one.name or "The holder asked to be forgotten",
            "group": group.title,
            "project": f"{project}{f' ({group.project_code})' if group.project_code else ''}" if project else "",
            "year": school_year_label(group.year),
            "when": _when(one.first_on, one.last_on),
            "hours": hours(one.minutes),
            "sessions": _sessions(one),
            "tried": _tasks(one.tried),
            "schools": [[self.schools.get(school, ""), hours(minutes)] for school, minutes in one.hours_for],
            "leads": and_(self.leads[group.pk]),
            "issued": _day(timezone.localdate(one.issued_at)),
            "number": one.number,
            "whole": hours(sum(one.parts.values())),
            "parts": _parts(one.parts),
            "address": address,
            "qr": qr.svg(address),
            "revoked": not one.is_in_force,
        }


def _parts(minutes: dict[str, int]) -> list[dict[str, Any]]:
    """The bar's parts in hours, each to the quarter, and together exactly the whole; with their share of it."""
    whole, done, found = sum(minutes.values()), 0, []
    for how, words in WORDS.items():
        before, done = done, done + minutes.get(how, 0)
        value = Fraction(round(done / 15) - round(before / 15), 4)
        if value:
            found.append({"kind": how, "number": number_words(value), "words": words, "share": (done - before) / whole})
    return found


def _sessions(one: Certificate) -> str:
    if one.sessions == one.of_sessions:
        return "the session" if one.sessions == 1 else f"all {number_word(one.sessions)} sessions"
    return f"{number_word(one.sessions)} of {number_word(one.of_sessions)} sessions"


def _tasks(tried: int) -> str:
    return f"{tried} research {'task' if tried == 1 else 'tasks'} tried in class" if tried else ""


def _when(first: date, last: date) -> str:
    if first == last:
        return f"on {_day(first)}"
    same = first.year == last.year
    return f"between {first.day} {first:%B}{'' if same else f' {first.year}'} and {_day(last)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
