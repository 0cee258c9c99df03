"""What is to be tried in class, what was, and what lies beside it: for a person, for their group, for who leads it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import (
    BooleanField,
    Count,
    ExpressionWrapper,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
)
from django.utils import timezone

from accounts.models import HistoryLine, School, User
from accounts.schoolyear import school_year_of
from booking.belonging import attachments_of, sessions_of
from booking.files import of_group
from booking.gaps import closes_at, due_at, nexts, task_before
from booking.models import (
    Attachment,
    Attendance,
    Comment,
    LessonRole,
    LessonStudy,
    Reflection,
    ResearchTask,
    Session,
    WorkGroup,
)
from booking.models.attendance import NOT_COMING
from booking.models.sessions import SessionQuerySet
from booking.pictures import Part

# A task after the last session has no day; so long it is the next thing to do.
ASKED_AFTER_THE_LAST = timedelta(weeks=8)


@dataclass
class ToTry:
    """One thing to do before a session, and what the person has said about it."""

    task: ResearchTask
    due: Session | None
    said: str
    beside: int  # files and links with it

    @property
    def said_words(self) -> str:
        return Reflection.Outcome(self.said).label.lower() if self.said else ""

    @property
    def is_done(self) -> bool:
        return self.said == Reflection.Outcome.TRIED


def to_try(person: User, groups: Iterable[int], now: datetime) -> list[ToTry]:
    """What a person can try now in these groups: what is not done first, then what is due soonest. One query."""
    by_group: dict[int, list[Session]] = {}
    sessions = (
        Session.objects.planned()
        .filter(work_group__in=set(groups), work_group__uses_tasks=True, work_group__status=WorkGroup.Status.PUBLISHED)
        .annotate(
            mine=_is_theirs(person),
            said=Subquery(Reflection.objects.filter(task__session=OuterRef("pk"), person=person).values("outcome")[:1]),
            beside=Count("task__attachments"),
        )
    )
    for one in sessions.select_related("task", "work_group").order_by("work_group", "number"):
        by_group.setdefault(one.work_group_id, []).append(one)
    found = []
    for line in by_group.values():
        after = nexts(line)
        for session in line:
            task, due = getattr(session, "task", None), after[session.pk]
            if task is None or not session.mine or not task.is_given(now):  # type: ignore[attr-defined]  # annotated
                continue
            ends = due.ends_at if due else session.ends_at and session.ends_at + ASKED_AFTER_THE_LAST
            if ends is None or ends > now:
                said, beside = session.said or "", session.beside  # type: ignore[attr-defined]  # annotated
                found.append(ToTry(task, due, said, beside))
    far = now + timedelta(days=9999)
    return sorted(found, key=lambda one: (one.is_done, (one.due and one.due.starts_at) or far, one.task.pk))


def _is_theirs(person: User) -> ExpressionWrapper:
    """Of a session: is it open to this person?"""
    return ExpressionWrapper(Q(pk__in=sessions_of(person).values("pk")), output_field=BooleanField())


def materials_of(person: User, now: datetime) -> list[tuple[Session, list[Attachment]]]:
    """What lies beside a person's sessions of this school year and is open to them, the latest session first."""
    year = school_year_of(timezone.localdate(now))
    mine = attachments_of(person, now).filter(session__work_group__year__gte=year)
    found: dict[int, tuple[Session, list[Attachment]]] = {}
    for one in mine.select_related("session__work_group").order_by("-session__starts_at", "session", "pk"):
        if one.session is not None:
            found.setdefault(one.session.pk, (one.session, []))[1].append(one)
    return list(found.values())


# ── For who leads a group ──────────────────────────────────────────────────────────────────────────────────────────
@dataclass
class Gap:
    """The time after one session: what is to be tried in it, by when, and who has said how it went."""

    session: Session
    task: ResearchTask | None
    due: Session | None
    is_given: bool
    said: int
    materials: int

    @property
    def lesson(self) -> LessonStudy | None:
        return getattr(self.session, "lesson", None)


