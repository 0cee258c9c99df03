"""Setting work groups up, and changing a session once for everybody."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from accounts import history
from accounts.models import User
from accounts.schoolyear import school_year_of
from booking import files, publishing
from booking.allocation import end
from booking.asking import asks
from booking.changing import SessionPlan, call_off, change, task_changed
from booking.expectations import expect, expect_leads, session_called_off, session_changed
from booking.files import Taken
from booking.models import Attachment, Facilitation, Project, ResearchTask, Session, Venue, WorkGroup
from booking.models.agreements import head_agreed
from booking.models.places import Status
from booking.offering import offer_what_is_free

# What people carry of a venue: in the place and the words of their calendar entries.
CARRIED = {"name", "street", "town", "postcode", "room", "access", "parking", "arrival"}

# What the office may change on a group; places taken and the revision belong to the actions.
EDITABLE = [
    field.name
    for field in WorkGroup._meta.concrete_fields
    if field.editable and field.name not in {"id", "slug", "status"}
]


@transaction.atomic(durable=True)
def save_work_group(*, work_group: WorkGroup, leads: Sequence[User], by: User, reason: str = "") -> WorkGroup:
    """Create a group or keep what the office changed on it; a larger one offers its new places at once.

    `reason`: why the number of places changes, once schools can book.
    """
    now = timezone.now()
    verb = "work_group_edited"
    project = Project.objects.get_locked(work_group.project_id)
    home = _lock_beside(work_group)
    if work_group.pk is None:
        verb = "work_group_made"
        work_group.parallel_to = home
        if work_group.is_network:
            work_group.switch_all_off()
        work_group.project_code = WorkGroup.objects.code_of(project, work_group.year)
        work_group.full_clean()
        work_group.has_questions = asks(work_group.project_id)
        work_group.save(force_insert=True)
        stored = work_group
    else:
        stored = WorkGroup.objects.get_locked(work_group.pk)
        told = any(getattr(stored, name) != getattr(work_group, name) for name in ("title", "bring"))
        needed_head = stored.head_agreement == WorkGroup.HeadAgreement.NEEDED
        resized = any(getattr(stored, name) != getattr(work_group, name) for name in ("capacity", "capacity_schools"))
        if (stored.project_id, stored.year) != (work_group.project_id, work_group.year):
            stored.project_code = WorkGroup.objects.code_of(project, work_group.year)
        for name in EDITABLE:
            setattr(stored, name, getattr(work_group, name))
        stored.parallel_to = home
        if stored.capacity is not None and stored.capacity < stored.taken:
            over = stored.taken - stored.capacity
            raise ValidationError({"capacity": f"{stored.taken} places are taken. Withdraw or move {over} first."})
        if stored.capacity_schools is not None and stored.capacity_schools < stored.taken_schools:
            raise ValidationError({"capacity_schools": f"{stored.taken_schools} schools have places already."})
        if resized and stored.status == WorkGroup.Status.PUBLISHED and not reason.strip():
            raise ValidationError({"reason": "Say why the number of places changes: it stands in the history."})
        if needed_head and stored.head_agreement != WorkGroup.HeadAgreement.NEEDED:
            waits = stored.bookings.held().exclude(head_agreed()).count()
            if waits:
                words = f"{waits} booking{'s wait' if waits > 1 else ' waits'} for the head's answer. Enter it first."
                raise ValidationError({"head_agreement": words})
        stored.revision += 1
        stored.full_clean()
        stored.has_questions = asks(stored.project_id)
        stored.save()
        if told:
            _tell_anew(Session.objects.coming(now).filter(work_group=stored), now)
    before = set(stored.facilitations.values_list("person", flat=True))
    _set_leads(stored, leads, timezone.localdate(now))
    expect_leads(stored, now=now)
    people = before | {person.pk for person in leads}
    history.write(verb, about=[stored], people=people, by=by, at=now, reason=reason.strip(), tells=False)
    if not stored.is_network:
        offer_what_is_free(stored, None, now, by=by)
    return stored


@transaction.atomic(durable=True)
def decide_to_run(*, work_group: WorkGroup, by: User) -> WorkGroup:
    """The group runs, though fewer schools have booked than it was to have; nobody is asked again."""
    now = timezone.now()
    work_group = WorkGroup.objects.get_locked(work_group.pk)
    if work_group.status != WorkGroup.Status.PUBLISHED:
        raise ValidationError("Only a group that is published can run.")
    if work_group.fewest_schools is None:
        raise ValidationError("This group runs with any number of schools; there is nothing to decide.")
    if work_group.runs_decided_at is None:
        work_group.runs_decided_at, work_group.runs_decided_by = now, by
        work_group.revision += 1
        work_group.save(update_fields=["runs_decided_at", "runs_decided_by", "revision"])
        details = {"schools": work_group.taken_schools, "fewest": work_group.fewest_schools}
        history.write("runs_decided", about=[work_group], by=by, at=now, details=details, tells=False)
    return work_group


@transaction.atomic(durable=True)
def publish(*, work_group: WorkGroup, by: User) -> WorkGroup:
    """Put a draft into the catalogue, where anyone can see it and schools can book."""
    work_group = WorkGroup.objects.get_locked(work_group.pk)
    publishing.publish(work_group, by=by, now=timezone.now())
    return work_group


@transaction.atomic(durable=True)
def change_session(*, session: Session, plan: SessionPlan, by: User, reason: str = "") -> Session:
    """Change a session once: registers, calendars and mails follow. An unchanged plan does nothing."""
    now = timezone.now()
    work_group = WorkGroup.objects.get_locked(session.work_group_id)
    session = Session.objects.get_locked(session.pk)
    change(work_group, session, plan, by=by, now=now, reason=reason)
    return session


@transaction.atomic(durable=True)
def cancel_session(*, session: Session, reason: str, by: User) -> Session:
    """Call a session off; it leaves every calendar."""
    now = timezone.now()
    work_group = WorkGroup.objects.get_locked(session.work_group_id)
    session = Session.objects.get_locked(session.pk)
    call_off(work_group, session, reason=reason, by=by, now=now)
    return session


@transaction.atomic(durable=True)
def call_group_off(*, work_group: WorkGroup, reason: str, by: User) -> WorkGroup:
    """The group does not go on: coming sessions leave every calendar, bookings end, and everybody is told once why.

    What was attended stays, and counts.
    """
    now = timezone.now()
    work_group = WorkGroup.objects.get_locked(work_group.pk)
    if work_group.status != WorkGroup.Status.PUBLISHED:
        raise ValidationError("Only a group that is published can be called off.")
    if not reason.strip():
        raise ValidationError("Say why: the schools read it.")
    sessions = Session.objects.planned().filter(Q(starts_at__gt=now) | Q(starts_at__isnull=True), work_group=work_group)
    for session in sessions.order_by("pk").select_for_update(no_key=True, of=("self",)):
        session.status, session.status_reason = Session.Status.CANCELLED, reason
        session.revision += 1
        session.changed_at = now
        session.save(update_fields=["status", "status_reason", "revision", "changed_at"])
        session_called_off(session, now=now)
    bookings = list(work_group.bookings.live().select_related("school", "session").order_by("pk"))
    for booking in bookings:
        meeting = Session.objects.get(pk=booking.session_id) if booking.session_id else None
        people = list(booking.places.live().named().values_list("person_id", flat=True))
        before = booking.status
        expect(end(booking, Status.CANCELLED, work_group=work_group, session=meeting, now=now), now=now)
        about: list[Model] = [booking, work_group, booking.school]
        details = {"booking": booking.pk, "status_before": before}
        history.write("group_called_off", about=about, people=people, by=by, at=now, reason=reason, details=details)
    work_group.status = WorkGroup.Status.CANCELLED
    work_group.revision += 1
    work_group.save(update_fields=["status", "revision"])
    expect_leads(work_group, now=now)
    leads = list(work_group.facilitations.on(timezone.localdate(now)).values_list("person_id", flat=True))
    details = {"work_group": work_group.pk}
    history.write(
        "work_group_called_off", about=[work_group], people=leads, by=by, at=now, reason=reason, details=details
    )
    return work_group


@transaction.atomic(durable=True)
def write_task(
    *,
    session: Session,
    title: str,
    body: str,
    by: User,
    new_files: Sequence[Taken] = (),
    link: tuple[str, str] | None = None,
    drop: Collection[int] = (),
    copied_from: ResearchTask | None = None,
) -> ResearchTask | None:
    """Write what is tried in class after a session; an empty title takes the task away unless somebody answered it.

    `link`: title and address of one more link; `drop`: ids of files and links to take out. What is `copied_from`
    another task brings that one's files and links along.
    """
    now = timezone.now()
    session = Session.objects.get_locked(session.pk)
    task = ResearchTask.objects.filter(session=session).first()
    if not title:
        if task and task.reflections.exists():
            raise ValidationError("Somebody has written about this task already, so it stays.")
        if task:
            files.discard(task.attachments.all())
            task.delete()
        task = None
    elif task:
        task.title, task.body = title, body
        task.save(update_fields=["title", "body"])
    else:
        task = ResearchTask.objects.create(session=session, title=title, body=body)
    if task:
        _keep_beside(task, new_files, link, drop, by=by, now=now)
        if copied_from is not None and task.copied_from_id != copied_from.pk:
            files.copy(copied_from.attachments.all(), by=by, at=now, most=files.MOST_OF_A_TASK, task=task)
            task.copied_from = copied_from
            task.save(update_fields=["copied_from"])
    task_changed(session, now)
    WorkGroup.objects.filter(pk=session.work_group_id).touch()
    history.write("task_written", about=[session, session.work_group], by=by, at=now, tells=False)
    return task


@transaction.atomic(durable=True)
def save_venue(*, venue: Venue, by: User) -> Venue:
    """Keep a venue. Groups that meet there show it anew; invites are sent again where what people carry has changed.

    An unchanged venue does nothing.
    """
    now = timezone.now()
    venue.full_clean()
    if venue.pk is None:
        venue.save(force_insert=True)
    else:
        groups = WorkGroup.objects.filter(sessions__venue=venue.pk).order_by("pk").distinct()
        for pk in groups.values_list("pk", flat=True):
            WorkGroup.objects.get_locked(pk)
        stored = Venue.objects.select_for_update(no_key=True, of=("self",)).get(pk=venue.pk)
        changed = {
            field.name
            for field in Venue._meta.fields
            if getattr(stored, field.attname) != getattr(venue, field.attname)
        }
        if not changed:
            return venue
        venue.save()
        WorkGroup.objects.filter(sessions__venue=venue).touch()
        if changed & CARRIED:
            _tell_anew(Session.objects.coming(now).filter(venue=venue), now)
    history.write("venue_saved", about=[venue], by=by, at=now, tells=False)
    return venue


@transaction.atomic(durable=True)
def save_project(*, project: Project, by: User, code_from: int | None = None) -> Project:
    """Keep a project; the pages of its groups show it anew.

    `code_from`: its groups of this school year and later get its code, and those before keep theirs. Without it a new
    code is of the school year that runs.
    """
    now = timezone.now()
    project.full_clean()
    before = Project.objects.get_locked(project.pk).code if project.pk else project.code
    project.save()
    renumber = code_from is not None or before != project.code
    if renumber:
        project.set_codes(school_year_of(timezone.localdate(now)) if code_from is None else code_from)
    project.work_groups.all().touch()
    details = {"code": before} if before != project.code else {}
    history.write("project_saved", about=[project], by=by, at=now, details=details, tells=False)
    return project


def _lock_beside(work_group: WorkGroup) -> WorkGroup | None:
    """Beside which group this one is to run: the first of those that run side by side. Locks all of them, by id.

    Where others ran beside this one, they run beside that first group from now on.
    """
    chosen = WorkGroup.objects.select_related("parallel_to").filter(pk=work_group.parallel_to_id or 0).first()
    home = chosen and (chosen.parallel_to or chosen)
    before = WorkGroup.objects.filter(pk=work_group.pk).values_list("parallel_to", flat=True).first()
    if home and home.pk == work_group.pk:
        home = WorkGroup.objects.filter(pk=before or 0).first()  # the one chosen runs beside this one already
    if work_group.pk and (home.pk if home else None) == before:
        return home
    own = Q(parallel_to=work_group.pk) if work_group.pk else Q(pk__in=[])
    found = WorkGroup.objects.filter(own | Q(pk__in=[pk for pk in (work_group.pk, before, home and home.pk) if pk]))
    for pk in found.order_by("pk").values_list("pk", flat=True):
        WorkGroup.objects.get_locked(pk)
    if home:
        home = WorkGroup.objects.get(pk=home.pk)
        if home.parallel_to_id:
            raise ValidationError({"parallel_to": "These groups have been put beside others meanwhile. Choose again."})
        WorkGroup.objects.filter(own).update(parallel_to=home)
    WorkGroup.objects.filter(pk__in=list(found.values_list("pk", flat=True))).exclude(pk=work_group.pk).touch()
    return home


def _tell_anew(sessions: QuerySet[Session], now: datetime) -> None:
    """What stands beside these sessions in calendars has changed: a title, a venue's parking."""
    for session in sessions:
        session.revision += 1
        session.changed_at = now
        session.save(update_fields=["revision", "changed_at"])
        session_changed(session, now=now)


