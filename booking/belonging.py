"""Whose group it is: what of a group is open to somebody who takes part, or took part, in it."""

from datetime import datetime

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from accounts.models import User
from booking.models import Attachment, Attendance, Place, Reflection, ResearchTask, Session, WorkGroup
from booking.models.places import Status


def sessions_of(person: User) -> QuerySet[Session]:
    """Sessions whose materials, task and reflections are theirs to read, however long ago.

    Every session of a group in which they hold a place; and of any other group the sessions they are expected at or
    came to: once in a colleague's stead, to catch up, or before they gave the place up.
    """
    places = Place.objects.live().filter(person=person, booking__status=Status.CONFIRMED, session__isnull=True)
    rows = Attendance.objects.of_person(person)
    return Session.objects.filter(
        Q(work_group__in=places.values("work_group"))
        | Q(pk__in=rows.values("session"))
        | Q(pk__in=rows.exclude(credited_to=None).values("credited_to"))
    )


def is_open_to(person: User) -> ExpressionWrapper:
    """Of a work group, in a query: is anything of it theirs to read?"""
    return ExpressionWrapper(Q(pk__in=sessions_of(person).values("work_group")), output_field=BooleanField())


def tasks_of(person: User, now: datetime) -> QuerySet[ResearchTask]:
    """Tasks that have been given to them; not those that are still to be written about the time after a session."""
    return ResearchTask.objects.given(now).filter(session__in=sessions_of(person))


def reflections_of(person: User, now: datetime) -> QuerySet[Reflection]:
    """What they wrote, and what others of their groups shared."""
    return Reflection.objects.filter(
        Q(person=person) | Q(shared=True, task__in=tasks_of(person, now)),
    )


def attachments_of(person: User, now: datetime) -> QuerySet[Attachment]:
    """Files and links that are theirs to open."""
    open_sessions = sessions_of(person)
    over = Q(session__ends_at__lte=now) | Q(at_once=True)
    return Attachment.objects.filter(
        over & Q(session__in=open_sessions)
        | Q(task__in=tasks_of(person, now))
        | Q(reflection__in=reflections_of(person, now))
    )


def may_lead(person: User, work_group: WorkGroup) -> bool:
    """Do they lead the group today, or run the hub?"""
    return person.is_hub_staff or work_group.is_led_by(person)
