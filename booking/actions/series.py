"""Sessions of a group, one or several in one act, and a session taken out of a draft again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import School, User
from booking import files
from booking.changing import SessionPlan, settle
from booking.models import Attachment, Session, Venue, WorkGroup
from booking.offering import offer_what_is_free
from booking.publishing import concerns_anybody
from booking.templatetags.words import clock, day

Status = WorkGroup.Status


@transaction.atomic(durable=True)
def add_sessions(
    *, work_group: WorkGroup, plans: Sequence[SessionPlan], by: User, hosts: Mapping[int, School] | None = None
) -> list[Session]:
    """Add sessions, all or none; numbers follow the start, and everybody with a place is expected at each.

    `hosts`: by index of a plan a school that is host for the first time; it becomes a venue by its own address.
    Raises ValidationError where the group meets at one of these moments already.
    """
    now = timezone.now()
    if not plans:
        raise ValidationError("There is no session to add. Leave at least one ticked.")
    work_group = WorkGroup.objects.get_locked(work_group.pk)
    if work_group.status in (Status.CANCELLED, Status.ARCHIVED):
        raise ValidationError("This group has been called off or is in the archive, so no session is added.")
    plans = _with_hosts(plans, hosts or {}, by)
    taken = set(work_group.sessions.planned().dated().values_list("starts_at", flat=True))
    made = []
    for plan in sorted(plans, key=lambda one: (one.starts_at is None, one.starts_at or now)):
        if plan.starts_at in taken:
            raise ValidationError(
                f"The group meets on {day(plan.starts_at)} at {clock(plan.starts_at)} already. Take one of the two out."
            )
        if plan.starts_at:
            taken.add(plan.starts_at)
        session = Session(work_group=work_group, changed_at=now)
        plan.write_on(session)
        session.full_clean()
        session.save(force_insert=True)
        made.append(session)
    settle(work_group, now)
    if not work_group.is_network:
        offer_what_is_free(work_group, None, now, by=by)
    for session in made:
        history.write("session_added", about=[session, work_group], by=by, at=now, details={"session": session.pk})
    return list(Session.objects.filter(pk__in=[one.pk for one in made]).order_by("number", "pk"))


@transaction.atomic(durable=True)
def remove_session(*, session: Session, by: User) -> None:
    """Take a session out of a draft, with its task and files, as if it had never been planned."""
    now = timezone.now()
    work_group = WorkGroup.objects.get_locked(session.work_group_id)
    session = Session.objects.get_locked(session.pk)
    if work_group.status != Status.DRAFT:
        raise ValidationError("Schools have seen this session. Cancel it instead: everybody is told.")
    if concerns_anybody(session):
        raise ValidationError("Somebody is expected at this session or was, so it stays.")
    files.discard(Attachment.objects.filter(session=session))
    files.discard(Attachment.objects.filter(task__session=session))
    was = session.starts_at.isoformat() if session.starts_at else session.when_words
    details = {"session": session.pk, "number": session.number, "was": was}
    history.write("session_removed", about=[work_group], by=by, at=now, details=details, tells=False)
    session.delete()
    settle(work_group, now)


def _with_hosts(plans: Sequence[SessionPlan], hosts: Mapping[int, School], by: User) -> list[SessionPlan]:
    """The plans, with a venue for each school that had none; one for a school, however often its turn comes."""
    made: dict[int, Venue] = {}
    for school in hosts.values():
        if school.pk not in made:
            made[school.pk] = Venue.objects.filter(school=school).first() or _venue_of(school, by)
    return [replace(plan, venue=made[hosts[one].pk]) if one in hosts else plan for one, plan in enumerate(plans)]


def _venue_of(school: School, by: User) -> Venue:
    names = ("name", "street", "postcode", "la_code", "easting", "northing")
    town = school.town or school.la_name or "Town to be added"
    venue = Venue(school=school, town=town, **{name: getattr(school, name) for name in names})
    venue.full_clean()
    venue.save(force_insert=True)
    history.write("venue_saved", about=[venue], by=by, at=timezone.now(), tells=False)
    return venue
