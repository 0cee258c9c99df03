"""Joining a school, and leaving it."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import Membership, School, User


@transaction.atomic(durable=True)
def ask_to_join(*, person: User, school: School, role: str, job: str = "") -> Membership:
    """Ask to belong to a school. The hub confirms who books for it; asking reveals nothing of the school.

    A colleague who had already been named by the school becomes its member at once.
    """
    now = timezone.now()
    school = School.objects.get_locked(school.pk)
    if school.status not in (School.Status.OPEN, School.Status.CLOSING):
        raise ValidationError("This school has closed. Look for the school that replaced it.")
    if job:
        person.job = job[:60]
        person.save(update_fields=["job"])
    membership = Membership.objects.filter(school=school, person=person).current().first()
    if membership is not None:
        if membership.state != Membership.State.INVITED:
            raise ValidationError("You already belong to this school, or have asked to.")
        if role == Membership.Role.TEACHER:
            membership.state = Membership.State.ACTIVE
            membership.save(update_fields=["state"])
            history.write("joined", about=[school, person], by=person, at=now, tells=False)
            return membership
        membership.role, membership.state, membership.started_at = role, Membership.State.REQUESTED, now
        membership.save(update_fields=["role", "state", "started_at"])
    else:
        membership = Membership.objects.create(
            school=school, person=person, role=role, state=Membership.State.REQUESTED, started_at=now
        )
    history.write("asked_to_join", about=[school, person], by=person, at=now, details={"membership": membership.pk})
    return membership
