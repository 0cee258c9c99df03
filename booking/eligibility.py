"""Whether a group is for a school and its people: what speaks against it, in words, as warnings or in the way."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from accounts.colleagues import show_as_typed
from accounts.models import School, User
from accounts.models.schools import taken_in
from booking.avoiding import phases_of
from booking.completion import attended_for, has_completed
from booking.models import Attendance, EligibilityRule, PastEngagement, Project, SchoolRule, WorkGroup
from booking.models.attendance import CAME

Kind = EligibilityRule.Kind
# What is asked of people, and so again whenever somebody is named; the others are of the school, asked once.
OF_PEOPLE = {Kind.ROLE, Kind.ONCE_PERSON}


@dataclass(frozen=True)
class Finding:
    """Something that speaks against a booking. `blocks`: only the hub can book all the same, and says why."""

    words: str
    blocks: bool


@dataclass
class _Asked:
    """Who asks for what; what several rules need is asked of the database once."""

    work_group: WorkGroup
    school: School
    people: Sequence[User]
    values: list[str | int]


def findings(
    work_group: WorkGroup, school: School, people: Sequence[User], *, of_people: bool = False
) -> list[Finding]:
    """What speaks against these people of this school in this group. A group without rules costs one query.

    Of people's past only what they did for this school is read: a lead learns nothing about other schools.
    `of_people`: what speaks against the people alone, of a school that has its booking.
    """
    found = []
    for rule in work_group.eligibility_rules.all():
        if of_people and rule.kind not in OF_PEOPLE:
            continue
        asked = _Asked(work_group, school, people, list(rule.values))
        found += [Finding(words, rule.blocks) for words in _RULES[Kind(rule.kind)](asked)]
        if rule.kind == Kind.ROLE:  # what we do not know stands in nobody's way
            found += [Finding(words, blocks=False) for words in _unknown_roles(asked)]
    return found


def put_on_list(work_group: WorkGroup, schools: Iterable[int], kind: str, reason: str) -> None:
    """Put schools on the list of a group, whose row the caller has locked and whose list it keeps afterwards.

    Of a school that stands there already, kind and reason are changed.
    """
    given = {"kind": SchoolRule.Kind(kind), "reason": reason[:200]}
    for school in schools:
        SchoolRule.objects.update_or_create(work_group=work_group, school_id=school, defaults=given)


def keep_list(work_group: WorkGroup) -> None:
    """Keep on a group, whose row the caller has locked, whether a list has to be asked."""
    work_group.lists_schools = work_group.school_rules.exists()
    work_group.revision += 1
    work_group.save(update_fields=["lists_schools", "revision"])


def blocks_school(work_group: WorkGroup, school: School) -> list[str]:
    """What keeps a whole school from booking the group itself, whoever would come. Without rules nothing is asked."""
    found = findings(work_group, school, []) if work_group.has_rules else []
    return [one.words for one in found if one.blocks]


def check_rules(
    work_group: WorkGroup,
    school: School,
    people: Collection[int],
    *,
    overrides: bool,
    all_the_same: str,
    of_people: bool = False,
) -> None:
    """Refuse, in words, whom a rule of the group stands against; who `overrides` rules says why, all the same."""
    if not work_group.has_rules:
        return
    found = findings(work_group, school, named_by(school, people), of_people=of_people)
    against = [one.words for one in found if one.blocks]
    if against and not (overrides and all_the_same):
        ask = "Say why you book all the same." if overrides else "Please ask the hub."
        raise ValidationError(" ".join([*against, ask]))


def named_by(school: School, people: Collection[int]) -> list[User]:
    """People of these ids as the school knows them: of whoever has not said yes, what was typed, and no role."""
    found = list(User.objects.filter(pk__in=people).order_by("name"))
    belong = set(school.memberships.active().filter(person__in=found).values_list("person", flat=True))
    for person in found:
        if person.pk not in belong:
            person.job = ""
    show_as_typed(school.pk, found)
    return found


def _phase(asked: _Asked) -> list[str]:
    group = asked.work_group
    wanted = phases_of(group)
    teaches = any(School.objects.teaching(phase).filter(pk=asked.school.pk).exists() for phase in wanted)
    return [] if teaches or not wanted else [f"{group} is for {group.phase_words.lower()}; your school is not."]


def _state_funded(asked: _Asked) -> list[str]:
    return [] if asked.school.state_funded else [f"{asked.work_group} is for state-funded schools."]


def _authority(asked: _Asked) -> list[str]:
    if asked.school.la_code in asked.values:
        return []
    names = [settings.HUB_AUTHORITIES.get(str(code), str(code)) for code in asked.values]
    return [f"{asked.work_group} is for schools in {' and '.join(names)}."]


def _role(asked: _Asked) -> list[str]:
    wanted = [str(words).casefold() for words in asked.values]
    others = [
        person.name
        for person in asked.people
        if person.job and not any(words in person.job.casefold() for words in wanted)
    ]
    return [f"{_roles(asked)} That is not what we know of {name}." for name in others]


def _unknown_roles(asked: _Asked) -> list[str]:
    return [f"{_roles(asked)} We do not know the role of {one.name}." for one in asked.people if not one.job]


def _roles(asked: _Asked) -> str:
    return f"{asked.work_group} is for: {', '.join(str(words) for words in asked.values)}."


def _prerequisite(asked: _Asked) -> list[str]:
    projects = Project.objects.filter(pk__in=asked.values)
    if has_completed(asked.school, WorkGroup.objects.filter(project__in=projects)):
        return []
    if _formerly(asked, projects).filter(outcome=PastEngagement.Outcome.COMPLETED).exists():
        return []
    titles = " or ".join(project.title for project in projects)
    return [f"{asked.work_group} carries on from {titles}, and we hold no record that your school completed it."]


def _once_school(asked: _Asked) -> list[str]:
    project = Project.objects.filter(pk=asked.work_group.project_id)
    before = _before(asked, attended_for(asked.school)).exists() or _formerly(asked, project).exists()
    return [f"Your school has taken part in {asked.work_group.project} before."] if before else []


def _once_person(asked: _Asked) -> list[str]:
    before = _before(asked, attended_for(asked.school)).filter(person__in=asked.people)
    known = {person.pk: person.name for person in asked.people}
    people = sorted({known[pk] for pk in before.values_list("person", flat=True)})
    return [f"{name} has taken part in {asked.work_group.project} before." for name in people]


def _before(asked: _Asked, rows: QuerySet[Attendance]) -> QuerySet[Attendance]:
    """What was attended in other groups of the same project."""
    same = rows.filter(session__work_group__project=asked.work_group.project_id, standing_mark__what__in=CAME)
    return same.exclude(session__work_group=asked.work_group)


def _formerly(asked: _Asked, projects: QuerySet[Project]) -> QuerySet[PastEngagement]:
    """What the school, and those it took in, took part in before the hub kept its groups here."""
    return PastEngagement.objects.engaged().filter(school__in=taken_in([asked.school.pk]), project__in=projects)


_RULES: dict[Kind, Callable[[_Asked], list[str]]] = {
    Kind.PHASE: _phase,
    Kind.STATE_FUNDED: _state_funded,
    Kind.AUTHORITY: _authority,
    Kind.ROLE: _role,
    Kind.PREREQUISITE: _prerequisite,
    Kind.ONCE_SCHOOL: _once_school,
    Kind.ONCE_PERSON: _once_person,
}
