"""Contact: in which school years somebody came for a school, by registers here or by lists of former years.

Signed up is not contact. A school keeps the contacts of those it took in. Before the first year that is held nothing
is known, which is not the same as nothing was.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from django.db.models import Count, QuerySet

from accounts.models import School
from accounts.models.schools import taken_in
from accounts.schoolyear import school_year_label
from booking.models import Attendance, PastEngagement, Project, WorkGroup


def years_held() -> set[int]:
    """The school years of which anything is held here, entered or from a list."""
    groups = WorkGroup.objects.exclude(status=WorkGroup.Status.DRAFT).order_by().values_list("year")
    return {year for (year,) in groups.union(PastEngagement.objects.order_by().values_list("year"))}


def first_year() -> int | None:
    """The earliest of them; None while nothing is held."""
    return min(years_held(), default=None)


def never_words(first: int | None) -> str:
    """What is said of a school that nobody ever came for, as far as it is held here: never "none"."""
    return "No contact held here" if first is None else f"No contact held here since {first}"


def not_held_words(first: int | None) -> str:
    """What is said of the years before the first one."""
    return "Nothing is held here yet." if first is None else f"Before {school_year_label(first)}: not held here."


class Reached(NamedTuple):
    """Schools that somebody came for in a school year, and in any year before it.

    `listed`: those of the year of which a list alone says so; its figures do not count them.
    """

    now: set[int]
    before: set[int]
    listed: set[int]


def reached(year: int, project: Project | None = None) -> Reached:
    """The schools reached by a school year, in one project or any.

    What came of a merger has its predecessors' contacts. Four queries, of which two read the whole of the registers:
    asked once for all schools, it is faster than looking for each.
    """
    groups = WorkGroup.objects.exclude(status=WorkGroup.Status.DRAFT).filter(year__lte=year)
    former = PastEngagement.objects.engaged().filter(year__lte=year)
    if project is not None:
        groups, former = groups.filter(project=project), former.filter(project=project)
    after = all_successors()
    came = {(after.get(school, school), when) for school, when in _came(groups)}
    rows = former.order_by().values_list("school", "year").distinct()
    every = came | {(after.get(school, school), when) for school, when in rows}
    now = {school for school, when in every if when == year}
    before = {school for school, _ in every} - now
    return Reached(now, before, {school for school in now if (school, year) not in came})


def _came(groups: QuerySet[WorkGroup]) -> set[tuple[int, int]]:
    """(school, year) of whoever came to these groups, or caught up with them elsewhere."""
    came = Attendance.objects.filter(school__isnull=False)
    own = came.came_to(groups).values_list("school", "session__work_group__year")
    guests = came.caught_up(groups).values_list("school", "credited_to__work_group__year")
    return {(school or 0, when or 0) for school, when in chain(own.distinct(), guests.distinct())}


def successors(pairs: Iterable[tuple[int, int | None]]) -> dict[int, int]:
    """Of (school, the one it was merged into): each that is gone, and the school it became in the end."""
    into = {pk: other for pk, other in pairs if other is not None}
    found = {}
    for pk in into:
        school, passed = pk, {pk}
        while (after := into.get(school)) is not None and after not in passed:
            school = after
            passed.add(school)
        found[pk] = school
    return found


def all_successors() -> dict[int, int]:
    """Every school that is gone into another, and which one, by their ids."""
    return successors(School.objects.filter(merged_into__isnull=False).values_list("pk", "merged_into"))


@dataclass(frozen=True)
class Held:
    """One group or project of one school year that a school had a part in. `title`: as the group or list calls it."""

    year: int
    title: str
    words: str
    work_group: int | None = None
    # Where a former year is from: the list that was taken in.
    source: str = ""
    # The school that it was then, where that is another one.
    school: str = ""


def of_school(school: School) -> list[Held]:
    """All contact with a school and those it took in, the newest first. Three queries, and one for each merger."""
    ids = taken_in([school.pk])
    rows = Attendance.objects.came().filter(school__in=ids).order_by()
    columns = ("school__name", "session__work_group", "session__work_group__year", "session__work_group__title")
    found = [
        Held(
            year,
            title,
            f"came to {times} session{'' if times == 1 else 's'}",
            group,
            school=name if name != school.name else "",
        )
        for name, group, year, title, times in rows.values_list(*columns).annotate(Count("session", distinct=True))
    ]
    return sorted([*found, *former_of(ids, now=school)], key=lambda one: (-one.year, one.title, one.school))


def former_of(schools: Collection[int], *, now: School, year: int | None = None) -> list[Held]:
    """What lists of former years say of these schools, which are one `now`."""
    rows = PastEngagement.objects.filter(school__in=schools).select_related("school")
    if year is not None:
        rows = rows.filter(year=year)
    return [
        Held(
            one.year, one.title, past_words(one), source=one.source, school=one.school.name if one.school != now else ""
        )
        for one in rows
    ]


def past_words(one: PastEngagement) -> str:
    """What a line of a former year says: a school that withdrew before it began did not take part."""
    if not one.started:
        return "withdrew before it began" if one.outcome == PastEngagement.Outcome.WITHDREW else "signed up, never came"
    return {
        PastEngagement.Outcome.COMPLETED: "completed",
        PastEngagement.Outcome.WITHDREW: "took part, and withdrew",
    }.get(PastEngagement.Outcome(one.outcome), "took part")


def as_now(schools: Collection[int]) -> dict[int, int]:
    """These schools and all that they took in, each with the one it is counted as now."""
    found = {pk: pk for pk in schools}
    return found | {pk: after for pk, after in all_successors().items() if after in found}


def past_counts(of: Mapping[int, int]) -> tuple[Counter[int], Counter[int]]:
    """(projects completed, projects begun) in former years. `of`: which school each school is counted as."""
    done: Counter[int] = Counter()
    begun: Counter[int] = Counter()
    rows = PastEngagement.objects.engaged().filter(school__in=of)
    for school, outcome in rows.values_list("school_id", "outcome"):
        begun[of[school]] += 1
        done[of[school]] += outcome == PastEngagement.Outcome.COMPLETED
    return done, begun