def _keep_beside(
    task: ResearchTask,
    new_files: Sequence[Taken],
    link: tuple[str, str] | None,
    drop: Collection[int],
    *,
    by: User,
    now: datetime,
) -> None:
    """The files and links of a task, as its form says."""
    files.discard(Attachment.objects.filter(task=task, pk__in=drop))
    files.keep(new_files, by=by, at=now, most=files.MOST_OF_A_TASK, task=task)
    if link:
        files.keep_link(*link, by=by, at=now, most=files.MOST_OF_A_TASK, task=task)


def _set_leads(work_group: WorkGroup, leads: Sequence[User], today: date) -> None:
    """Who leads from today on; parts that end are dated, not deleted. The first is the lead, others co-lead."""
    current = {part.person_id: part for part in work_group.facilitations.filter(until__isnull=True)}
    for person_id, part in current.items():
        if person_id not in {person.pk for person in leads} and part.role != Facilitation.Role.COVER:
            part.until = max(today, part.since)
            part.save(update_fields=["until"])
    for index, person in enumerate(leads):
        if person.pk is None:  # somebody the hub has just named
            person.full_clean(exclude=["password"])
            person.save(force_insert=True)
        if person.pk not in current:
            role = Facilitation.Role.CO_LEAD if index else Facilitation.Role.LEAD
            Facilitation.objects.create(work_group=work_group, person=person, role=role, since=today)