def gaps_of(work_group: WorkGroup, now: datetime) -> list[Gap]:
    """The planned sessions of a group with the gap after each. One query."""
    sessions = list(
        work_group.sessions.planned()
        .select_related("task", "lesson__school", "venue")
        .annotate(
            said=Count("task__reflections", distinct=True),
            beside=Count("materials", distinct=True),
        )
        .order_by("number")
    )
    after = nexts(sessions)
    gaps = []
    for one in sessions:
        task = getattr(one, "task", None)
        given = one.ends_at is not None and one.ends_at <= now
        gaps.append(Gap(one, task, after[one.pk], given, one.said, one.beside))
    return gaps


@dataclass
class Tried:
    """Before a session: what everybody who is expected has said about the task that is due at it."""

    session: Session
    task: ResearchTask | None
    starred: list[Reflection]
    by_outcome: list[tuple[str, str, list[Reflection]]]
    silent: list[Attendance]
    schools: dict[int, School]

    @property
    def parts(self) -> list[Part]:
        """The bar's parts, in people."""
        kinds = {"tried": "done", "stuck": "credit", "not_yet": "coming"}
        parts = [Part(label.lower(), len(rows), kinds[code]) for code, label, rows in self.by_outcome if rows]
        return [*parts, *([Part("not said yet", len(self.silent), "lost")] if self.silent else [])]

    @property
    def people(self) -> int:
        return len(self.silent) + sum(len(rows) for _, _, rows in self.by_outcome)


def tried_before(session: Session) -> Tried:
    """Who tried what, who is stuck, and who has not said; who sent apologies and said nothing is not asked."""
    task = task_before(session)
    rows = list(
        Attendance.objects.of_session(session)
        .select_related("person", "school", "standing_mark")
        .order_by("person__name")
    )
    reflections = list(_written(task).order_by("person__name")) if task else []
    schools = {row.person_id: row.school for row in rows if row.school}
    missing = {one.person_id for one in reflections} - schools.keys()
    if missing and task:
        before = Attendance.objects.filter(session__work_group=session.work_group_id, person__in=missing)
        schools |= {row.person_id: row.school for row in before.select_related("school") if row.school}
    for one in reflections:
        one.school = schools.get(one.person_id)  # type: ignore[attr-defined]  # for the page alone
    said = {one.person_id for one in reflections}
    coming = [row for row in rows if row.standing_mark is None or row.standing_mark.what not in NOT_COMING]
    order = (Reflection.Outcome.STUCK, Reflection.Outcome.TRIED, Reflection.Outcome.NOT_YET)
    return Tried(
        session=session,
        task=task,
        starred=[one for one in reflections if one.to_discuss],
        by_outcome=[
            (str(outcome), str(outcome.label), [one for one in reflections if one.outcome == outcome])
            for outcome in order
        ],
        silent=[row for row in coming if row.person_id not in said] if task else [],
        schools=schools,
    )


def _written(tasks: ResearchTask | Sequence[ResearchTask]) -> QuerySet[Reflection]:
    wanted = [tasks] if isinstance(tasks, ResearchTask) else tasks
    return (
        Reflection.objects.filter(task__in=wanted)
        .select_related("person")
        .prefetch_related("attachments", Prefetch("comments", Comment.objects.select_related("by")))
    )


def library(person: User, session: Session, words: str = "") -> QuerySet[ResearchTask]:
    """Tasks that can be taken for this session: of the same project in any year, and of groups this person led."""
    group = session.work_group
    own = Q(session__work_group__facilitations__person=person)
    same = Q(session__work_group__project=group.project_id) | Q(session__work_group__title__iexact=group.title)
    tasks = ResearchTask.objects.all() if person.is_hub_staff else ResearchTask.objects.filter(own | same)
    if words:
        tasks = tasks.filter(
            Q(title__icontains=words) | Q(body__icontains=words) | Q(session__work_group__title__icontains=words)
        )
    found = tasks.exclude(session=session).select_related("session__work_group").distinct()
    return found.order_by("-session__work_group__year", "session__work_group__title", "session__number")


# ── For everybody in a group ───────────────────────────────────────────────────────────────────────────────────────
@dataclass
class Shared:
    """One session with what it left: materials, the lesson that was watched, the task, and what was tried."""

    session: Session
    due: Session | None
    materials: list[Attachment]
    lesson: LessonStudy | None
    roles: list[LessonRole]
    task: ResearchTask | None
    with_task: list[Attachment]
    own: Reflection | None
    may_write: bool
    reflections: list[Reflection]
    is_latest: bool = False  # of those with a task

    @property
    def is_empty(self) -> bool:
        return not (self.materials or self.lesson or self.task)


