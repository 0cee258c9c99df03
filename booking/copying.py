"""A group made anew from another, for a later school year: plain functions inside the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from accounts.models import User
from booking import files
from booking.asking import asks
from booking.clocktimes import moment
from booking.models import (
    Contribution,
    EligibilityRule,
    Facilitation,
    Part,
    ResearchTask,
    SchoolRule,
    Session,
    WorkGroup,
)

# 52 weeks later it is the same weekday.
YEAR = timedelta(weeks=52)
# What a group's form asks goes along; places, people and what was decided do not.
COPIED = [
    field.attname
    for field in WorkGroup._meta.concrete_fields
    if field.editable and field.name not in {"id", "slug", "status", "year", "title", "parallel_to"}
]
# The joining link and the short line beside the date were last year's own.
COPIED_OF_SESSIONS = ("title", "mode", "venue_id", "joining_notes", "bring", "for_heads", "capacity")


@dataclass(frozen=True)
class SessionCopy:
    """One session of the group that is copied, and when it is to be; without a day it keeps words for one."""

    source: int
    starts_at: datetime | None
    ends_at: datetime | None
    when_words: str = ""


@dataclass(frozen=True)
class GroupCopy:
    """A group that is copied, what the copy is called, and its sessions; those left out are not among them."""

    source: int
    title: str
    sessions: Sequence[SessionCopy]


def copy_group(source: WorkGroup, copy: GroupCopy, year: int, *, by: User, now: datetime) -> WorkGroup:
    """A draft with the words, switches, parts, rules, leads, sessions and tasks of a group; never its people."""
    group = WorkGroup(
        title=copy.title,
        slug=WorkGroup.objects.free_slug(copy.title, year),
        year=year,
        project_code=WorkGroup.objects.code_of(source.project, year),
        **{name: getattr(source, name) for name in COPIED},
    )
    years = year - source.year
    for name in ("opens_at", "closes_at"):
        setattr(group, name, _later(getattr(source, name), years))
    for name in ("decide_by", "agreement_due_on"):
        day = getattr(source, name)
        setattr(group, name, day and day + years * YEAR)
    group.has_questions = asks(source.project_id)
    group.full_clean()
    group.save(force_insert=True)
    _copy_leads(source, group, timezone.localdate(now))
    _copy_rules(source, group)
    parts = _copy_parts(source, group)
    _copy_sessions(source, copy.sessions, group, parts, by=by, now=now)
    return group


def _later(moment_then: datetime | None, years: int) -> datetime | None:
    """The same time on the clock, 52 weeks later for each year."""
    if moment_then is None:
        return None
    local = timezone.localtime(moment_then)
    return moment(local.date() + years * YEAR, local.time())


def _copy_leads(source: WorkGroup, group: WorkGroup, today: date) -> None:
    Facilitation.objects.bulk_create(
        Facilitation(work_group=group, person_id=one.person_id, role=one.role, since=today)
        for one in source.facilitations.to_the_end()
    )


def _copy_rules(source: WorkGroup, group: WorkGroup) -> None:
    """Whom it is for, and what the hub contributes to cover. Whom the hub invited was last year's choice."""
    rules = [
        EligibilityRule(work_group=group, kind=one.kind, blocks=one.blocks, values=one.values)
        for one in source.eligibility_rules.all()
    ]
    EligibilityRule.objects.bulk_create(rules)
    listed = source.school_rules.all()
    if source.recruitment == WorkGroup.Recruitment.INVITATION:
        listed = listed.exclude(kind=SchoolRule.Kind.ONLY)
    schools = [
        SchoolRule(work_group=group, school_id=one.school_id, kind=one.kind, reason=one.reason) for one in listed
    ]
    SchoolRule.objects.bulk_create(schools)
    group.has_rules, group.lists_schools = bool(rules), bool(schools)
    group.save(update_fields=["has_rules", "lists_schools"])
    for one in Contribution.objects.filter(work_group=source):
        Contribution.objects.create(
            work_group=group, amount=one.amount, per=one.per, condition=one.condition, sessions=one.sessions
        )


def _copy_parts(source: WorkGroup, group: WorkGroup) -> dict[int, Part]:
    made = {
        one.pk: Part.objects.create(work_group=group, name=one.name, required=one.required)
        for one in source.parts.all()
    }
    group.has_parts = bool(made)
    group.save(update_fields=["has_parts"])
    return made


def _copy_sessions(
    source: WorkGroup,
    planned: Sequence[SessionCopy],
    group: WorkGroup,
    parts: dict[int, Part],
    *,
    by: User,
    now: datetime,
) -> None:
    """The sessions in the order of their new dates, all at once: a year has hundreds."""
    before = source.sessions.prefetch_related("parts", "task__attachments").in_bulk([one.source for one in planned])
    ordered = sorted(planned, key=lambda one: (one.starts_at is None, one.starts_at or now))
    made = Session.objects.bulk_create(
        Session(
            work_group=group,
            number=number,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            when_words="" if one.starts_at else one.when_words,
            changed_at=now,
            **{name: getattr(before[one.source], name) for name in COPIED_OF_SESSIONS},
        )
        for number, one in enumerate(ordered, start=1)
    )
    pairs = [(session, before[one.source]) for session, one in zip(made, ordered, strict=True)]
    through = Session.parts.through
    through.objects.bulk_create(
        through(session_id=session.pk, part_id=parts[part.pk].pk) for session, old in pairs for part in old.parts.all()
    )
    tasks = [(session, old.task) for session, old in pairs if hasattr(old, "task")]
    given = ResearchTask.objects.bulk_create(
        ResearchTask(session=session, title=task.title, body=task.body, copied_from=task) for session, task in tasks
    )
    for new, (_, task) in zip(given, tasks, strict=True):
        files.copy(task.attachments.all(), by=by, at=now, most=files.MOST_OF_A_TASK, task=new)
