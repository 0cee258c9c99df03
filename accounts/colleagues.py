"""A colleague named by somebody else: a person from that moment on, whether or not they ever log in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.core.exceptions import ValidationError

from accounts.models import Membership, School, Suppression, User
from accounts.names import clean_name


@dataclass(frozen=True)
class NewColleague:
    """Who a lead typed: a name, and an e-mail address where the colleague has one of their own."""

    name: str
    email: str = ""


# Who comes: a colleague's id, somebody new, or a name to follow.
Named = int | NewColleague | None


def settle(colleague: NewColleague, *, school: School, at: datetime, unvouched_by: User | None = None) -> User:
    """The person behind a typed name, now a member of the school; a known address leads to the known person.

    Called by actions inside their transaction. The lead learns nothing that they did not type: the page looks the
    same for a known and an unknown address. `unvouched_by`: who named them, where the hub does not know that one yet.
    """
    email = colleague.email.strip().lower()
    name = clean_name(colleague.name)
    person = by_address(email) if email else None
    if person is None:
        if email and Suppression.objects.of_address(email).exists():
            # Somebody asked to be forgotten: no list that was kept brings them back. They can sign up themselves.
            raise ValidationError("That address cannot be used. Please ask the hub.")
        person = User.objects.create_user(email=email or None, name=name)
    elif not person.is_active:
        raise ValidationError("That address cannot be used. Please ask the hub.")
    Membership.objects.get_or_create(
        school=school,
        person=person,
        ended_at=None,
        defaults={
            "role": Membership.Role.TEACHER,
            "state": Membership.State.INVITED,
            "started_at": at,
            "typed_name": name,
            "typed_email": email,
            "unvouched_by": unvouched_by,
        },
    )
    return person


def by_address(email: str) -> User | None:
    """Whose address this is: their own, or a further one that they have proved."""
    proved = EmailAddress.objects.filter(email__iexact=email, verified=True).select_related("user").first()
    return User.objects.filter(email=email).first() or (proved.user if proved else None)


def end_web_sessions(person: User) -> None:
    """Log somebody out wherever they are."""
    for session in UserSession.objects.filter(user=person):
        session.end()


def typed_names(school: int) -> dict[int, tuple[str, str]]:
    """Who has not said yes to this school, by id: the name and the address that a colleague typed."""
    typed = Membership.objects.filter(school=school).exclude(typed_name="").order_by("pk")
    return {pk: (name, email) for pk, name, email in typed.values_list("person", "typed_name", "typed_email")}


def forget_typed(membership: Membership) -> None:
    """The person has said yes to the school, or asked to belong to it: it sees them as they are."""
    Membership.objects.filter(school=membership.school_id, person=membership.person_id).update(
        typed_name="", typed_email=""
    )


def show_as_typed(school: int, people: Iterable[User | None]) -> None:
    """Give people the name and address that this school knows them by, for showing on its pages and in its mails.

    Whoever has not said yes to the school is, there, what a colleague typed: typing an address tells nothing. These
    objects are for showing only, never to be saved.
    """
    typed = typed_names(school)
    for person in people:
        if person is not None and person.pk in typed:
            person.name, person.email = typed[person.pk][0], typed[person.pk][1] or None
