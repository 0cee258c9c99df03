"""A colleague named by somebody else: a person from that moment on, whether or not they ever log in."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError

from accounts.models import Membership, School, User
from accounts.names import clean_name


@dataclass(frozen=True)
class NewColleague:
    """Who a lead typed: a name, and an e-mail address where the colleague has one of their own."""

    name: str
    email: str = ""


def settle(colleague: NewColleague, *, school: School, at: datetime) -> User:
    """The person behind a typed name, now a member of the school; a known address leads to the known person.

    Called by actions inside their transaction. The lead learns nothing that they did not type: the page looks the
    same for a known and an unknown address.
    """
    email = colleague.email.strip().lower()
    name = clean_name(colleague.name)
    person = User.objects.filter(email=email).first() if email else None
    if person is None:
        person = User.objects.create_user(email=email or None, name=name)
    elif not person.is_active:
        raise ValidationError("That address cannot be used. Please ask the hub.")
    Membership.objects.get_or_create(
        school=school,
        person=person,
        ended_at=None,
        defaults={"role": Membership.Role.TEACHER, "state": Membership.State.INVITED, "started_at": at},
    )
    return person