def shared_of(work_group: WorkGroup, person: User, now: datetime, *, leads: bool) -> list[Shared] | None:
    """What of a group is open to this person, the latest session first; None for a stranger.

    Who leads it sees what the group sees.
    """
    planned: SessionQuerySet = work_group.sessions.planned()
    line = list(planned.annotate(mine=_is_theirs(person)).select_related("task", "lesson__school").order_by("number"))
    # What comes after a session is asked of the whole line: a stand-in sees one session of it.
    after = nexts(line)
    shown = [one for one in line if leads or one.mine]
    if not shown and not leads:
        return None
    tasks = {}
    for one in shown:
        one.work_group = work_group
        if hasattr(one, "task") and work_group.uses_tasks and one.task.is_given(now):
            tasks[one.pk] = one.task
    written: dict[int, list[Reflection]] = {}
    rows = Reflection.objects.filter(Q(shared=True) | Q(person=person), task__in=tasks.values())
    comments = Prefetch("comments", Comment.objects.select_related("by"))
    for reflection in rows.select_related("person").prefetch_related(comments).order_by("-at") if tasks else []:
        written.setdefault(reflection.task_id, []).append(reflection)
    beside = list(of_group(work_group))
    for reflection in (one for rows in written.values() for one in rows):
        _set_files(reflection, [one for one in beside if one.reflection_id == reflection.pk])
    roles: dict[int, list[LessonRole]] = {}
    for role in LessonRole.objects.filter(lesson__session__in=shown).select_related("person"):
        roles.setdefault(role.lesson_id, []).append(role)
    lines = []
    for session in shown:
        task, lesson = tasks.get(session.pk), getattr(session, "lesson", None)
        said = written.get(task.pk, []) if task else []
        is_over = session.ends_at is not None and session.ends_at <= now
        closes = closes_at(task, after[session.pk]) if task else None
        lines.append(
            Shared(
                session=session,
                due=after[session.pk],
                materials=[one for one in beside if one.session_id == session.pk and (is_over or one.at_once)],
                lesson=lesson,
                roles=roles.get(lesson.pk, []) if lesson else [],
                task=task,
                with_task=[one for one in beside if task and one.task_id == task.pk],
                own=next((one for one in said if one.person_id == person.pk), None),
                may_write=closes is None or closes > now,
                reflections=[one for one in said if one.shared],
            )
        )
    latest = next((one for one in reversed(lines) if one.task), None)
    if latest:
        latest.is_latest = True
    return [one for one in reversed(lines) if not one.is_empty]


def _set_files(reflection: Reflection, files: list[Attachment]) -> None:
    """As if they had been prefetched: one query reads the files of all a group has."""
    reflection._prefetched_objects_cache["attachments"] = files  # type: ignore[attr-defined]  # what a prefetch fills


@dataclass
class Writing:
    """The page on which somebody says how a task went: when it is due, and until when it can be changed."""

    task: ResearchTask
    due: Session | None
    closes_at: datetime | None
    written: Reflection | None
    beside: list[Attachment]
    files: list[Attachment]
    shared_before: bool | None
    said_before: list[tuple[datetime, str]]  # when, and how it went then, the first first

    @property
    def is_closed(self) -> bool:
        return self.closes_at is not None and self.closes_at < timezone.now()


def writing(task: ResearchTask, person: User) -> Writing:
    due = due_at(task)
    mine = Reflection.objects.filter(person=person)
    written = mine.filter(task=task).first()
    group = task.session.work_group_id
    before = written or mine.filter(task__session__work_group=group).order_by("-at").first()
    return Writing(
        task=task,
        due=due,
        closes_at=closes_at(task, due),
        written=written,
        beside=list(task.attachments.all()),
        files=list(written.attachments.all()) if written else [],
        shared_before=before.shared if before else None,
        said_before=_said_before(task, person),
    )


def _said_before(task: ResearchTask, person: User) -> list[tuple[datetime, str]]:
    """What the person said of this task before what they say now: how it went, not their words of then."""
    lines = HistoryLine.objects.filter(verb="reflected", by=person, details__task=task.pk).order_by("pk")
    said = [(line.at, str(Reflection.Outcome(line.details["outcome"]).label).lower()) for line in lines]
    return said[:-1]
